// The store by itself: callbacks and promises, all sessions, sessions outside a request, what stands in Redis, options.
import { randomBytes } from "node:crypto";
import session, { type SessionData } from "express-session";
import { seal } from "redis-keyspace/sealing";
import { describe, expect, test } from "vitest";
import DefaultStore, { RedisStore, type RedisStoreOptions } from "../src/index.js";
import { inspect, keysUnder, openStore, watched } from "./support/redis.js";

const inspector = inspect();
const cookie = { originalMaxAge: null };

const open = (options: Partial<RedisStoreOptions> = {}) => openStore({ client: inspector, ...options });

describe("a method", () => {
  test("calls back where it is given a callback, else answers a promise", async () => {
    const { store } = open();
    const called = <Value>(run: (done: (error?: unknown, value?: Value) => void) => unknown) =>
      new Promise((resolve) => run((...answer) => resolve(answer)));
    expect(await called((done) => store.set("a", { cookie, n: 1 }, done))).toEqual([null, undefined]);
    expect(await called((done) => store.get("a", done))).toEqual([null, { cookie, n: 1 }]);
    expect(await called((done) => store.get("b", done))).toEqual([null, null]);
    expect(await called((done) => store.touch("a", { cookie, n: 1 }, done))).toEqual([null, undefined]);
    expect(await called((done) => store.ids(done))).toEqual([null, ["a"]]);
    expect(await called((done) => store.all(done))).toEqual([null, [{ cookie, n: 1, id: "a" }]]);
    expect(await called((done) => store.length(done))).toEqual([null, 1]);
    expect(await called((done) => store.load("b", done))).toEqual([null, undefined]);
    expect(await called((done) => store.set("", { cookie }, done))).toEqual([expect.any(TypeError)]);
    expect(await called((done) => store.destroy("a", done))).toEqual([null, undefined]);
    expect(await called((done) => store.clear(done))).toEqual([null, undefined]);
    expect(await store.get("a")).toBeNull();
  });
});

