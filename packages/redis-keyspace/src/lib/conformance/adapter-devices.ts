import type { AdapterTest, AdapterUnderTest } from "./adapter-target.js";
import { equal, eventually, ok, rejects } from "./assert.js";

/** Signs in so many times, each a moment after the other. */
async function signIns(adapter: AdapterUnderTest, userId: string, count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let n = 1; n <= count; n++) {
    tokens.push(await adapter.signIn(userId, n));
    await nextMoment();
  }
  return tokens;
}

async function nextMoment(): Promise<void> {
  const now = Date.now();
  await eventually(async () => Date.now() > now, "time goes on");
}

/** Where in the list each token's session stands. */
async function places(adapter: AdapterUnderTest, userId: string, tokens: readonly string[]): Promise<number[]> {
  const lists = await Promise.all(tokens.map((current) => adapter.sessions.list(userId, { current })));
  return lists.map((items) => items.findIndex(({ current }) => current));
}

async function handleOf(adapter: AdapterUnderTest, userId: string, token: string): Promise<string> {
  const items = await adapter.sessions.list(userId, { current: token });
  return items.find(({ current }) => current)?.handle ?? "";
}

/** K12: the words mean what they mean everywhere. */
export function adapterDevices(test: AdapterTest): void {
  test("a token signs its user in until it is signed out", async ({ open }) => {
    const adapter = await open();
    const token = await adapter.signIn("u1", 1);
    equal(await adapter.read(token), { userId: "u1", n: 1 }, "read");
    await adapter.touch(token);
    equal((await adapter.read(token))?.n, 1, "after a touch");
    if (adapter.change !== undefined) {
      await adapter.change(token, 2);
      equal((await adapter.read(token))?.n, 2, "after a change");
    }
    await adapter.signOut(token);
    equal([await adapter.read(token), await adapter.sessions.count("u1")], [null, 0], "after a sign-out");
  });

  test("devices are listed by last use, and the one that asks is marked", async ({ open }) => {
    const adapter = await open();
    const tokens = await signIns(adapter, "u1", 3);
    equal(await places(adapter, "u1", tokens), [2, 1, 0], "the last that signed in is first");
    await adapter.touch(tokens[0] ?? "");
    equal(await places(adapter, "u1", tokens), [0, 2, 1], "after the first was used");
    const items = await adapter.sessions.list("u1", { current: tokens[1] });
    equal(
      items.map((item) => Object.keys(item).sort().join()),
      Array(3).fill("current,handle,session"),
      "items",
    );
    equal((await adapter.sessions.list("u1")).filter(({ current }) => current).length, 0, "nobody asks");
    equal(await adapter.sessions.list("u2"), [], "another user's");
  });

  test("a handle ends its owner's session and no other", async ({ open }) => {
    const adapter = await open();
    const [first = "", second = ""] = await signIns(adapter, "u1", 2);
    await adapter.signIn("u2", 3);
    const handle = await handleOf(adapter, "u1", first);
    equal(await adapter.sessions.revoke("u2", handle), false, "another user");
    equal(await adapter.sessions.revoke("u1", handle), true, "the owner");
    equal(await adapter.sessions.revoke("u1", handle), false, "once more");
    equal([await adapter.read(first), (await adapter.read(second))?.n], [null, 2], "the sessions");
    equal([await adapter.sessions.count("u1"), await adapter.sessions.count("u2")], [1, 1], "how many");
  });

  test("sign out everywhere means everywhere, or everywhere else", async ({ open }) => {
    const adapter = await open();
    const [first = "", second = "", third = ""] = await signIns(adapter, "u1", 3);
    const stranger = await adapter.signIn("u2", 9);
    equal(await adapter.sessions.deleteAll("u1", { except: second }), 2, "the others");
    equal([await adapter.read(first), await adapter.read(third)], [null, null], "they are out");
    equal((await adapter.read(second))?.n, 2, "this one stays");
    equal(await adapter.sessions.deleteAll("u1"), 1, "all");
    equal([await adapter.read(second), (await adapter.read(stranger))?.n], [null, 9], "and nobody else");
  });

  test("a full user loses the session that ends first, or is refused", async ({ open }) => {
    const evicting = await open({ maxSessionsPerUser: 2 });
    const [first = "", second = "", third = ""] = await signIns(evicting, "u1", 3);
    equal(await evicting.read(first), null, "the first is out");
    equal([(await evicting.read(second))?.n, (await evicting.read(third))?.n], [2, 3], "the others are in");
    const refusing = await open({ maxSessionsPerUser: 2, whenFull: "reject" });
    await rejects(refusing.signIn("u1", 4), "ERR_SESSION_LIMIT", "a third");
    equal([await refusing.sessions.count("u1"), (await refusing.sessions.list("u1")).length], [2, 2], "two are left");
  });

  test("what was signed out stays so, whatever a request under way still writes", async ({ open }) => {
    const adapter = await open();
    for (let n = 0; n < 20; n++) {
      const token = await adapter.signIn("u1", n);
      const writes = [adapter.touch(token), adapter.change?.(token, n + 1)];
      await Promise.allSettled([...writes, n % 2 === 0 ? adapter.signOut(token) : adapter.sessions.deleteAll("u1")]);
      await Promise.allSettled([adapter.touch(token), adapter.change?.(token, n + 2)]);
      equal(await adapter.read(token), null, "read");
    }
    equal(await adapter.sessions.count("u1"), 0, "how many");
  });

  test("a sign-in that overlaps a sign-out everywhere is refused, or listed", async ({ open }) => {
    const adapter = await open();
    for (let n = 0; n < 10; n++) {
      const early = await adapter.signIn("u1", n);
      const [late] = await Promise.allSettled([adapter.signIn("u1", n), adapter.sessions.deleteAll("u1")]);
      equal(await adapter.read(early), null, "who was signed in before");
      const live = late.status === "fulfilled" && (await adapter.read(late.value)) !== null;
      equal((await adapter.sessions.list("u1")).length, live ? 1 : 0, "the list");
      await adapter.sessions.deleteAll("u1");
      if (late.status === "fulfilled") ok((await adapter.read(late.value)) === null, "after the next");
    }
  });
}
