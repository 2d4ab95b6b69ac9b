import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { launchOptions } from "@redis-keyspace/scripts/browser";
import { type RedisServer, startRedis } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import axe, { type AxeResults } from "axe-core";
import { Redis } from "ioredis";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { createSessionStore, type SessionStore } from "redis-keyspace";
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import type { Connection } from "../src/lib/connection.js";
import { Link } from "../src/lib/console/link.js";
import { type Running, startCli } from "./run-cli.js";

interface Data {
  readonly userAgent: string;
}

const firefox = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0";
const safari =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const soon = { timeout: 10_000 };

const prefix = `console-${randomBytes(4).toString("hex")}`;
const layout = { sessionPrefix: `${prefix}:session:`, userSessionsPrefix: `${prefix}:user:` };
const flags = ["--prefix", layout.sessionPrefix, "--user-sessions-prefix", layout.userSessionsPrefix];

const client = new Redis(inject("redisUrl"));
const store: SessionStore<Data> = createSessionStore(client, layout);
const pages: Page[] = [];
let browser: Browser;
let served: Served;

interface Served extends Running {
  readonly url: string;
}

beforeAll(async () => {
  [browser, served] = await Promise.all([
    launchOptions().then((options) => chromium.launch(options)),
    serve(["--url", inject("redisUrl"), ...flags]),
  ]);
});

afterEach(async () => {
  await Promise.all(pages.splice(0).map((page) => page.context().close()));
});

afterAll(async () => {
  await browser.close();
  served.kill("SIGINT");
  const { exitCode, stderr } = await served.ended;
  client.disconnect();
  expect(exitCode, stderr).toBe(0);
});

test("finds the sessions of a user, and revokes one, all but one, and all", async () => {
  const ids = await signIn("ada", [firefox, safari, safari, safari, safari]);
  const page = await open();
  await find(page, "ada");
  expect(await page.getByText("5 sessions of ada").count()).toBe(1);
  expect(await devices(page)).toEqual(["Firefox on macOS", ...Array(4).fill("Safari on iOS")]);
  const html = await page.content();
  for (const id of ids) expect(html).not.toContain(id);

  // One, after a question.
  await card(page, "Firefox").getByText("Revoke…").click();
  await page.getByRole("button", { name: "Revoke it" }).click();
  await page.getByText("1 session was revoked.").waitFor();
  expect(await store.list("ada")).toHaveLength(4);
  expect(await devices(page)).not.toContain("Firefox on macOS");

  // All but one.
  await card(page, "Safari").first().getByText("Revoke…").click();
  await page.getByRole("button", { name: "Revoke the other 3" }).click();
  await page.getByText("3 sessions were revoked.").waitFor();
  expect(await store.list("ada")).toHaveLength(1);

  // What ended meanwhile: the others of it are not revoked.
  await signIn("ada", [firefox]);
  await find(page, "ada");
  await card(page, "Firefox").getByText("Revoke…").click();
  const [firefoxes] = (await store.list("ada")).filter(({ session }) => session.data.userAgent === firefox);
  await store.revoke("ada", firefoxes?.handle ?? "");
  await page.getByRole("button", { name: "Revoke the other one" }).click();
  await page.getByText("had ended already").waitFor();
  expect(await store.list("ada")).toHaveLength(1);
  await card(page, "Safari").getByText("Revoke…").click();
  await store.deleteAll("ada");
  await page.getByRole("button", { name: "Revoke it" }).click();
  await page.getByText("had ended already").waitFor();
  expect(await page.getByText("No sessions of ada.").count()).toBe(1);
  expect(await page.getByText("is it the right --preset and --prefix?").count()).toBe(1);

  await signIn("ada", [firefox, firefox]);
  await find(page, "ada");
  await page.getByText("Revoke all 2…").click();
  await page.getByRole("button", { name: "Revoke all 2" }).click();
  await page.getByText("2 sessions were revoked.").waitFor();
  expect(await store.list("ada")).toEqual([]);
});

test("counts move by themselves", async () => {
  await signIn("bea", [firefox]);
  const page = await open();
  const counts = page.locator("#counts");
  await expect.poll(() => counts.textContent(), soon).toMatch(/^Sessions1Users with sessions1Memory/);
  await signIn("bea", [safari]);
  await signIn("cleo", [safari]);
  await expect.poll(() => counts.textContent(), soon).toMatch(/^Sessions3Users with sessions2Memory/);
  await Promise.all([store.deleteAll("bea"), store.deleteAll("cleo")]);
});

