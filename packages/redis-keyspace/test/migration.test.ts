// Stores with `migratingFrom`: sessions of a former layout are found, move, and end once.
import { randomUUID } from "node:crypto";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createSessionStore, type MigratingFrom, type SessionStore } from "redis-keyspace";
import {
  createRecordAdopter,
  createRecordMover,
  createRecordStore,
  isOperationKey,
  MAX_LIFETIME_MS,
  type RecordModel,
  sessionLayout,
} from "redis-keyspace/adapter";
import { type Driver, ioRedisDriver } from "redis-keyspace/driver";
import { createSessionStream } from "redis-keyspace/live";
import { seal } from "redis-keyspace/sealing";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { sharedRedis } from "./targets.js";

const client = new Redis(sharedRedis());
afterAll(() => client.disconnect());

/** But for what scripts remember for a while. */
async function keysUnder(prefix: string): Promise<string[]> {
  return (await client.keys(`${prefix}*`)).filter((key) => !isOperationKey(key));
}

interface Data {
  readonly n: number;
}

const codec = seal("correct horse battery staple, more or less");

/** What changes, and what the keys start with then. */
const changes = {
  "ids are hashed": (p: string) => ({
    before: { sessionPrefix: `${p}s:`, userSessionsPrefix: `${p}u:`, hashIds: false },
    now: { sessionPrefix: `${p}s:`, userSessionsPrefix: `${p}u:`, hashIds: true },
  }),
  "other prefixes": (p: string) => ({
    before: { sessionPrefix: `${p}s:`, userSessionsPrefix: `${p}u:`, hashIds: false },
    now: { sessionPrefix: `${p}t:`, userSessionsPrefix: `${p}v:`, hashIds: false },
  }),
  "sealed and hashed under other prefixes": (p: string) => ({
    before: { sessionPrefix: `${p}s:`, userSessionsPrefix: `${p}u:`, hashIds: false },
    now: { sessionPrefix: `${p}t:`, userSessionsPrefix: `${p}v:`, hashIds: true, codec },
  }),
};

function stores(change: keyof typeof changes) {
  const { before, now } = changes[change](`migration:${randomUUID()}:`);
  const open = (options: object): SessionStore<Data> => createSessionStore<Data>(client, options);
  return {
    former: open(before),
    waiting: open({ ...now, migratingFrom: { ...before, moves: false } satisfies MigratingFrom }),
    moving: open({ ...now, migratingFrom: before }),
    now: open(now),
    prefix: before.sessionPrefix.slice(0, -2),
    options: { ...now, migratingFrom: before },
  };
}

/** The client, with something that happens after each script and each read of several keys. */
function interrupted(between: (script: string) => Promise<void>): Driver {
  const driver = ioRedisDriver(client);
  const after = async <Answer>(script: string, answer: Promise<Answer>): Promise<Answer> => {
    const known = await answer;
    await between(script);
    return known;
  };
  return {
    ...driver,
    batches: undefined,
    getMany: (keys) => after("", driver.getMany(keys)),
    run: (script, ...given) => after(script.name, driver.run(script, ...given)),
  };
}

