// Sessions that are kept with their users: what happens to either of them is seen, here at once and elsewhere when it is told.
import { randomBytes } from "node:crypto";
import { startProxy, startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createClient } from "redis";
import type { CacheOptions, SessionEvent, ValueCodec } from "redis-keyspace";
import { type Driver, ioRedisDriver, nodeRedisDriver } from "redis-keyspace/driver";
import { createIdentityStore } from "redis-keyspace/identity";
import { seal } from "redis-keyspace/sealing";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { NearCache } from "../src/lib/live/near-cache.js";
import { type IdentityOptions, identityOptions, type Visit } from "./identity-options.js";
import { openStreams, soon, streamClients } from "./live-streams.js";

const redis = await startRedis();
const nodeRedis = await createClient({ url: redis.url }).connect();
const ioRedis = new Redis(redis.url);
afterAll(async () => {
  nodeRedis.destroy();
  ioRedis.disconnect();
  await redis.stop();
});

type Store = ReturnType<typeof createIdentityStore<"cards", Visit>>;

const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
const visit = (userId: string, minutes = 60): Visit => ({ userId, ends: inMinutes(minutes), page: "/" });

interface Opened {
  readonly cache?: Omit<CacheOptions, "stream">;
  readonly heartbeatMs?: number;
  readonly url?: string;
  readonly codec?: ValueCodec;
}

/** A process with a cache, whose commands are counted and whose reads can be held up, and another one. */
async function open(kind: string, { cache, heartbeatMs = 60_000, url = redis.url, codec }: Opened = {}) {
  const { stream, otherStream } = await openStreams(kind, { url, server: redis.url, heartbeatMs });
  const prefix = `${crypto.randomUUID()}:`;
  const driver = kind.includes("ioredis") ? ioRedisDriver(ioRedis) : nodeRedisDriver(nodeRedis);
  const commands = { number: 0, hold: undefined as Promise<void> | undefined };
  const watched: Driver = {
    ...driver,
    batches: undefined,
    async run(script, ...given) {
      commands.number++;
      const answer = await driver.run(script, ...given);
      if (script.name === "identity-sessions get-with-user") await commands.hold;
      return answer;
    },
  };
  const options = (of: Partial<IdentityOptions["sessions"]>): IdentityOptions => {
    const common = identityOptions(prefix, codec);
    return { ...common, sessions: { ...common.sessions, hashIds: true, ...of } };
  };
  const here = createIdentityStore(watched, options({ cache: { stream, maxAgeMs: 60_000, ...cache } }));
  const other = createIdentityStore(driver, options({ stream: otherStream }));
  await Promise.all([stream.ready(), otherStream.ready()]);
  const isKept = async (id: string): Promise<boolean> => {
    await here.sessions.getWithUser(id);
    const { number } = commands;
    await here.sessions.getWithUser(id);
    return commands.number === number;
  };
  /** Everything that was told before has been heard. */
  const heard = async (): Promise<void> => {
    const witness = crypto.randomUUID();
    const told = new Promise<() => void>((resolve) => {
      const off = here.sessions.onEvent(({ userId }) => userId === witness && resolve(off));
    });
    await other.users.create({ id: witness });
    await other.sessions.create(witness, visit(witness));
    (await told)();
  };
  const sees = async (id: string, expected: object | null): Promise<void> => {
    const found = await here.sessions.getWithUser(id);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toMatchObject(expected);
  };
  /** A user with a session, and both are kept here. */
  const signIn = async (userId: string, id = `the session of ${userId}`): Promise<string> => {
    await other.users.create({ ...{ name: "Ada" }, id: userId });
    await other.sessions.create(id, visit(userId));
    await heard();
    expect(await isKept(id)).toBe(true);
    return id;
  };
  return { prefix, stream, here, other, commands, heard, isKept, sees, signIn };
}

