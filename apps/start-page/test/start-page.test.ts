import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type BrowserPool, faultsOf, openBrowserPool, startApp } from "@redis-keyspace/demo-kit/testing";
import { startTracing, traced } from "@redis-keyspace/demo-kit/tracing";
import { type RedisServer, startRedis } from "@redis-keyspace/scripts/servers";
import type { Page } from "playwright-core";
import { createSessionStore } from "redis-keyspace";
import { memoryDriver } from "redis-keyspace/memory";
import { instrument } from "redis-keyspace/opentelemetry";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";

type App = Awaited<ReturnType<typeof startApp>>;

const folder = new URL("..", import.meta.url);
const description =
  "A framework with database sessions on Redis: devices, sign-out everywhere, and the keys behind them.";
const demos = [
  { name: "one", framework: "One", description, keyPrefixes: ["one:", "index:one:"], url: "http://127.0.0.1:1/" },
  { name: "two", framework: "Two", description, keyPrefixes: ["two-"], url: "http://127.0.0.1:2/" },
  { name: "three", framework: "Three", description, keyPrefixes: ["three:"], problem: "did not start" },
  ...["four", "five", "six"].map((name) => ({
    ...{ name, framework: name, description, keyPrefixes: [`${name}:`], url: "http://127.0.0.1:4/" },
  })),
];
const DEMOS = JSON.stringify(demos);
const token = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

let redis: RedisServer;
let app: App;
let browsers: BrowserPool;

beforeAll(async () => {
  const opening = openBrowserPool();
  redis = await startRedis();
  app = await startApp(folder, { REDIS_URL: redis.url, DEMOS });
  browsers = await opening;
});

afterEach(async () => {
  const keys = (await redis.command("KEYS", "*")) as string[];
  if (keys.length > 0) await redis.command("DEL", ...keys);
  await browsers.takeBack();
});

afterAll(async () => {
  await browsers.close();
  expect(await app.stop(), app.output()).toBe(0);
  await redis.stop();
});

const open = async (options: Parameters<BrowserPool["lend"]>[0] = {}, url = app.url) => {
  const page = await browsers.lend(options);
  // It may still be on its way back to a Redis that was away.
  await expect.poll(() => page.goto(url).then(() => page.content())).not.toContain("does not answer");
  return page;
};

const demo = (page: Page, name: string) => page.locator("li.demo").filter({ has: page.locator(`[data-keys=${name}]`) });

const sessions = async (count: number) => {
  for (let n = 0; n < count; n++) await redis.command("SET", `one:${n}${token}`, `{"id":"${token}"}`, "PX", "90061000");
};

test("links the demos that run and says why one does not", async () => {
  const page = await open();
  expect(await demo(page, "one").getByRole("link").getAttribute("href")).toBe("http://127.0.0.1:1/");
  expect(await page.getByRole("link", { name: "Open the Two demo" }).count()).toBe(1);
  expect(await demo(page, "three").getByRole("link").count()).toBe(0);
  expect(await demo(page, "three").textContent()).toContain("did not start");
  expect(await demo(page, "three").textContent()).not.toContain("No key");
});

test("shows each demo its own keys, and follows them", async () => {
  const page = await open({ clock: true });
  await expect.poll(() => demo(page, "one").textContent()).toContain("No key yet");
  await sessions(1);
  await redis.command("ZADD", "index:one:u1", "5", token);
  await redis.command("SADD", "two-set", "b", "a");
  await redis.command("SET", "nobody:x", "not ours");

  // It follows without a click, and the focus stays.
  await page.getByRole("link", { name: "Open the One demo" }).focus();
  await page.clock.fastForward(2_000);
  await expect.poll(() => demo(page, "one").locator(".count").textContent(), { timeout: 10_000 }).toBe("2 keys");
  expect(await page.locator(":focus").getAttribute("href")).toBe("http://127.0.0.1:1/");
  expect(await demo(page, "one").textContent()).toMatch(
    /index:one:u1zset.*none01234567… {2}5.*one:0?0123456…string.*1d 01:0/s,
  );
  expect(await demo(page, "two").locator("pre").textContent()).toBe("a\nb");
  expect(await page.textContent("body")).not.toContain("not ours");

  const ttl = demo(page, "one").locator("[data-ttl]");
  const before = await ttl.textContent();
  await page.clock.fastForward(1_000);
  await expect.poll(() => ttl.textContent()).not.toBe(before);

  // What was opened stays open, and the focus stays there.
  const value = demo(page, "one").locator("pre").last();
  expect(await value.isVisible()).toBe(false);
  await demo(page, "one").locator("li.key summary").last().press("Enter");
  expect(await value.isVisible()).toBe(true);
  await sessions(2);
  await page.clock.fastForward(2_000);
  await expect.poll(() => demo(page, "one").locator(".count").textContent(), { timeout: 10_000 }).toBe("3 keys");
  expect(await demo(page, "one").locator("li.key details[open] pre").textContent()).toContain("01234567…");
  expect(await page.locator(":focus").textContent()).toContain("one:0");
});