describe.each(Object.keys(changes) as (keyof typeof changes)[])("%s", (change) => {
  test("each word of a store that moves sessions finds those that have not moved", async () => {
    const { former, moving, now, prefix } = stores(change);
    const ids = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => (await former.create({ userId: "u1", data: { n } })).id),
    );
    const [a, b, c, d, e] = ids as [string, string, string, string, string];
    expect((await moving.get(a))?.data.n).toBe(0);
    expect(await former.get(a)).toBeNull();
    expect((await now.get(a))?.data.n).toBe(0);
    expect((await moving.update(b, ({ data }) => ({ data: { n: data.n + 10 } })))?.data.n).toBe(11);
    expect(await moving.touch(c)).toBeInstanceOf(Date);
    const rotated = await moving.rotate(d);
    expect([rotated?.data.n, await moving.get(d)]).toEqual([3, null]);
    expect((await moving.delete(e))?.data.n).toBe(4);
    expect([await moving.get(e), await former.get(e)]).toEqual([null, null]);
    await expect(moving.create({ userId: "u1", data: { n: 0 }, id: ids[5] as string })).rejects.toMatchObject({
      code: "ERR_SESSION_EXISTS",
    });
    expect(await moving.count("u1")).toBe(7);
    const listed = await moving.list("u1", { current: ids[6] as string });
    expect(listed.map(({ session }) => session.data.n).sort((x, y) => x - y)).toEqual([0, 2, 3, 5, 6, 7, 11]);
    const own = listed.find(({ current }) => current);
    expect(own?.session.data.n).toBe(6);
    expect(await moving.revoke("u1", own?.handle ?? "")).toBe(true);
    expect(await moving.get(ids[6] as string)).toBeNull();
    await former.create({ userId: "u1", data: { n: 9 } });
    expect(await moving.deleteAll("u1", { except: a })).toBe(6);
    expect([(await moving.get(a))?.data.n, await moving.count("u1")]).toEqual([0, 1]);
    expect(await moving.deleteAll("u1")).toBe(1);
    expect(await keysUnder(prefix)).toEqual([]);
  });

  test("a store that waits writes as before, and uses what others have moved", async () => {
    const { former, moving, waiting, now, prefix } = stores(change);
    const ids = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => (await waiting.create({ userId: "u1", data: { n } })).id),
    );
    const [a, b, c, d, e] = ids as [string, string, string, string, string];
    expect((await former.get(a))?.data.n).toBe(0);
    const [before] = await waiting.list("u1", { current: a }).then((items) => items.filter(({ current }) => current));
    for (const id of ids.slice(0, 6)) await moving.get(id);
    expect((await waiting.get(a))?.data.n).toBe(0);
    expect((await waiting.update(b, () => ({ data: { n: 11 } })))?.data.n).toBe(11);
    expect((await now.get(b))?.data.n).toBe(11);
    expect(await waiting.touch(c)).toBeInstanceOf(Date);
    expect((await waiting.rotate(d))?.data.n).toBe(3);
    expect((await waiting.delete(e))?.data.n).toBe(4);
    expect(await waiting.revoke("u1", before?.handle ?? "")).toBe(true);
    expect([await moving.get(a), await moving.get(e)]).toEqual([null, null]);
    const listed = await waiting.list("u1");
    expect(listed.map(({ session }) => session.data.n).sort((x, y) => x - y)).toEqual([2, 3, 5, 6, 7, 11]);
    expect(await waiting.count("u1")).toBe(6);
    expect(await waiting.deleteAll("u1", { except: b })).toBe(5);
    expect([(await waiting.get(b))?.data.n, await moving.count("u1")]).toEqual([11, 1]);
    expect(await waiting.deleteAll("u1")).toBe(1);
    expect(await keysUnder(prefix)).toEqual([]);
  });

  test("what ends while it moves stays ended, and what changes is not lost", async () => {
    const { waiting, moving, prefix } = stores(change);
    await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const { id } = await waiting.create({ userId: `u${n}`, data: { n } });
        const ends = [
          () => waiting.delete(id),
          () => moving.delete(id),
          () => waiting.deleteAll(`u${n}`),
          () => moving.deleteAll(`u${n}`),
        ][n % 5];
        const changed = () => waiting.update(id, ({ data }) => ({ data: { n: data.n + 1 } }));
        const answers = await Promise.all(
          n % 2 === 0
            ? [moving.get(id), (ends ?? changed)(), moving.get(id), moving.list(`u${n}`)]
            : [(ends ?? changed)(), moving.get(id), waiting.get(id), moving.update(id, () => undefined)],
        );
        expect(answers).toHaveLength(4);
        const found = await moving.get(id);
        if (ends === undefined) expect(found?.data.n).toBe(n + 1);
        else expect([found, await waiting.get(id), await moving.count(`u${n}`)]).toEqual([null, null, 0]);
        await moving.deleteAll(`u${n}`);
      }),
    );
    expect(await keysUnder(prefix)).toEqual([]);
  });

  test("a sign-out ends what another process rotates meanwhile, and keeps what is to stay", async () => {
    const { waiting, moving, prefix, options } = stores(change);
    for (const graceSeconds of [0, 60]) {
      const [kept, first] = [await waiting.create({ userId: "u1", data: { n: 1 } }), { id: "" }];
      first.id = (await waiting.create({ userId: "u1", data: { n: 2 } })).id;
      const driver = interrupted(async () => {
        first.id = (await waiting.rotate(first.id, { graceSeconds }))?.id ?? first.id;
      });
      const interruptedStore = createSessionStore<Data>(driver, options);
      expect(await interruptedStore.deleteAll("u1", { except: kept.id })).toBe(1);
      for (const store of [waiting, moving]) {
        expect([await store.get(first.id), (await store.get(kept.id))?.data.n]).toEqual([null, 1]);
      }
      expect(await moving.deleteAll("u1")).toBe(1);
    }
    // As soon as it has begun, in a store that waits too.
    const waits = { ...options, migratingFrom: { ...options.migratingFrom, moves: false } };
    const ids = await Promise.all([4, 5].map(async (n) => (await waiting.create({ userId: "u1", data: { n } })).id));
    const dies = interrupted(async (script) => {
      if (script === "delete-all") throw new Error("it has died");
    });
    const dying = createSessionStore<Data>(dies, waits);
    await moving.get(ids[0] ?? "");
    await expect(dying.deleteAll("u1")).rejects.toMatchObject({ code: "ERR_REDIS_UNAVAILABLE" });
    expect(await waiting.get(ids[1] ?? "")).toBeNull();
    if (change === "ids are hashed") expect(await waiting.get(ids[0] ?? "")).toBeNull();
    await waiting.deleteAll("u1");
    const rotated = await waiting.create({ userId: "u1", data: { n: 3 } });
    const { handle = "" } = (await waiting.list("u1"))[0] ?? {};
    const next = await waiting.rotate(rotated.id, { graceSeconds: 60 });
    expect(await moving.revoke("u1", handle)).toBe(true);
    expect(await moving.get(next?.id ?? "")).toBeNull();
    expect(await keysUnder(prefix)).toEqual([]);
  });

  test("both ids of a rotation with a grace move, and end together", async () => {
    const { waiting, moving, prefix } = stores(change);
    for (const first of ["former", "new"] as const) {
      const { id } = await waiting.create({ userId: "u1", data: { n: 1 } });
      const next = await waiting.rotate(id, { graceSeconds: 60 });
      const ids = first === "former" ? [id, next?.id ?? ""] : [next?.id ?? "", id];
      for (const each of ids) expect((await moving.get(each))?.data.n).toBe(1);
      expect(await moving.count("u1")).toBe(1);
      await moving.delete(next?.id ?? "");
      expect(await moving.get(id)).toBeNull();
    }
    await moving.deleteAll("u1");
    expect(await keysUnder(prefix)).toEqual([]);
  });
});