test("shows what the doctor finds", async () => {
  await client.set(`${layout.sessionPrefix}${"x".repeat(43)}`, "{}");
  const page = await open();
  await page.getByRole("button", { name: "Check now" }).click();
  const findings = page.locator("#check-up");
  await expect
    .poll(() => findings.textContent(), soon)
    .toContain("1 key under the prefix of sessions holds no session");
  expect(await findings.textContent()).not.toContain("x".repeat(43));
  await client.del(`${layout.sessionPrefix}${"x".repeat(43)}`);
});

test("works from the keyboard", async () => {
  await signIn("dora", [firefox, safari]);
  const page = await open();
  await page.locator("input:focus").waitFor();
  await page.keyboard.type("dora");
  await page.keyboard.press("Enter");
  await page.getByText("2 sessions of dora").waitFor();
  await tabTo(page, "Revoke all 2…");
  expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  await page.keyboard.press("Enter");
  await tabTo(page, "Revoke all 2");
  await page.keyboard.press("Enter");
  await page.getByText("2 sessions were revoked.").waitFor();
  expect(await page.locator(":focus").textContent()).toBe("2 sessions were revoked.");
});

test("fits into 1280 and 360 pixels, light and dark, and keeps nothing from anybody", async () => {
  const userId = `somebody-with-a-rather-long-name-${"x".repeat(60)}@example.com`;
  await signIn(userId, [firefox, safari]);
  const page = await open();
  await page.getByText("Counted at").waitFor();
  await page.getByRole("button", { name: "Check now" }).click();
  await page.getByText(/findings? in/).waitFor();
  await find(page, userId);
  await page.getByText("Revoke…").first().click();
  await page.evaluate(axe.source);
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.locator("html").evaluate((html) => html.scrollWidth)).toBe(width);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
      const faults = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
      );
      expect(faults, `${width} ${colorScheme}`).toEqual([]);
    }
  }
  await store.deleteAll(userId);
});

test("works without script", async () => {
  await signIn("eve", [firefox]);
  const page = await open({ javaScriptEnabled: false });
  await find(page, "eve");
  await card(page, "Firefox").getByText("Revoke…").click();
  await page.getByRole("button", { name: "Revoke it" }).click();
  expect(await page.getByText("1 session was revoked.").count()).toBe(1);
});

test("lets nobody in without the token, by another name, or from another site", async () => {
  const [handle] = await signIn("flo", [firefox]);
  const { origin, pathname, host, port } = new URL(served.url);
  const status = async (path: string, headers: Record<string, string>, method = "GET"): Promise<number | undefined> => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers: { host, ...headers } });
    sent.end(method === "POST" ? "user=flo&which=all" : undefined);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.destroy();
    return answer.statusCode;
  };
  expect(handle).toBeDefined();
  expect(await status(pathname, {})).toBe(200);
  for (const path of ["/", "/style.css", "/events", `/${"x".repeat(32)}/`, pathname.slice(0, -2)]) {
    expect(await status(path, {}), path).toBe(403);
  }
  for (const name of ["rebound.example", `rebound.example:${port}`, `127.0.0.1.example:${port}`]) {
    expect(await status(pathname, { host: name }), name).toBe(421);
  }
  const form = { "content-type": "application/x-www-form-urlencoded" };
  for (const from of ["https://elsewhere.example", "http://127.0.0.1:1", "null"]) {
    expect(await status(`${pathname}revoke`, { ...form, origin: from }, "POST"), from).toBe(403);
  }
  expect(await status(`${pathname}revoke`, form, "POST")).toBe(403);
  expect(await store.list("flo")).toHaveLength(1);
  expect(await status(`${pathname}revoke`, { ...form, origin }, "POST")).toBe(303);
  expect(await store.list("flo")).toHaveLength(0);

  const answer = await fetch(served.url);
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  expect(await answer.text()).not.toContain(pathname.slice(1, -1));
});

test("works on Upstash, for a framework whose sessions have no user, and with --json", async () => {
  const upstash = await startUpstashLocal({ redis: inject("redisUrl"), port: 0 });
  const args = [
    "--url",
    upstash.url,
    "--token",
    upstash.token,
    "--preset",
    "express-session",
    "--prefix",
    `${prefix}-x:`,
  ];
  const [{ url, ...running }, known] = await Promise.all([
    serve([...args, "--json"]),
    serve([...args, "--user-id", "user"]),
  ]);
  try {
    await client.set(`${prefix}-x:1`, '{"cookie":{}}', "EX", 60);
    const page = await open({}, url);
    await expect.poll(() => page.locator("#counts").textContent(), soon).toMatch(/^Sessions1Users/);
    await find(page, "ada");
    expect(await page.getByRole("alert").textContent()).toContain("--user-id");
    const listed = await fetch(`${known.url}?user=ada`);
    expect(await listed.text()).toContain("Only sessions that a list has are shown");
  } finally {
    for (const one of [running, known]) {
      one.kill("SIGTERM");
      expect((await one.ended).exitCode).toBe(0);
    }
    await upstash.close();
  }
});

