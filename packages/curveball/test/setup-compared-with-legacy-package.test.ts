// What the legacy package gets wrong about options, clients and methods, and that this one does not.
import { readFileSync } from "node:fs";
import { RedisStore as LegacyStore } from "@curveball/session-redis";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { createClient as createClient4 } from "redis-4";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { inSeconds, inspect, uniquePrefix } from "./support/redis.js";

const inspector = inspect();
const client = createClient4({ url: inject("redisUrl") });
beforeAll(async () => {
  await client.connect();
});
afterAll(() => client.disconnect());

// Its declared client is that of its own copy of node-redis.
const legacy = (prefix = uniquePrefix()) => new LegacyStore({ prefix, client: client as never });

describe("the options of the documentation are honoured", () => {
  const elsewhere = async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    return server;
  };

  test("legacy: host and port are not, and a client that is not connected fails", async () => {
    const store = new LegacyStore({ prefix: "mysess", client: createClient4({ url: inject("redisUrl") }) as never });
    await expect(store.get("id")).rejects.toThrow("The client is closed");
    const { port } = await elsewhere();
    // @ts-expect-error: nor does its type know them.
    const flat = new LegacyStore({ prefix: "mysess", clientOptions: { host: "127.0.0.1", port } });
    flat.client.on("error", () => {});
    expect(flat.client.options?.socket).not.toMatchObject({ port });
    await flat.client.disconnect().catch(() => {});
  });

  test("ours: they are, and the store connects by itself", async () => {
    const { host, port, command } = await elsewhere();
    const store = new RedisStore({ prefix: "mysess", clientOptions: { host, port } });
    onTestFinished(() => store.close());
    const id = await store.newSessionId();
    await store.set(id, { a: 1 }, inSeconds(60));
    expect(await command("GET", `mysess-${id}`)).toBe('{"a":1}');
  });
});

describe("any client, no prefix, and the version of the middleware", () => {
  test("legacy: a prefix is required, and its client is node-redis 4", () => {
    // @ts-expect-error: there is no prefix.
    new LegacyStore({ client: client as never });
    // @ts-expect-error: it is not node-redis 4.
    new LegacyStore({ prefix: "session", client: new Redis({ lazyConnect: true }) });
    // @ts-expect-error: nor is this.
    new LegacyStore({ prefix: "session", client: createCluster({ rootNodes: [] }) });
  });

  test("ours: neither is", () => {
    new RedisStore({ client });
    new RedisStore({ client: createClient() });
    new RedisStore({ client: createCluster({ rootNodes: [] }) });
    new RedisStore({ client: new Redis({ lazyConnect: true }) });
    new RedisStore({ client: new Cluster([], { lazyConnect: true }) });
    new RedisStore({ client: { session: client, userSessions: new Redis({ lazyConnect: true }) } });
  });

  test("the middleware is a peer with a range", () => {
    const manifestOf = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
    const theirs = manifestOf("../node_modules/@curveball/session-redis/package.json");
    expect(theirs).toMatchObject({ peerDependencies: { "@curveball/kernel": "^1" } });
    expect(theirs).not.toMatchObject({ peerDependencies: { "@curveball/session": expect.anything() } });
    expect(manifestOf("../package.json")).toMatchObject({ peerDependencies: { "@curveball/session": "^1.0.0" } });
  });
});

describe("close, list, and sign-out by user", () => {
  test("legacy: it has none of them", () => {
    const store = legacy();
    for (const method of ["close", "list", "deleteAll", "count"]) expect(store).not.toHaveProperty(method);
  });

  // What they do is in user-sessions.test.ts and own-client.test.ts.
  test("ours", async () => {
    const store = new RedisStore({ prefix: uniquePrefix(), client: inspector, userIdFrom: () => "u1" });
    const id = await store.newSessionId();
    await store.set(id, { a: 1 }, inSeconds(60));
    expect(await store.list("u1")).toEqual([{ handle: id, session: { a: 1 }, current: false }]);
    expect([await store.count("u1"), await store.deleteAll("u1"), await store.count("u1")]).toEqual([1, 1, 0]);
    await store.close();
  });
});