test("a crash while the ids of rotations with a grace move leaves them beside one another", async () => {
  const { before, now } = changes["ids are hashed"](`migration:${randomUUID()}:`);
  const waiting = createSessionStore<Data>(client, { ...now, migratingFrom: { ...before, moves: false } });
  const moving = createSessionStore<Data>(client, { ...now, migratingFrom: before });
  const ids = [(await waiting.create({ userId: "u1", data: { n: 1 } })).id];
  for (let n = 0; n < 3; n++) ids.push((await waiting.rotate(ids[n] ?? "", { graceSeconds: 60 }))?.id ?? "");
  for (const first of [0, 1, 3]) {
    let hasMoved = false;
    const dying = interrupted(async (script) => {
      hasMoved ||= script === "transfer";
      // Nothing comes after it.
      if (hasMoved) throw new Error("it has died");
    });
    const died = createSessionStore<Data>(dying, { ...now, migratingFrom: before });
    await died.get(ids[first] ?? "").catch(() => {});
    expect(hasMoved).toBe(true);
    await moving.delete(ids.at(-1) ?? "");
    for (const id of ids) expect([await waiting.get(id), await moving.get(id)]).toEqual([null, null]);
    ids.splice(0, ids.length, (await waiting.create({ userId: "u1", data: { n: 1 } })).id);
    for (let n = 0; n < 3; n++) ids.push((await waiting.rotate(ids[n] ?? "", { graceSeconds: 60 }))?.id ?? "");
  }
  await moving.deleteAll("u1");
  expect(await keysUnder(before.sessionPrefix.slice(0, -2))).toEqual([]);
});

