import { Redis } from "ioredis";
import { createSessionStore, type StoreClient } from "redis-keyspace";
import { createRecordStore, sessionModel } from "redis-keyspace/adapter";
import { ioRedisDriver, nodeRedisDriver } from "redis-keyspace/driver";
import { createSessionStream } from "redis-keyspace/live";
import { memoryDriver } from "redis-keyspace/memory";
import { describe, expect, test } from "vitest";

const driver = memoryDriver();
const lazy = new Redis({ lazyConnect: true });
const stream = createSessionStream(lazy);

describe("a wrong option is a TypeError that names it", () => {
  const wrong: [name: string, value: unknown][] = [
    ["idleTimeoutSeconds", 0],
    ["idleTimeoutSeconds", Number.NaN],
    ["idleTimeoutSeconds", -1],
    ["idleTimeoutSeconds", "3600"],
    ["idleTimeoutSeconds", Number.POSITIVE_INFINITY],
    ["absoluteTimeoutSeconds", -5],
    ["touchAfterSeconds", 2_000_000],
    ["touchAfterSeconds", Number.NaN],
    ["maxSessionsPerUser", 0],
    ["maxSessionsPerUser", 1.5],
    ["whenFull", "explode"],
    ["hashIds", "yes"],
    ["commandTimeoutMs", 0],
    ["commandTimeoutMs", Number.NaN],
    ["codec", {}],
    ["observe", "console"],
    ["schema", {}],
    ["stream", {}],
    ["stream", null],
    ["cache.stream", {}],
    ["cache.stream", { stream: {} }],
    ["cache.maxEntries", { stream, maxEntries: 0 }],
    ["cache.maxSize", { stream, maxSize: 1.5 }],
    ["cache.maxAgeMs", { stream, maxAgeMs: 60_001 }],
    ["cache.maxAge", { stream, maxAge: 5000 }],
    ["sessionPrefix", 1],
    ["sessionPrefix", "user-sessions:"],
    ["userSessionsPrefix", "session:of:"],
    ["sesionPrefix", "misspelt:"],
  ];
  test.each(wrong)("%s: %j", (name, value) => {
    const create = () => createSessionStore(driver, { [name.split(".")[0] ?? name]: value });
    expect(create).toThrow(TypeError);
    expect(create).toThrow(new RegExp(`"${name}`));
  });

  test("a legacy prefix that our own index would meet", () => {
    const prefixes = { sessionPrefix: "s:", userSessionsPrefix: "u:", legacyIndexPrefix: "u:" };
    expect(() => createRecordStore(driver, { ...prefixes, record: sessionModel })).toThrow(/"legacyIndexPrefix"/);
  });

  test("two clients may use one prefix, one client may not", () => {
    const prefixes = { sessionPrefix: "", userSessionsPrefix: "" };
    const two = { session: driver, userSessions: memoryDriver() };
    expect(() => createSessionStore(two, prefixes)).not.toThrow();
    expect(() => createSessionStore({ session: driver, userSessions: driver }, prefixes)).toThrow(TypeError);
  });
});

describe("a wrong client is a TypeError", () => {
  test.each([undefined, null, {}, "redis://localhost", { get: () => null }, new Map()])("%j", (client) => {
    expect(() => createSessionStore(client as unknown as StoreClient)).toThrow(/option "client"/);
  });

  test("also as one of two, and for a driver", () => {
    const half = { session: driver, userSessions: {} } as unknown as StoreClient;
    expect(() => createSessionStore(half)).toThrow(/"client.userSessions"/);
    expect(() => nodeRedisDriver({} as never)).toThrow(TypeError);
    expect(() => ioRedisDriver({} as never)).toThrow(TypeError);
  });
});

describe("a stream", () => {
  test.each([
    ["heartbeatMs", 99],
    ["heartbeatMs", 60_001],
    ["channelPrefix", 1],
    ["heartbeat", 1000],
  ])("%s %j is refused by name", (name, value) => {
    const create = () => createSessionStream(new Redis({ lazyConnect: true }), { [name]: value });
    expect(create).toThrow(TypeError);
    expect(create).toThrow(`"${name}"`);
  });

  test("needs a client that is not the store's, and one stream is enough for a store", () => {
    const own = new Redis({ lazyConnect: true });
    const ownStream = createSessionStream(own);
    expect(() => createSessionStore(own, { stream: ownStream })).toThrow(/"stream" must have a client of its own/);
    expect(() => createSessionStore(driver, { stream, cache: { stream: ownStream } })).toThrow(/"cache.stream"/);
  });

  test("without one nothing can be watched", () => {
    const sessions = createSessionStore(driver);
    expect(() => sessions.watch("id", { onEnd() {} })).toThrow(/"stream" is missing/);
    expect(() => sessions.watchUser("u1", { onEnd() {} })).toThrow(/"stream" is missing/);
    expect(() => sessions.onEvent(() => {})).toThrow(/"stream" is missing/);
    const watched = createSessionStore(driver, { stream });
    expect(() => watched.watch("id", {} as never)).toThrow(/"onEnd"/);
    expect(() => watched.onEvent(undefined as never)).toThrow(/"listener"/);
  });
});

test("a client's own prefix and time limit are respected", () => {
  const client = new Redis({ lazyConnect: true, keyPrefix: "app:", commandTimeout: 1234 });
  expect(ioRedisDriver(client)).toMatchObject({ keyPrefix: "app:", timeoutMs: 1234, cluster: false });
});