describe.each([
  ["plain", {}],
  ["with hashed ids", { hashIds: true }],
  ["sealed", { codec: seal(randomBytes(32).toString("base64")) }],
])("all sessions, %s", (_, options) => {
  test("are found, counted and cleared, and nobody else's", async () => {
    const { store, prefix } = open(options);
    const other = open({ prefix: `other-${prefix}` }).store;
    await other.set("z", { cookie });
    await Promise.all(Array.from({ length: 120 }, (__, n) => store.set(`s${n}`, { cookie, n, userId: `u${n % 2}` })));
    const ids = await store.ids();
    expect([ids.length, await store.length()]).toEqual([120, 120]);
    const all = await store.all();
    expect(all.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(all.map(({ n = 0 }) => n).sort((one, two) => one - two)).toEqual(Array.from({ length: 120 }, (__, n) => n));
    await store.clear();
    expect(await keysUnder(inspector, `*${prefix}*`)).toEqual([`other-${prefix}z`]);
    expect([await store.length(), await store.all(), await store.count("u1"), await other.length()]).toEqual([
      0,
      [],
      0,
      1,
    ]);
  });
});

test("a session outside a request is loaded, changed and reloaded, and not brought back", async () => {
  const { store } = open();
  await store.set("a", { cookie, userId: "u1" });
  const [one, other] = [await store.load("a"), await store.load("a")];
  if (one === undefined || other === undefined) throw new Error("it is not there");
  one.n = 1;
  other.a = "a";
  for (const each of [one, other]) await new Promise((resolve) => each.save(resolve));
  expect(await store.get("a")).toMatchObject({ userId: "u1", n: 1, a: "a" });
  await store.destroy("a");
  one.n = 2;
  await new Promise((resolve) => one.save(resolve));
  expect([await store.get("a"), await store.load("a")]).toEqual([null, undefined]);
});

test("a session that an application read is changed, and one of its own is put in place of what is there", async () => {
  const { store } = open();
  await store.set("a", { cookie, n: 1, a: 1 });
  const read = await store.get("a");
  await store.set("a", { cookie, n: 2, a: 1, b: 2 });
  await store.set("a", { ...read, cookie, n: 3 });
  expect(await store.get("a")).toEqual({ cookie, n: 3, a: 1 });
  const again = (await store.get("a")) as SessionData;
  await store.destroy("a");
  again.n = 4;
  await store.set("a", again);
  expect(await store.get("a")).toBeNull();
});

test("a member that JSON makes another of, or nothing, is no change", async () => {
  const { client, sent } = watched(inspector);
  const { store } = openStore({ client });
  const when = new Date(0);
  const odd = () => ({ when, n: Number.NaN, f: () => {}, s: Symbol("s"), u: undefined, o: { when, f: () => {} } });
  await store.set("a", { cookie: { originalMaxAge: null }, ...odd() } as never);
  const session = (await store.get("a")) ?? { cookie: { originalMaxAge: null } };
  sent.length = 0;
  await store.set("a", Object.assign(session, odd()));
  expect(sent).toEqual([]);
  await store.set("a", Object.assign(session, { o: { when: new Date(1) } }));
  expect(await store.get("a")).toMatchObject({ when: when.toISOString(), o: { when: new Date(1).toISOString() } });
});

test("what is changed while a write is under way belongs to the next", async () => {
  const { store } = openStore({ client: inspector });
  await store.set("a", { cookie: { originalMaxAge: null }, a: { n: 0 } } as never);
  const session = (await store.get("a")) as unknown as { a: { n: number } };
  session.a.n = 1;
  const writes = [store.set("a", session as never)];
  session.a.n = 2;
  writes.push(store.set("a", session as never));
  session.a.n = 3;
  await Promise.all(writes);
  expect(await store.get("a")).toMatchObject({ a: { n: 2 } });
  session.a.n = 2;
  await store.set("a", session as never);
  expect(await store.get("a")).toMatchObject({ a: { n: 2 } });
});

test("sessions are written as the serializer writes them, and what it does not read is none", async () => {
  const serializer = {
    stringify: (given: SessionData) =>
      `v1:${JSON.stringify(given, (_, value: unknown) => (value instanceof Map ? { map: [...value] } : value))}`,
    parse: (text: string) =>
      JSON.parse(text.replace(/^v1:/, ""), (_, value: { map?: [] }) =>
        Array.isArray(value?.map) ? new Map(value.map) : value,
      ) as SessionData,
  };
  const { store, key } = open({ serializer, absoluteTimeoutSeconds: 100 });
  await store.set("a", { cookie, a: new Map([["x", 1]]) });
  expect(await inspector.get(key("a"))).toMatch(/^v1:\{"cookie":.*"redis-keyspace":\{"endsAt":\d+\}\}$/);
  const found = await store.load("a");
  if (!(found?.a instanceof Map)) throw new Error("it is no Map");
  found.a.set("y", 2);
  await new Promise((resolve) => found.save(resolve));
  expect((await store.get("a"))?.a).toEqual(
    new Map([
      ["x", 1],
      ["y", 2],
    ]),
  );
  await inspector.set(key("a"), "v1:nonsense");
  expect(await store.get("a")).toBeNull();
});

test("with hashIds no id is in Redis, and no handle signs in", async () => {
  const { store } = open({ hashIds: true });
  await store.set("a-session-id", { cookie, userId: "u1" });
  const [item] = await store.list("u1", { current: "a-session-id" });
  expect(item).toMatchObject({ current: true, session: { userId: "u1" } });
  expect(await keysUnder(inspector, "*a-session-id*")).toEqual([]);
  expect(await store.get(item?.handle ?? "")).toBeNull();
  expect(await store.revoke("u1", item?.handle ?? "")).toBe(true);
});

describe("options", () => {
  const make = (options: object) => () => new RedisStore({ client: inspector, ...options });

  test("are connect-redis's, with its defaults", () => {
    const store = new RedisStore({ client: inspector });
    expect(store).toMatchObject({
      prefix: "sess:",
      ttl: 86_400,
      scanCount: 100,
      disableTouch: false,
      disableTTL: false,
    });
    expect([store.client, store.serializer, DefaultStore]).toEqual([inspector, JSON, RedisStore]);
    expect(store).toBeInstanceOf(session.Store);
    make({ prefix: "app:", ttl: () => 1, scanCount: 10, disableTouch: true, disableTTL: true, serializer: JSON })();
  });

  test.each([
    ["clent", { clent: 1 }],
    ["client", { client: undefined }],
    ["client", { client: {} }],
    ["prefix", { prefix: "" }],
    ["prefix", { prefix: "keyspace:" }],
    ["prefix", { prefix: "keyspace:express:x" }],
    ["prefix", { prefix: "x".repeat(129) }],
    ["ttl", { ttl: 0 }],
    ["ttl", { ttl: "60" }],
    ["scanCount", { scanCount: 0 }],
    ["disableTouch", { disableTouch: 1 }],
    ["disableTTL", { disableTTL: "no" }],
    ["serializer.parse", { serializer: {} }],
    ["userIdFrom", { userIdFrom: "userId" }],
    ["maxSessionsPerUser", { maxSessionsPerUser: 3 }],
    ["absoluteTimeoutSeconds", { absoluteTimeoutSeconds: 0 }],
    ["anonymousTimeoutSeconds", { anonymousTimeoutSeconds: 0 }],
    ["touchAfterSeconds", { touchAfterSeconds: -1 }],
    ["regenerateGraceSeconds", { regenerateGraceSeconds: 301 }],
    ["hashIds", { hashIds: "yes" }],
    ["commandTimeoutMs", { commandTimeoutMs: 0 }],
    ["topology", { topology: "both" }],
  ])("%s is refused by name when it is wrong", (name, options) => {
    expect(make(options)).toThrow(TypeError);
    expect(make(options)).toThrow(name);
  });

  test("users' words need userIdFrom", async () => {
    const { store } = open({ userIdFrom: undefined });
    for (const word of ["list", "count", "deleteAll"] as const)
      await expect(store[word]("u1")).rejects.toThrow("userIdFrom");
    await expect(store.revoke("u1", "a")).rejects.toThrow("userIdFrom");
  });
});