test("what all sessions are handed out with can be read and ended, moved or not", async () => {
  const { before, now } = changes["ids are hashed"](`migration:${randomUUID()}:`);
  const layout = (options: object) => sessionLayout(options).sessions;
  const former = createSessionStore<Data>(client, before);
  for (const moves of [false, true]) {
    const store = createRecordStore(client, { ...layout(now), migratingFrom: { ...layout(before), moves } });
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push((await former.create({ userId: "u1", data: { n } })).id);
    await createSessionStore<Data>(client, { ...now, migratingFrom: before }).get(ids[0] ?? "");
    const handles: string[] = [];
    for await (const { handle } of store.all()) handles.push(handle);
    expect([handles.length, (await store.getByHandles(handles)).length]).toEqual([3, 3]);
    for (const handle of handles) expect(await store.deleteByHandle(handle)).not.toBeNull();
    expect(await keysUnder(before.sessionPrefix)).toEqual([]);
  }
});

test("of two sessions that are created with one id at a time, in a store that waits and one that moves, one stays", async () => {
  const { before, now } = changes["ids are hashed"](`migration:${randomUUID()}:`);
  const moving = createSessionStore<Data>(client, { ...now, migratingFrom: before });
  const id = randomUUID();
  const driver = ioRedisDriver(client);
  const slow: Driver = {
    ...{ ...driver, batches: undefined },
    async run(script, ...given) {
      if (/^create/.test(script.name)) await moving.create({ id, userId: "u2", data: { n: 2 } });
      return await driver.run(script, ...given);
    },
  };
  const waiting = createSessionStore<Data>(slow, { ...now, migratingFrom: { ...before, moves: false } });
  await expect(waiting.create({ id, userId: "u1", data: { n: 1 } })).rejects.toMatchObject({
    code: "ERR_SESSION_EXISTS",
  });
  for (const store of [waiting, moving]) expect((await store.get(id))?.userId).toBe("u2");
  expect([await moving.count("u1"), await moving.deleteAll("u2")]).toEqual([0, 1]);
});

test("former prefixes are given without the client's own", async () => {
  const p = `migration:${randomUUID()}:`;
  const own = new Redis(sharedRedis(), { keyPrefix: p });
  onTestFinished(() => own.disconnect());
  const { id } = await createSessionStore<Data>(own, { hashIds: false }).create({ userId: "u1", data: { n: 1 } });
  const migratingFrom = { sessionPrefix: "session:", hashIds: false };
  const moving = createSessionStore<Data>(own, { hashIds: true, migratingFrom });
  expect((await moving.get(id))?.data.n).toBe(1);
  for await (const { session } of moving.all()) expect(session.data.n).toBe(1);
  expect(await moving.deleteAll("u1")).toBe(1);
});