test("no token is in the page", async () => {
  await sessions(1);
  await redis.command("ZADD", "index:one:u1", "5", token);
  const page = await open();
  expect(await page.locator("li.key").count()).toBe(2);
  expect(await page.content()).not.toContain(token);
});

test("counts what it does not show", async () => {
  await sessions(30);
  const page = await open();
  expect(await demo(page, "one").locator(".count").textContent()).toBe("30 keys, the first 3");
  expect(await demo(page, "one").locator("li.key").count()).toBe(3);
});

test("a Redis that is down is said, and is back by itself", async () => {
  const page = await open({ clock: true });
  await redis.kill();
  await page.clock.fastForward(2_000);
  await expect.poll(() => demo(page, "one").textContent(), { timeout: 10_000 }).toContain("Redis does not answer");
  await redis.restart();
  await page.clock.fastForward(2_000);
  await expect.poll(() => demo(page, "one").textContent(), { timeout: 10_000 }).toContain("No key yet");
});

test("a Redis that hangs is said too, and holds up no page", async () => {
  const page = await open();
  redis.pause();
  try {
    await page.goto(app.url);
    expect(await demo(page, "one").textContent()).toContain("Redis does not answer");
  } finally {
    redis.resume();
  }
});

test("says so where the demos do without a Redis", async () => {
  const inMemory = await startApp(folder, { KEYSPACE_MEMORY: "1", DEMOS });
  try {
    const page = await open({}, inMemory.url);
    expect(await demo(page, "one").textContent()).toContain("no Redis here");
  } finally {
    expect(await inMemory.stop()).toBe(0);
  }
});

test.each([
  [1280, 800, 9],
  [1280, 800, 0],
  [360, 740, 9],
  [360, 740, 0],
])("stays under two screens of %d by %d pixels, with %d keys of each demo", async (width, height, count) => {
  for (const { keyPrefixes } of demos) {
    for (let n = 0; n < count; n++)
      await redis.command("SET", `${keyPrefixes[0]}${n}${token}`, `{"text":"${"long ".repeat(99)}"}`);
  }
  const page = await open({ viewport: { width, height } });
  expect(await demo(page, "six").locator("li.key").count()).toBe(Math.min(count, 3));
  expect(await page.locator("html").evaluate((html) => html.scrollHeight)).toBeLessThan(2 * height);
  expect(await faultsOf(page)).toEqual([]);
});

test("answers to no other name of this machine", async () => {
  const request = get({ port: new URL(app.url).port, host: "127.0.0.1", headers: { host: "rebound.example" } });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  expect(answer.statusCode).toBe(421);
  answer.destroy();
});

test("fits into 360 pixels and needs no script", async () => {
  await sessions(2);
  const page = await open({ viewport: { width: 360, height: 740 }, javaScriptEnabled: false });
  expect(await demo(page, "one").locator("li.key").count()).toBe(2);
  expect(await page.locator("html").evaluate((html) => html.scrollWidth)).toBe(360);
  await page.getByRole("link", { name: "Refresh" }).click();
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Demos");
});

test("shows what a demo sends: the operations of a request, and how long each takes", async () => {
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", app.url);
  startTracing("One");
  const store = createSessionStore(memoryDriver(), { observe: instrument() });
  const { id } = await traced("POST", "/sign-in?token=secret", () => store.create({ userId: "ada", data: {} }));
  await traced("GET", "/", () => store.get("nobody"));

  const page = await open({ viewport: { width: 360, height: 740 } });
  await page.getByRole("link", { name: "Traces" }).click();
  const row = page.getByRole("table", { name: "One" }).getByRole("row", { name: "session.create ok" });
  const request = page.locator("li.waterfall").filter({ hasText: "POST /sign-in" });
  await expect
    .poll(() => page.reload().then(async () => [await row.count(), await request.count()]), { timeout: 10_000 })
    .toEqual([1, 1]);
  expect(await request.textContent()).toMatch(/POST \/sign-in One.*session\.create ok/s);
  expect(await page.locator("li.waterfall").first().textContent()).toMatch(/GET \/ One.*session\.get absent/s);
  expect(await page.locator("html").evaluate((html) => html.scrollWidth)).toBe(360);
  for (const secret of ["secret", "ada", id]) expect(await page.content()).not.toContain(secret);
});

test("takes nothing that a page of another site could send", async () => {
  const answer = await fetch(`${app.url}/v1/traces`, { method: "POST", body: '{"resourceSpans":[]}' });
  expect(answer.status).toBe(415);
});

test("refuses to start without the list of demos", async () => {
  await expect(startApp(folder, { KEYSPACE_MEMORY: "1" })).rejects.toThrow("Set DEMOS");
});
