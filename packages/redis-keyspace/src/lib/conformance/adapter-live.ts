import type { SessionEvent, SessionStream } from "../live/session-stream.js";
import type { AdapterTest, AdapterUnderTest } from "./adapter-target.js";
import { equal, eventually } from "./assert.js";
import { tapped } from "./faults.js";

/** So long that no age ends what a test sees end. */
const LONG_MS = 60_000;

/** What ends elsewhere is told, and no cache outlives it. Who has a `stream` alone stands for another process. */
export function adapterLive(test: AdapterTest, stream: SessionStream, caches: boolean): void {
  test("who watches is told once of each session that ends elsewhere", async ({ open }) => {
    const [here, elsewhere] = [await open({ stream, hashIds: true }), await open({ stream, hashIds: true })];
    await stream.ready();
    const [told, ofUser, events]: [string[], string[], SessionEvent[]] = [[], [], []];
    const offs = [
      here.sessions.watchUser("u1", { onEnd: (reason, handle) => ofUser.push(`${reason} ${handle}`) }),
      here.sessions.onEvent((event) => events.push(event)),
    ];
    const token = await elsewhere.signIn("u1", 1);
    const handle = await handleOf(elsewhere, token);
    offs.push(here.sessions.watch(token, { onEnd: (reason) => told.push(reason) }));
    const isTold = async (times: number): Promise<boolean> => {
      await here.read(token);
      return told.length === 1 && ofUser.length === times && ended(events).length === times;
    };
    equal(await elsewhere.sessions.revoke("u1", handle), true, "revoke");
    await eventually(() => isTold(1), "it is told");
    equal([told, ofUser], [["revoked"], [`revoked ${handle}`]], "why, and which");
    equal(ended(events), [{ type: "ended", userId: "u1", handle, reason: "revoked" }], "the event");
    await elsewhere.signIn("u1", 2);
    await elsewhere.sessions.deleteAll("u1");
    await eventually(() => isTold(2), "the next one too");
    for (const off of offs) off();
    await elsewhere.signOut(await elsewhere.signIn("u1", 3));
    equal([told.length, ofUser.length, ended(events).length], [1, 2, 2], "nobody who watches no more");
  });
  if (!caches) return;

  test("a session that was read is answered from here until it is signed out elsewhere", async ({ open, wrapped }) => {
    let commands = 0;
    const client = wrapped((driver) => tapped(driver, () => commands++));
    const here = await open({ cache: { stream, maxAgeMs: LONG_MS } }, client);
    const elsewhere = await open({ stream });
    await stream.ready();
    const token = await elsewhere.signIn("u1", 1);
    await eventually(() => isCached(here, token, () => commands), "it is in the cache");
    await elsewhere.signOut(token);
    await eventually(async () => (await here.read(token)) === null, "it is refused");
  });

  test("with a cache, what is signed out or changed here is so at once", async ({ open, wrapped }) => {
    let commands = 0;
    const client = wrapped((driver) => tapped(driver, () => commands++));
    const here = await open({ cache: { stream, maxAgeMs: LONG_MS } }, client);
    await stream.ready();
    const [first, second] = [await here.signIn("u1", 1), await here.signIn("u1", 2)];
    for (const token of [first, second]) {
      await eventually(() => isCached(here, token, () => commands), "it is in the cache");
    }
    if (here.change !== undefined) {
      await here.change(second, 3);
      equal((await here.read(second))?.n, 3, "what was changed");
    }
    await here.signOut(first);
    equal(await here.read(first), null, "who was signed out");
    await here.sessions.deleteAll("u1");
    equal(await here.read(second), null, "who was signed out with all others");
  });
}

/** Each once: an event may be told again. */
function ended(events: readonly SessionEvent[]): SessionEvent[] {
  const found = events.filter(({ type }) => type === "ended");
  return [...new Map(found.map((event) => [event.handle, event])).values()];
}

/** Whether a read asks Redis for nothing. */
async function isCached(adapter: AdapterUnderTest, token: string, commands: () => number): Promise<boolean> {
  const before = commands();
  equal((await adapter.read(token))?.userId, "u1", "read");
  return commands() === before;
}

async function handleOf(adapter: AdapterUnderTest, token: string): Promise<string> {
  const items = await adapter.sessions.list("u1", { current: token });
  return items.find(({ current }) => current)?.handle ?? "";
}