test("a limit counts what has not moved", async () => {
  const { before, now } = changes["ids are hashed"](`migration:${randomUUID()}:`);
  const former = createSessionStore<Data>(client, before);
  const moving = createSessionStore<Data>(client, { ...now, migratingFrom: before, maxSessionsPerUser: 2 });
  const first = await former.create({ userId: "u1", data: { n: 1 }, idleTimeoutSeconds: 60 });
  await former.create({ userId: "u1", data: { n: 2 } });
  await moving.create({ userId: "u1", data: { n: 3 } });
  expect([await moving.count("u1"), await moving.get(first.id)]).toEqual([2, null]);
  const anonymous = await moving.create({ userId: null, data: { n: 4 } });
  await moving.update(anonymous, () => ({ userId: "u1" }));
  expect(await moving.count("u1")).toBe(2);
  await moving.deleteAll("u1");
});

test("where others have moved sessions, one that waits and is to refuse ends none for another", async () => {
  const { before, now } = changes["ids are hashed"](`migration:${randomUUID()}:`);
  const limit = { maxSessionsPerUser: 1, whenFull: "reject" as const };
  const moving = createSessionStore<Data>(client, { ...now, migratingFrom: before });
  const waiting = createSessionStore<Data>(client, { ...now, ...limit, migratingFrom: { ...before, moves: false } });
  const first = await moving.create({ userId: "u1", data: { n: 1 } });
  const anonymous = await moving.create({ userId: null, data: { n: 2 } });
  await waiting.update(anonymous.id, () => ({ userId: "u1" }));
  expect((await waiting.get(first.id))?.data.n).toBe(1);
  await moving.deleteAll("u1");
});

test("what cannot move is refused with the name of the option", () => {
  const former = { sessionPrefix: "session:", hashIds: false };
  const open =
    (options: object, given: unknown = client) =>
    () =>
      createSessionStore(given as Redis, options);
  const stream = createSessionStream(client);
  expect(open({ migratingFrom: former, stream })).toThrow(/"migratingFrom" cannot be used with "stream"/);
  expect(open({ migratingFrom: former, cache: { stream } })).toThrow(/"migratingFrom" cannot be used with "cache"/);
  expect(open({ migratingFrom: former, topology: "stepwise" })).toThrow(/"migratingFrom" .*"topology"/);
  expect(open({ migratingFrom: {} })).toThrow(/"migratingFrom" must have another prefix/);
  expect(open({ migratingFrom: { sessionPrefix: "old:" }, hashIds: false })).toThrow(/hashes cannot become ids/);
  expect(open({ migratingFrom: { sessionPrefix: "old:" } })).toThrow(/needs another "userSessionsPrefix" too/);
  expect(open({ migratingFrom: { sessionPrefix: "session:old:", userSessionsPrefix: "old:" } })).toThrow(
    /one key could belong to both/,
  );
  expect(open({ migratingFrom: { prefix: "old:" } })).toThrow(/"migratingFrom.prefix" is not known/);
  expect(open({ migratingFrom: { ...former, moves: 1 } })).toThrow(/"migratingFrom.moves" must be/);
  const two = { session: client, userSessions: new Redis({ lazyConnect: true }) };
  expect(open({ migratingFrom: former }, two)).toThrow(/"migratingFrom" needs one client/);
});