/** What a process can do to a session of this user, and what is answered then. */
type Write = (store: Store, id: string, userId: string) => Promise<unknown>;
const writes: [string, Write, object | null][] = [
  ["a user who is renamed", ({ users }, _, userId) => users.patch(userId, { name: "Eve" }), { user: { name: "Eve" } }],
  ["a user who is deleted", ({ users }, _, userId) => users.delete(userId), null],
  ["a patch", ({ sessions }, id) => sessions.patch(id, { page: "/cart" }), { session: { page: "/cart" } }],
  [
    "an update",
    ({ sessions }, id) => sessions.update(id, (found) => ({ ...found, page: "/in" })),
    { session: { page: "/in" } },
  ],
  [
    "a session that changes hands",
    ({ sessions }, id) => sessions.patch(id, { userId: "bob" }),
    { user: { id: "bob" } },
  ],
  ["a touch", ({ sessions }, id) => sessions.touch(id, new Date(2e12)), { session: { ends: new Date(2e12) } }],
  ["an end that has passed", ({ sessions }, id) => sessions.patch(id, { ends: new Date(0) }), null],
  ["a sign-out", ({ sessions }, id) => sessions.delete(id), null],
  ["a sign-out everywhere", ({ sessions }, _, userId) => sessions.deleteAll(userId), null],
  [
    "a revocation",
    async ({ sessions }, _, userId) => sessions.revoke(userId, (await sessions.list(userId))[0]?.handle ?? ""),
    null,
  ],
  ["a rotation", ({ sessions }, id) => sessions.rotate(id, `${id} 2`), null],
  [
    "two sign-ins beyond the limit",
    async ({ sessions }, id, userId) => {
      for (const n of [3, 4]) await sessions.create(`${id} ${n}`, visit(userId, 90));
    },
    null,
  ],
  [
    "two sessions that another user gives beyond the limit",
    async ({ users, sessions }, id, userId) => {
      await users.create({ id: `a friend of ${userId}` });
      for (const n of [5, 6]) {
        await sessions.create(`${id} ${n}`, visit(`a friend of ${userId}`, 90));
        await sessions.patch(`${id} ${n}`, { userId });
      }
    },
    null,
  ],
];

describe.each(Object.keys(streamClients))("%s", (kind) => {
  test("what was read costs nothing, until another process changes it or its user", async () => {
    const { here, other, heard, sees, signIn } = await open(kind);
    await other.users.create({ id: "bob" });
    for (const [what, write, expected] of writes) {
      const id = await signIn(what);
      expect(await here.sessions.getWithUser(id)).toMatchObject({ session: { userId: what }, user: { name: "Ada" } });
      await write(other, id, what);
      await heard();
      await sees(id, expected);
    }
  });

  test("what this process does it sees before it is told, also where it is read meanwhile", async () => {
    const proxy = await startProxy(redis);
    onTestFinished(() => proxy.stop());
    const { here, other, commands, sees, signIn } = await open(kind, { url: proxy.url });
    await other.users.create({ id: "bob" });
    for (const [what] of writes) for (const how of ["kept", "read"]) await signIn(`${what}, ${how}`);
    proxy.stall();
    for (const [what, write, expected] of writes) {
      await write(here, `the session of ${what}, kept`, `${what}, kept`);
      await sees(`the session of ${what}, kept`, expected);

      const id = `the session of ${what}, read`;
      let release = (): void => {};
      await here.sessions.patch(id, { page: "/before" });
      commands.hold = new Promise((resolve) => {
        release = resolve;
      });
      const reading = here.sessions.getWithUser(id);
      const writing = write(here, id, `${what}, read`);
      const alsoReading = here.sessions.getWithUser(id);
      await writing;
      commands.hold = undefined;
      release();
      await Promise.all([reading, alsoReading]);
      await sees(id, expected);
    }
    await proxy.resume();
  });

  test("a read that was under way when its user was changed elsewhere is not kept", async () => {
    const { here, other, commands, heard, sees, signIn } = await open(kind);
    const id = await signIn("ada");
    await here.sessions.patch(id, { page: "/cart" });
    const before = commands.number;
    let release = (): void => {};
    commands.hold = new Promise((resolve) => {
      release = resolve;
    });
    const reading = here.sessions.getWithUser(id);
    await vi.waitFor(() => expect(commands.number).toBe(before + 1), soon);
    await other.users.patch("ada", { name: "Eve" });
    await heard();
    commands.hold = undefined;
    release();
    expect(await reading).toMatchObject({ user: { name: "Ada" } });
    await sees(id, { user: { name: "Eve" } });
  });

  test("while the stream is down nothing is kept, and what was missed is not answered", async () => {
    const proxy = await startProxy(redis);
    onTestFinished(() => proxy.stop());
    const { other, stream, heard, isKept, sees, signIn } = await open(kind, { url: proxy.url, heartbeatMs: 100 });
    const id = await signIn("ada");
    await proxy.refuse();
    await vi.waitFor(() => expect(stream.isUp).toBe(false), soon);
    expect(await isKept(id)).toBe(false);
    await other.users.patch("ada", { name: "Eve" });
    await sees(id, { user: { name: "Eve" } });
    await proxy.resume();
    await vi.waitFor(() => expect(stream.isUp).toBe(true), soon);
    expect(await isKept(id)).toBe(true);
    await other.users.patch("ada", { name: "Rob" });
    await heard();
    await sees(id, { user: { name: "Rob" } });
  });

  test("of a user who is deleted the end of every session is told, also of one that only the pointer knows", async () => {
    const { prefix, here, other, heard, sees, signIn } = await open(kind);
    const lost = await signIn("eve");
    await redis.command("DEL", `${prefix}visits:eve`, `${prefix}last-visit:eve`);
    await other.users.delete("eve");
    await heard();
    await sees(lost, null);
    const events: SessionEvent[] = [];
    here.sessions.onEvent((event) => void events.push(event));
    await other.users.create({ id: "ada" });
    await other.sessions.create("one", visit("ada"));
    const [{ handle } = { handle: "" }] = await other.sessions.list("ada");
    const pointed = `${prefix}visit:~${"p".repeat(32)}`;
    await redis.command("SET", pointed, JSON.stringify(visit("ada")));
    await redis.command("SET", `${prefix}last-visit:ada`, pointed);
    await other.users.delete("ada");
    await heard();
    const ended = events.filter(({ type, userId }) => type === "ended" && userId === "ada");
    expect(ended.map((event) => event.handle).sort()).toEqual([handle, `~${"p".repeat(32)}`].sort());
    expect(await redis.command("EXISTS", pointed)).toBe(0);
  });
});

