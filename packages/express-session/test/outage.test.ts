// An outage is an error that reaches the application, never a session that is not there, and no process ends by it.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { KeyspaceError } from "redis-keyspace";
import { toHashedId } from "redis-keyspace/adapter";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { RedisStore } from "../src/index.js";
import { destroy, handlers, regenerate, save, serve } from "./support/app.js";
import { inspect, openStore, userIdFrom } from "./support/redis.js";

const inspector = inspect();

async function server() {
  const redis = await startRedis();
  const client = new Redis(redis.url, { maxRetriesPerRequest: 1 });
  client.on("error", () => {});
  onTestFinished(async () => {
    client.disconnect();
    await redis.stop();
  });
  return { redis, store: new RedisStore({ client, userIdFrom, commandTimeoutMs: 100, touchAfterSeconds: 0 }) };
}

/** Pauses a server, and waits until that has come. */
async function paused({ redis, store }: Awaited<ReturnType<typeof server>>): Promise<void> {
  redis.pause();
  const state = () =>
    store.get("any").then(
      () => "up",
      () => "down",
    );
  await expect.poll(state).toBe("down");
}

describe("a Redis that hangs", () => {
  test("fails every request that needs it, and the session is there when it is back", async () => {
    const { redis, store } = await server();
    const hang = () => paused({ redis, store });
    const disconnected = vi.fn();
    store.on("disconnect", disconnected);
    const words = { "/regenerate": regenerate, "/destroy": destroy, "/save": save };
    const app = await serve(store, { ...handlers, ...words }, { saveUninitialized: true, rolling: true });
    const browser = app.browser();
    await browser.get("/sign-in");
    const { id } = browser;
    const pausing = { ...words, "/change": handlers["/change"], "/show": handlers["/show"] };
    try {
      await hang();
      for (const path of Object.keys(pausing)) {
        const answer = await browser.get(path);
        expect([answer.status, answer.setCookie]).toEqual([500, []]);
        expect(answer.error).toMatchObject({ name: "KeyspaceError", code: "ERR_REDIS_TIMEOUT" });
        expect(JSON.stringify(answer.error)).not.toContain(id);
      }
    } finally {
      redis.resume();
    }
    expect(browser.id).toBe(id);
    expect((await browser.get("/show")).body).toEqual({ userId: "u1", n: 0 });
    expect(disconnected).not.toHaveBeenCalled();
  });

  test("between a request's read and its word fails the word, and no new cookie is sent", async () => {
    const { redis, store } = await server();
    const words = { "/regenerate": regenerate, "/destroy": destroy, "/save": save };
    const hanging = Object.entries(words).map(([path, word]) => [
      path,
      async (req: Parameters<typeof save>[0]) => {
        req.session.n = 2;
        await paused({ redis, store });
        try {
          await word(req);
        } finally {
          redis.resume();
        }
      },
    ]);
    const app = await serve(store, { ...handlers, ...Object.fromEntries(hanging) }, { saveUninitialized: true });
    const browser = app.browser();
    for (const path of Object.keys(words)) {
      if (browser.id === undefined) await browser.get("/sign-in");
      const { id } = browser;
      const answer = await browser.get(path);
      expect([path, answer.status, browser.id]).toEqual([path, 500, id]);
      expect(answer.error).toBeInstanceOf(KeyspaceError);
      if (path === "/destroy") browser.id = undefined;
    }
  });
});

test("a socket that is not there is no session that is not there: connect-redis answers ENOENT, and express a new session", async () => {
  const client = new Redis("/nowhere/redis.sock", { maxRetriesPerRequest: 0 });
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  const app = await serve(new RedisStore({ client, commandTimeoutMs: 500 }), handlers);
  const { status, error } = await app.browser("some-id").get("/show");
  expect(status).toBe(500);
  expect(error).toMatchObject({ code: "ERR_REDIS_UNAVAILABLE" });
});

test("a Redis that is full refuses what is stored, and ends nobody's session", async () => {
  const { redis, store } = await server();
  const app = await serve(store, handlers);
  const browser = app.browser();
  await browser.get("/sign-in");
  await redis.command("CONFIG", "SET", "maxmemory", "1");
  const { status, error } = await app.browser().get("/sign-in");
  expect([status, error]).toEqual([500, expect.objectContaining({ code: "ERR_REDIS_OUT_OF_MEMORY" })]);
  expect(await browser.get("/show")).toMatchObject({ error: undefined, body: { userId: "u1", n: 0 } });
});

test("what is no session is none: corrupt values, hostile ids", async () => {
  const { store, key } = openStore({ client: inspector });
  const app = await serve(store, handlers);
  for (const text of ["", "{", "null", "[]", "7", '"text"']) {
    await inspector.set(key("a"), text, "EX", 60);
    expect((await app.browser("a").get("/show")).body).toEqual({});
  }
  for (const cookie of ["null", "7", '{"expires":"nonsense"}', '{"expires":{},"originalMaxAge":"x"}']) {
    await inspector.set(key("a"), `{"n":1,"cookie":${cookie}}`, "EX", 60);
    expect((await app.browser("a").get("/show")).body).toEqual({ n: 1 });
    expect((await app.browser("a").get("/change")).status).toBe(200);
  }
  await inspector.del(key("a"));
  await inspector.sadd(key("a"), "x");
  expect((await app.browser("a").get("/show")).error).toMatchObject({ code: "ERR_REDIS_WRONG_TYPE" });
  for (const id of ["", "x".repeat(600), "\ud800", await toHashedId("a")]) {
    expect(await store.get(id)).toBeNull();
    await expect(store.set(id, { cookie: { originalMaxAge: null } })).rejects.toThrow(TypeError);
    await store.destroy(id);
  }
});

test("members that belong to the language or to express-session do no harm", async () => {
  const { store, key } = openStore({ client: inspector });
  const text = '{"cookie":{"originalMaxAge":null},"__proto__":{"admin":true},"save":1,"constructor":2,"n":1}';
  await inspector.set(key("a"), text, "EX", 60);
  const app = await serve(store, { ...handlers, "/change": (req) => void Object.assign(req.session, { n: 2 }) });
  expect((await app.browser("a").get("/change")).status).toBe(200);
  expect(await store.get("a")).toMatchObject({ n: 2 });
  expect({}).not.toHaveProperty("admin");
});