test("where Redis takes no writes, what has not moved is read, and what can be ended ends", async () => {
  const server = await startRedis();
  const own = new Redis(server.url);
  onTestFinished(async () => {
    own.disconnect();
    await server.stop();
  });
  for (const [change, layouts] of Object.entries(changes)) {
    const { before, now } = layouts(`migration:${change}:`);
    const former = createSessionStore<Data>(own, before);
    const moving = createSessionStore<Data>(own, { ...now, migratingFrom: before });
    const ids: string[] = [];
    for (const n of [0, 1, 2, 3]) ids.push((await former.create({ userId: "u1", data: { n } })).id);
    const [a = "", b = "", c = ""] = ids;
    await moving.get(a);
    const found = async () => {
      const listed = await moving.list("u1", { current: b });
      return {
        read: await Promise.all(ids.map(async (id) => (await moving.get(id))?.data.n)),
        listed: listed.map(({ session }) => session.data.n).sort(),
        counted: await moving.count("u1"),
        own: listed.find(({ current }) => current)?.handle,
      };
    };
    await own.config("SET", "min-replicas-to-write", "1");
    const all = { read: [0, 1, 2, 3], listed: [0, 1, 2, 3], counted: 4 };
    expect(await found()).toMatchObject(all);
    await expect(moving.deleteAll("u1")).rejects.toMatchObject({ code: "ERR_REDIS_READONLY" });
    await own.config("SET", "min-replicas-to-write", "0");
    await own.config("SET", "maxmemory", "1");
    const { own: handle = "", ...full } = await found();
    expect(full).toEqual(all);
    await expect(moving.touch(b)).rejects.toMatchObject({ code: "ERR_REDIS_OUT_OF_MEMORY" });
    expect(await moving.revoke("u1", handle)).toBe(true);
    await moving.delete(c);
    expect(await found()).toMatchObject({ read: [0, undefined, undefined, 3], listed: [0, 3], counted: 2 });
    expect(await moving.deleteAll("u1", { except: ids[3] ?? "" })).toBe(1);
    expect(await moving.deleteAll("u1")).toBe(1);
    await own.config("SET", "maxmemory", "0");
    const left = await own.keys(`migration:${change}:*`);
    expect(left.filter((key) => !isOperationKey(key))).toEqual([]);
  }
});

/** As connect-redis writes: nothing says when it ends but its key. */
const ttlOnly: RecordModel<{ readonly userId: string; readonly expiresAt: number | null; readonly text: string }> = {
  encode: ({ text }) => text,
  decode: (text) => (text.startsWith("{") ? { userId: String(JSON.parse(text).userId), expiresAt: null, text } : null),
  userId: ({ userId }) => userId,
  userIdField: "",
  expiresAt: ({ expiresAt }) => expiresAt,
  withExpiresAt: (record, expiresAt) => ({ ...record, expiresAt: expiresAt.getTime() }),
};

test("records that end with their keys keep their ends when they move, sealed or not", async () => {
  const p = `migration:${randomUUID()}:`;
  const from = { record: ttlOnly, sessionPrefix: `${p}s:`, userSessionsPrefix: `${p}u:` };
  for (const [name, sealing] of [
    ["t:", undefined],
    ["w:", codec],
  ] as const) {
    const prefixes = { sessionPrefix: p + name, userSessionsPrefix: `${p}u-${name}` };
    const to = { ...from, ...prefixes, hashIds: true, codec: sealing };
    const mover = createRecordMover(client, { from, to });
    await client.set(`${p}s:a`, '{"userId":"u1"}', "PX", 50_000);
    await client.set(`${p}s:b`, '{"userId":"u1"}');
    await client.set(`${p}s:c`, "no JSON", "PX", 50_000);
    expect(await mover.preview(["a", "b", "c", "none"])).toEqual(["moved", "moved", "unreadable", "gone"]);
    expect(await mover.move(["a", "b", "c", "none"])).toEqual(["moved", "moved", "unreadable", "gone"]);
    expect(await mover.move(["a", "b"])).toEqual(["there", "there"]);
    const store = createRecordStore(client, to);
    expect(await Promise.all(["a", "b"].map((id) => store.get(id)))).toMatchObject([
      { userId: "u1" },
      { userId: "u1" },
    ]);
    const keys = await keysUnder(p + name);
    const [left = 0, longest = 0] = (await Promise.all(keys.map((key) => client.pttl(key)))).sort((x, y) => x - y);
    expect(left).toBeGreaterThan(40_000);
    expect(left).toBeLessThanOrEqual(50_000);
    // What had no end has the longest that there is.
    expect(Math.abs(longest - MAX_LIFETIME_MS)).toBeLessThan(10_000);
    expect((await store.list("u1")).length).toBe(2);
  }
  await client.unlink("none", ...(await keysUnder(p)));
});