test("says that Redis is gone, that it is back, and that the console has ended", async () => {
  const redis: RedisServer = await startRedis();
  const { url, ...running } = await serve(["--url", redis.url]);
  try {
    const page = await open({}, url);
    await page.getByText("Counted at").waitFor();
    redis.pause();
    await find(page, "ada");
    expect(await page.getByRole("alert").textContent()).toContain("does not answer");
    await page.locator("#counts .problem").waitFor();
    redis.resume();
    await page.getByText("Counted at").waitFor();
    await find(page, "ada");
    expect(await page.getByText("No sessions of ada.").count()).toBe(1);
    // Also while Redis hangs.
    redis.pause();
    running.kill("SIGINT");
    expect((await running.ended).exitCode).toBe(0);
    redis.resume();
    await page.getByText("The console has ended.").waitFor();
  } finally {
    running.kill("SIGKILL");
    await redis.stop();
  }
});

test("a port that is taken and one that cannot be are told", async () => {
  const { port } = new URL(served.url);
  const taken = await startCli(["console", "--url", inject("redisUrl"), "--port", port]).ended;
  expect([taken.exitCode, taken.stderr]).toEqual([2, expect.stringContaining(`port ${port} is taken`)]);
  expect((await startCli(["console", "--port", "many"]).ended).exitCode).toBe(2);
  const overlapping = ["--prefix", "app:", "--user-sessions-prefix", "app:u:"];
  const refused = await startCli(["console", "--url", inject("redisUrl"), ...overlapping]).ended;
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('option "sessionPrefix"')]);
});

test("whoever still uses a connection that was renewed does not end the new one", async () => {
  const made: Connection[] = [];
  const make = async (): Promise<Connection> => {
    const connection: Connection = {
      ...{ topology: "standalone", name: "a server", client: {} as never, nodes: () => [] },
      ...{ refresh: async () => {}, command: async () => "PONG", duplicate: make, close: async () => {} },
    };
    made.push(connection);
    return connection;
  };
  const link = new Link(await make());
  const lost = new Error("Connection is closed.");
  let end = (): void => {};
  const slow = link.use(
    () =>
      new Promise((_, reject) => {
        end = () => reject(lost);
      }),
  );
  await expect(link.use(() => Promise.reject(lost))).rejects.toThrow("does not answer");
  await link.use(async () => {});
  end();
  await expect(slow).rejects.toThrow("does not answer");
  await link.use(async () => {});
  expect(made).toHaveLength(2);
  await expect(link.use(() => Promise.reject(new TypeError("a mistake")))).rejects.toThrow(new TypeError("a mistake"));
});

/** Starts the command, and waits for its address. */
async function serve(args: readonly string[]): Promise<Served> {
  const running = startCli(["console", ...args]);
  const url = await vi.waitUntil(() => /http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\//.exec(running.stdout())?.[0], soon);
  return { ...running, url };
}

async function open(options: BrowserContextOptions = {}, url = served.url): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(soon.timeout);
  pages.push(page);
  await page.goto(url);
  return page;
}

async function signIn(userId: string, userAgents: readonly string[]): Promise<string[]> {
  const sessions = [];
  for (const userAgent of userAgents) sessions.push(await store.create({ userId, data: { userAgent } }));
  return sessions.map(({ id }) => id);
}

async function find(page: Page, userId: string): Promise<void> {
  await page.getByLabel("User id").fill(userId);
  await page.getByRole("button", { name: "Find" }).click();
  await page.waitForURL((url) => url.searchParams.get("user") === userId);
}

function card(page: Page, name: string) {
  return page.locator("li.session").filter({ hasText: name });
}

async function devices(page: Page): Promise<string[]> {
  return (await page.locator("li.session h2").allInnerTexts()).sort();
}

async function tabTo(page: Page, text: string): Promise<void> {
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press("Tab");
    if ((await page.locator(":focus").textContent())?.trim() === text) return;
  }
  throw new Error(`Tab does not lead to ${text}`);
}