test("a user who is written by somebody else is seen at once where keys are tracked, and within maxAgeMs where not", async () => {
  for (const kind of ["tracking on node-redis", "messages on node-redis"]) {
    const { prefix, sees, signIn } = await open(kind, kind.startsWith("messages") ? { cache: { maxAgeMs: 300 } } : {});
    const id = await signIn("ada");
    await redis.command("SET", `${prefix}user:ada`, '{"id":"ada","name":"Eve"}');
    await vi.waitFor(() => sees(id, { user: { name: "Eve" } }), soon);
    await redis.command("DEL", `${prefix}user:ada`);
    await vi.waitFor(() => sees(id, null), soon);
  }
});

test("what scripts remember beside users' keys is no change of a user", async () => {
  const { prefix, here, commands, heard, signIn } = await open("tracking on node-redis");
  const id = await signIn("ada");
  const remember = `
for i = 1, 10001 do
  local key = 'user:u' .. i .. '{u}:operation:' .. string.format('%022d', i)
  redis.call('SET', ARGV[1] .. key, 'n1', 'PX', 1000)
end`;
  await redis.command("EVAL", remember, "0", prefix);
  await heard();
  const { number } = commands;
  await here.sessions.getWithUser(id);
  expect(commands.number).toBe(number);
});

test("what it hands out is one answer for all, and nobody can change it; sealed sessions are kept too", async () => {
  for (const codec of [undefined, seal(randomBytes(32).toString("base64"))]) {
    const { here, other, heard, sees, signIn } = await open("tracking on node-redis", codec && { codec });
    const id = await signIn("ada");
    const found = await here.sessions.getWithUser(id);
    expect(found).toBe(await here.sessions.getWithUser(id));
    for (const shared of [found, found?.session, found?.user]) expect(Object.isFrozen(shared)).toBe(true);
    await other.users.patch("ada", { name: "Eve" });
    await heard();
    await sees(id, { user: { name: "Eve" } });
  }
});

test("as many as fit are kept: by number, and by the size of session and user", async () => {
  for (const cache of [{ maxEntries: 2 }, { maxSize: 1000 }]) {
    const { other, commands, here, heard } = await open("tracking on node-redis", { cache });
    for (const id of ["a", "b", "c"]) {
      await other.users.create({ ...{ about: "x".repeat(300) }, id });
      await other.sessions.create(id, visit(id));
    }
    await heard();
    const asked: number[] = [];
    for (const id of ["a", "b", "c", "c", "b", "a"]) {
      const { number } = commands;
      await here.sessions.getWithUser(id);
      asked.push(commands.number - number);
    }
    expect(asked).toEqual([1, 1, 1, 0, 0, 1]);
  }
});

test("of more users than it remembers the changes empty the cache", async () => {
  const model = { isSealing: false, sizeOf: () => 1, ownerOf: () => "ada", deadlineOf: () => null };
  const cache = new NearCache<string, string>({ ...model, decode: (text) => text, isLinked: () => false }, false, {
    maxEntries: 10,
    maxSize: 10,
    maxAgeMs: 60_000,
  });
  cache.turn(true);
  const read = () =>
    cache.read(
      "id",
      "id",
      () => Promise.resolve("text"),
      (text) => text,
    );
  // While it holds nothing there is nothing to remember.
  for (let n = 0; n < 10_000; n++) cache.forgetUser(`other${n}`);
  await read();
  for (let n = 0; n < 10_000; n++) cache.forgetUser(`u${n}`);
  expect(await cache.get("id")).toBe("text");
  cache.forgetUser("one more");
  expect(cache.get("id")).toBeUndefined();
  await read();
  expect(await cache.get("id")).toBe("text");
  cache.forgetUser("ada");
  expect(cache.get("id")).toBeUndefined();
});
