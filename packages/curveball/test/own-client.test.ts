// The store's own client: it survives Redis being away, and nobody else's process ends because of it.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { createClient } from "redis";
import { KeyspaceError } from "redis-keyspace";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { RedisStore, type RedisStoreOptions } from "../src/index.js";
import { startApp } from "./support/child.js";
import { inSeconds } from "./support/redis.js";

const soon = { timeout: 15_000, interval: 50 };

async function ownRedis(options?: Parameters<typeof startRedis>[0]) {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  return server;
}

function open(options: RedisStoreOptions) {
  const store = new RedisStore(options);
  onTestFinished(() => store.close());
  return store;
}

const unavailable = { name: "KeyspaceError", code: "ERR_REDIS_UNAVAILABLE" };

describe("Redis that goes away does not end the process", () => {
  test("legacy: not there at the start, it does", async () => {
    const server = await ownRedis();
    await server.kill();
    expect(await (await startApp("legacy", server.port)).exited).toBe(1);
  });

  test("legacy: lost later, it does", async () => {
    const server = await ownRedis();
    const app = await startApp("legacy", server.port);
    expect(await (await fetch(app.origin)).json()).toEqual({ visits: 1 });
    await server.kill();
    expect(await app.exited).toBe(1);
  });

  test("ours: not there at the start, lost later and back again, it answers", async () => {
    const server = await ownRedis();
    await server.kill();
    const app = await startApp("ours", server.port);
    const visit = async () => await fetch(app.origin);
    expect((await visit()).status).toBe(500);
    for (let round = 0; round < 2; round++) {
      await server.restart();
      await expect.poll(async () => (await visit()).status, soon).toBe(200);
      await server.kill();
      await expect.poll(async () => (await visit()).status, soon).toBe(500);
    }
    expect(app.process.exitCode).toBeNull();
    app.process.kill("SIGTERM");
    await app.exited;
  });
});

describe("its connection", () => {
  test("is made when it is first needed", async () => {
    const server = await ownRedis();
    const clients = async () => String(await server.command("CLIENT", "LIST")).match(/^id=/gm)?.length;
    const before = await clients();
    const store = open({ clientOptions: { url: server.url } });
    await store.newSessionId();
    await store.get("no id");
    expect(await clients()).toBe(before);
    const id = await store.newSessionId();
    const reads = Array.from({ length: 20 }, () => store.get(id));
    expect(await Promise.all(reads)).toEqual(Array(20).fill(null));
    expect(await clients()).toBe((before ?? 0) + 1);
  });

  test("fails typed and at once while Redis is away, tells of it, and comes back", async () => {
    const server = await ownRedis();
    const onError = vi.fn((_: Error): never => {
      throw new Error("a faulty listener");
    });
    const store = open({ clientOptions: { host: server.host, port: server.port }, onError });
    const id = await store.newSessionId();
    await store.set(id, { a: 1 }, inSeconds(60));
    await server.kill();
    await expect.poll(() => store.get(id).catch((error) => error), soon).toMatchObject(unavailable);
    await vi.waitFor(() => expect(onError.mock.calls.length).toBeGreaterThan(1), soon);
    expect(onError.mock.calls.every(([error]) => error instanceof Error)).toBe(true);
    await expect(store.set(id, { a: 2 }, inSeconds(60))).rejects.toBeInstanceOf(KeyspaceError);
    await expect(store.delete(id)).rejects.toBeInstanceOf(KeyspaceError);
    await server.restart();
    await expect.poll(() => store.get(id).catch(() => "down"), soon).toBeNull();
    await store.set(await store.newSessionId(), { a: 1 }, inSeconds(60));
  });

  test("fails at once while Redis is away, also after a time-out", async () => {
    const server = await ownRedis();
    const store = open({ clientOptions: { url: server.url }, commandTimeoutMs: 200 });
    const id = await store.newSessionId();
    await expect.poll(() => store.get(id).catch(() => "not yet"), soon).toBeNull();
    server.pause();
    await expect(store.get(id)).rejects.toMatchObject({ code: "ERR_REDIS_TIMEOUT" });
    await server.kill();
    await expect.poll(() => store.get(id).catch((error) => error), soon).toMatchObject(unavailable);
  });

  test("a Redis that hangs ends in a typed error on time", async () => {
    const server = await ownRedis();
    const store = open({ clientOptions: { url: server.url }, commandTimeoutMs: 200 });
    const id = await store.newSessionId();
    // A busy machine may need longer for the first connection.
    await expect.poll(() => store.get(id).catch(() => "not yet"), soon).toBeNull();
    await store.set(id, { a: 1 }, inSeconds(60));
    server.pause();
    try {
      await expect(store.get(id)).rejects.toMatchObject({ code: "ERR_REDIS_TIMEOUT" });
      await store.close();
    } finally {
      server.resume();
    }
  });

  test("that the caller's own reconnectStrategy gave up is made again by the next command", async () => {
    const server = await ownRedis();
    const socket = { host: server.host, port: server.port, reconnectStrategy: false as const };
    const store = open({ clientOptions: { socket } });
    const id = await store.newSessionId();
    await store.set(id, { a: 1 }, inSeconds(60));
    await server.kill();
    await expect.poll(() => store.get(id).catch((error) => error), soon).toMatchObject(unavailable);
    await server.restart();
    await expect.poll(() => store.get(id).catch(() => "down"), soon).toBeNull();
  });

  test("is refused with a wrong password, without the password in the error", async () => {
    const server = await ownRedis({ password: "wombat" });
    const { host, port } = server;
    const store = open({ clientOptions: { host, port, password: "numbat" } });
    const error: Error = await store.get(await store.newSessionId()).then(
      () => expect.fail("it answered"),
      (error) => error as Error,
    );
    expect(error).toMatchObject({ code: "ERR_REDIS_DENIED" });
    expect(`${error.message} ${JSON.stringify(error)} ${error.cause}`).not.toContain("numbat");
    const right = open({ clientOptions: { host, port, user: "default", password: "wombat", db: 3 } });
    const id = await right.newSessionId();
    await right.set(id, { a: 1 }, inSeconds(60));
    expect(String(await server.command("INFO", "keyspace"))).toContain("db3:keys=1");
  });
});

describe("close", () => {
  test("ends the store's own client, used or not, once and for all", async () => {
    const server = await ownRedis();
    const [unused, used] = [open({ clientOptions: { url: server.url } }), open({ clientOptions: { url: server.url } })];
    const id = await used.newSessionId();
    await used.set(id, { a: 1 }, inSeconds(60));
    for (const store of [unused, used]) {
      await store.close();
      await store.close();
      await expect(store.get(id)).rejects.toMatchObject(unavailable);
    }
  });

  test("while it is trying to connect", async () => {
    const server = await ownRedis();
    await server.kill();
    const store = open({ clientOptions: { url: server.url } });
    await expect(store.get(await store.newSessionId())).rejects.toMatchObject(unavailable);
    await store.close();
    await server.restart();
    await expect(store.get(await store.newSessionId())).rejects.toMatchObject(unavailable);
  });

  test("leaves a client that was given alone", async () => {
    const server = await ownRedis();
    const client = createClient({ url: server.url });
    const connect = vi.spyOn(client, "connect");
    const on = vi.spyOn(client, "on");
    const store = open({ client });
    expect([connect.mock.calls, on.mock.calls]).toEqual([[], []]);
    client.on("error", () => {});
    await client.connect();
    onTestFinished(() => client.destroy());
    await store.get(await store.newSessionId());
    await store.close();
    expect(await client.ping()).toBe("PONG");
  });
});
