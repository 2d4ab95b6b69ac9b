import { Redis } from "ioredis";
import { createSessionStore, type StoreClient } from "redis-keyspace";
import { createRecordStore, sessionModel } from "redis-keyspace/adapter";
import { ioRedisDriver, nodeRedisDriver } from "redis-keyspace/driver";
import { memoryDriver } from "redis-keyspace/memory";
import { describe, expect, test } from "vitest";

const driver = memoryDriver();

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
    ["sessionPrefix", 1],
    ["sessionPrefix", "user-sessions:"],
    ["userSessionsPrefix", "session:of:"],
    ["sesionPrefix", "misspelt:"],
  ];
  test.each(wrong)("%s: %j", (name, value) => {
    const create = () => createSessionStore(driver, { [name]: value });
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

test("a client's own prefix and time limit are respected", () => {
  const client = new Redis({ lazyConnect: true, keyPrefix: "app:", commandTimeout: 1234 });
  expect(ioRedisDriver(client)).toMatchObject({ keyPrefix: "app:", timeoutMs: 1234, cluster: false });
});