test("legacy records are entered, get their ends, and their sets are taken over", async () => {
  const p = `migration:${randomUUID()}:`;
  const prefixes = { sessionPrefix: `${p}s:`, userSessionsPrefix: `${p}u:`, legacyIndexPrefix: `${p}l:` };
  const adopter = createRecordAdopter(client, { ...sessionLayout({ hashIds: false }).sessions, ...prefixes });
  const text = (userId: string, ms: number) =>
    `{"expiresAt":${Date.now() + ms},"endsAt":null,"userId":"${userId}","createdAt":1,"data":{}}`;
  await client.set(`${p}s:a`, text("u1", 50_000));
  await client.set(`${p}s:b`, text("u1", 50_000), "EX", 1_000_000);
  await client.set(`${p}s:c`, text("u1", -50_000));
  await client.set(`${p}s:d`, "no record");
  await client.sadd(`${p}l:u1`, "a", "b", "dead");
  const all = ["a", "b", "c", "d", "none"];
  expect(await adopter.preview(all)).toEqual(["adopted", "adopted", "ended", "unreadable", "gone"]);
  expect(await client.pttl(`${p}s:a`)).toBe(-1);
  expect(await adopter.adopt(all)).toEqual(["adopted", "adopted", "ended", "unreadable", "gone"]);
  expect(await adopter.adopt(["a", "b"])).toEqual(["there", "there"]);
  expect((await client.zrange(`${p}u:u1`, "0", "-1")).sort()).toEqual(["a", "b"]);
  for (const id of ["a", "b"]) {
    expect(await client.pttl(`${p}s:${id}`)).toBeGreaterThan(40_000);
    expect(await client.pttl(`${p}s:${id}`)).toBeLessThanOrEqual(50_000);
  }
  expect(await client.exists(`${p}s:c`)).toBe(0);
  // Whose it is, only the set knows.
  await client.set(`${p}s:e`, text("", 50_000).replace('""', "null"), "PX", 50_000);
  await client.sadd(`${p}l:u1`, "e");
  expect(await adopter.adopt(["e"])).toEqual(["there"]);
  expect(await adopter.adoptSet("u1")).toBe(3);
  expect((await client.smembers(`${p}l:u1`)).sort()).toEqual(["a", "b", "e"]);
  expect((await client.zrange(`${p}u:u1`, "0", "-1")).sort()).toEqual(["a", "b", "e"]);
  expect(await client.pttl(`${p}l:u1`)).toBeGreaterThan(0);
  await client.unlink("none", ...(await keysUnder(p)));
});

test("a record that is touched or ended while it is adopted stays so, and what lives is listed", async () => {
  const p = `migration:${randomUUID()}:`;
  const layout = { record: ttlOnly, sessionPrefix: `${p}s:`, userSessionsPrefix: `${p}u:` };
  const adopter = createRecordAdopter(client, layout);
  const store = createRecordStore(client, layout);
  await Promise.all(
    Array.from({ length: 80 }, async (_, n) => {
      const [id, key, userId] = [String(n), `${p}s:${n}`, `u${n}`];
      await client.set(key, `{"userId":"${userId}"}`, "PX", 5000);
      const others = [
        () => client.pexpire(key, 60_000),
        () => client.unlink(key),
        () => store.delete(id),
        () => store.deleteAll(userId),
      ];
      const other = others[n % 4] as () => Promise<unknown>;
      await Promise.all(n % 8 < 4 ? [adopter.adopt([id]), other()] : [other(), adopter.adopt([id])]);
      const [lives, entries] = [await client.exists(key), await client.zrange(`${p}u:${userId}`, "0", "-1")];
      if (n % 4 === 0) expect(await client.pttl(key)).toBeGreaterThan(50_000);
      if (n % 4 === 1 || n % 4 === 2) expect(lives).toBe(0);
      expect(entries).toEqual(lives === 1 ? [id] : []);
    }),
  );
  await client.unlink("none", ...(await keysUnder(p)));
});
