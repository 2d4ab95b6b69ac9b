// An outage is an error, never a session that is not there; and nothing that is stored or sent does harm.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { toHashedId } from "redis-keyspace/adapter";
import { expect, inject, onTestFinished, test } from "vitest";
import { isIn, openApp } from "./support/open.js";
import { inspect } from "./support/redis.js";

const inspector = inspect();

test("an outage is an error, and no cookie is taken away", async () => {
  const client = new Redis(inject("redisUrl"));
  onTestFinished(() => client.disconnect());
  const { storage, desk, app } = await openApp({ client, commandTimeoutMs: 100 });
  client.disconnect();
  const cookies = new Map(desk.cookies);
  for (const path of ["/get-session", "/list-sessions"]) {
    const error = await app.errorOf(async () => {
      const { status } = await desk.get(path);
      expect(status).toBe(500);
    });
    expect(error).toMatchObject({ name: "KeyspaceError" });
  }
  expect(new Map(desk.cookies)).toEqual(cookies);
  for (const attempt of [
    storage.get("a"),
    storage.set("a", "b"),
    storage.delete("a"),
    storage.increment("a", 1),
    storage.getAndDelete("a"),
  ]) {
    await expect(attempt).rejects.toMatchObject({ name: "KeyspaceError" });
  }
});

test("a Redis that is full refuses a sign-in, and ends nobody's session", async () => {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  onTestFinished(async () => {
    client.disconnect();
    await redis.stop();
  });
  const { app, desk, signIn } = await openApp({ client });
  await redis.command("CONFIG", "SET", "maxmemory", "1");
  expect(await app.errorOf(signIn)).toMatchObject({ code: "ERR_REDIS_OUT_OF_MEMORY" });
  expect(await isIn(desk)).toBe(true);
});

test("what is no session is none, and signs nobody out: corrupt values", async () => {
  const { app, desk, key } = await openApp({ client: inspector });
  const { token } = desk;
  const text = (await inspector.get(key(token))) ?? "";
  for (const corrupt of ["", "{", "null", "[]", "7", '"text"', '{"session":{}}', '{"session":null,"user":null}']) {
    await inspector.set(key(token), corrupt, "EX", 60);
    const { body } = await (await app.browser(token)).get("/get-session");
    expect([corrupt, body?.["session"]]).toEqual([corrupt, undefined]);
  }
  await inspector.set(key(token), text, "EX", 60);
  expect(await isIn(desk)).toBe(true);
});

test("what is no token is nobody's: hostile cookies", async () => {
  const { app, desk } = await openApp({ client: inspector });
  const handle = await toHashedId(desk.token);
  for (const text of ["", "*", "x".repeat(3000), "\ud800", "__proto__", "active-sessions-u1", handle]) {
    const browser = await app.browser(text);
    const { status, body } = await browser.get("/get-session");
    expect([text, status, body]).toEqual([text, 200, null]);
  }
  expect(await isIn(desk)).toBe(true);
});
