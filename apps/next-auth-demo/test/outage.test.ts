import { devices, heading, newEmail, setStage, soon, startApp, type Visitor } from "@redis-keyspace/demo-kit/testing";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { expect, test } from "vitest";
import { askForLink, cookieName, signInByLink, signInUnseen } from "./visitor.js";

const folder = new URL("..", import.meta.url);
const stage = setStage({ folder, cookieName });
const { visit } = stage;

test("an endpoint that is down signs nobody out", async () => {
  const token = "development-only";
  const start = (port: number) => startUpstashLocal({ redis: stage.redis.url, token, port });
  let endpoint = await start(0);
  const app = await startApp(folder, {
    UPSTASH_REDIS_REST_URL: endpoint.url,
    UPSTASH_REDIS_REST_TOKEN: token,
    KEY_PREFIX: "elsewhere:",
  });
  try {
    const a = await visit({}, app.url);
    const cookie = await signInUnseen(a, newEmail());
    const other = await visit({}, app.url);
    const link = await askForLink(other, newEmail());

    await endpoint.close();
    const down = await a.goto("/");
    expect(down.status()).toBe(503);
    expect(down.headers()["retry-after"]).toBe("5");
    expect(await heading(a)).toBe("Sessions are unavailable, try again");
    expect(await down.headerValue("set-cookie")).toBeNull();
    expect(await a.sessionId()).toBe(cookie);
    // next-auth's own endpoint answers an empty session, and leaves the cookie too.
    await a.goto("/api/auth/session");
    expect(await a.sessionId()).toBe(cookie);
    await other.goto(link);
    expect(await other.page.getByRole("main").getByRole("alert").textContent()).toContain("could not be finished");

    endpoint = await start(endpoint.port);
    expect((await a.goto("/")).status()).toBe(200);
    expect(await heading(a)).toBe("Your devices");
    expect(await a.sessionId()).toBe(cookie);
    // Nor was the link spent.
    await other.goto(link);
    expect(await heading(other)).toBe("Your devices");
    expect(app.output()).not.toContain(String(cookie));
  } finally {
    expect(await app.stop(), app.output()).toBe(0);
    await endpoint.close();
  }
});

test("does without a Redis, and says so", async () => {
  const inMemory = await startApp(folder, { KEYSPACE_MEMORY: "1" });
  try {
    const email = newEmail();
    const [a, b] = [await visit({}, inMemory.url), await visit({}, inMemory.url)];
    await signInUnseen(a, email);
    await signInByLink(b, email);
    expect(await b.page.getByRole("main").textContent()).toContain("There is no Redis here");
    expect(await devices(b).count()).toBe(2);
    const keys = b.page.locator("#keyspace li");
    expect(await keys.first().textContent()).toMatch(/index:user:session:.*zset/s);
    expect(await keys.last().textContent()).toMatch(/user:session:~.*string.*1[34]d \d\d:\d\d:\d\d/s);
    await b.click("Sign out the others");
    await a.goto("/");
    expect(await heading(a)).toBe("Sign in");
    await b.goto("/delete-account");
    await b.click("Delete my account");
    await expect.poll(() => b.page.getByRole("status").textContent(), soon).toContain("No key is left");
  } finally {
    expect(await inMemory.stop()).toBe(0);
  }
});

const signOuts = {
  "a sign-out everywhere": (visitor: Visitor) => visitor.signOutEverywhere(),
  "a sign-out of this device": ({ page }: Visitor) =>
    page.getByRole("banner").getByRole("button", { name: "Sign out" }).click(),
};

test.each(Object.entries(signOuts))("an outage in the middle of %s", async (_name, signOut) => {
  const a = await visit();
  const cookie = await signInUnseen(a, newEmail());
  await a.goto("/");
  stage.redis.pause();
  await expect.poll(() => a.page.locator("#keyspace").textContent(), soon).toContain("Redis does not answer");
  await signOut(a);
  await expect.poll(() => heading(a), soon).toBe("Sessions are unavailable, try again");
  expect(await a.sessionId()).toBe(cookie);
  stage.redis.resume();
  await expect.poll(async () => (await a.goto("/")).status(), soon).toBe(200);
  expect(await heading(a)).toBe("Your devices");
  expect(await devices(a).count()).toBe(1);
});

test("a page that Redis leaves after the proxy has looked", async () => {
  // The header keeps the proxy from looking.
  const a = await visit({ extraHTTPHeaders: { "next-action": "none" } });
  const cookie = await signInUnseen(a, newEmail());
  expect((await a.goto("/")).status()).toBe(200);
  stage.redis.pause();
  for (const path of ["/", "/delete-account"]) {
    expect((await a.goto(path)).status()).toBe(500);
    expect(await heading(a)).toBe("Sessions are unavailable, try again");
  }
  expect(await a.sessionId()).toBe(cookie);
});

test("without script too", async () => {
  const withScript = await visit();
  await signInUnseen(withScript, newEmail());
  const a = await visit({ javaScriptEnabled: false });
  await a.page.context().addCookies(await withScript.page.context().cookies());
  await a.goto("/");
  stage.redis.pause();
  await a.signOutEverywhere();
  expect(await heading(a)).toBe("Sessions are unavailable, try again");
  stage.redis.resume();
  await expect.poll(async () => (await a.goto("/")).status(), soon).toBe(200);
});

test.each([
  [{ PORT: "many", REDIS_URL: "redis://127.0.0.1:1" }, 'PORT is "many"'],
  [{ REDIS_URL: "redis://127.0.0.1:1" }, "Redis is not available"],
  [{}, "Set REDIS_URL"],
])("refuses to start with %o", async (env, message) => {
  await expect(startApp(folder, env)).rejects.toThrow(new RegExp(`ended with 1.*${message}`, "s"));
});
