import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import {
  devices,
  faultsOf,
  heading,
  keyboard,
  newEmail,
  phone,
  setStage,
  soon,
} from "@redis-keyspace/demo-kit/testing";
import { expect, test } from "vitest";
import { cookieName, signInByOidc, signInUnseen } from "./visitor.js";

const prefix = `${randomBytes(4).toString("hex")}:`;
const stage = setStage({ folder: new URL("..", import.meta.url), env: { KEY_PREFIX: prefix }, cookieName });
const { visit } = stage;

test("the Keyspace panel shows the keys as they are, counts down, and tells what the last click did", async () => {
  const email = newEmail();
  const a = await visit({ clock: true });
  const b = await visit();
  await signInUnseen(a, email);
  await a.goto("/");
  const keys = a.page.locator("#keyspace li");
  const before = await keys.count();
  await signInUnseen(b, email);
  // It follows without a click.
  await a.page.clock.fastForward(2_000);
  await expect.poll(() => keys.count(), soon).toBe(before + 1);
  expect(await a.page.locator("#keyspace .trace").textContent()).toMatch(
    /GET \/api\/auth\/callback\/email.*token\.take\s*ok \d+\.\d ms.*session\.create/s,
  );
  expect(await keys.first().textContent()).toMatch(/zset/);
  expect(await keys.last().textContent()).toMatch(/user:session:~[\w-]{8}….*string.*1[34]d \d\d:\d\d:\d\d/s);

  const ttl = keys.last().locator("[data-ttl]");
  const shownTtl = await ttl.textContent();
  await a.page.clock.fastForward(1_000);
  await expect.poll(() => ttl.textContent(), soon).not.toBe(shownTtl);

  // What it shows is what Redis has, and it shows all of it.
  const inRedis = [...(await stage.stored()).keys()];
  const shown = await a.page.locator("#keyspace h3").allTextContents();
  expect(shown.length).toBe(inRedis.length);
  for (const key of shown) {
    const isThere = inRedis.some((found) => found.startsWith(key.split("…", 1)[0] ?? key));
    expect(isThere, key).toBe(true);
  }

  await b.goto("/");
  await b.signOutEverywhere();
  await a.page.clock.fastForward(2_000);
  await expect.poll(() => a.page.locator("#keyspace").textContent(), soon).toContain("signed out");
});

test("no session token is in a page, in Redis or in the log", async () => {
  const email = newEmail();
  const a = await visit();
  const b = await visit();
  const received = [a.record(), b.record()];
  await signInUnseen(a, email);
  await signInUnseen(b, email);
  await signInByOidc(await visit(), newEmail());
  await a.goto("/");
  await a.goto("/keyspace");
  const tokens = (await Promise.all([a.sessionId(), b.sessionId()])) as string[];
  await b.goto("/");
  const handle = String(await b.page.locator("input[name=handle]").getAttribute("value"));
  const inRedis = [...(await stage.stored())].flat();
  const bodies = await Promise.all(received.map((answer) => answer()));
  const seen = [...bodies.flat(), stage.app.output(), ...inRedis].join("\n");
  expect(seen).toContain("Your devices");
  for (const token of tokens) {
    expect(token.length).toBeGreaterThanOrEqual(36);
    expect(seen.includes(token)).toBe(false);
  }
  // A handle from the page is no cookie.
  const answer = await stage.ask(handle);
  expect(answer.headers.get("location")).toContain("/sign-in");
});

test("being seen again within a minute writes nothing", async () => {
  const a = await visit();
  await signInUnseen(a, newEmail());
  await a.goto("/");
  const changes = async () =>
    /total_writes_processed:\d+|rdb_changes_since_last_save:\d+/.exec(String(await stage.redis.command("INFO")))?.[0];
  const before = await changes();
  expect(before).toBeDefined();
  for (let n = 0; n < 5; n++) await a.goto("/");
  expect(await changes()).toBe(before);
});

test("being seen after more than a minute is noted, and the cookie lives as long as the session", async () => {
  const a = await visit();
  await signInUnseen(a, newEmail());
  await a.goto("/");
  const shown = await a.page.locator("#keyspace h3").last().textContent();
  const [key] = (await stage.redis.command("KEYS", `${shown?.replace("…", "")}*`)) as [string];
  const expires = /(?<="expires":")[^"]+/;
  const value = async () => String(await stage.redis.command("GET", key));
  const end = async () => Date.parse(String(expires.exec(await value())?.[0]));
  const earlier = (await value()).replace(expires, (at) => new Date(Date.parse(at) - 180_000).toISOString());
  await stage.redis.command("SET", key, earlier, "KEEPTTL");
  await a.goto("/keyspace");
  expect(await value()).toBe(earlier);
  const before = await end();
  await a.goto("/");
  expect(await a.page.locator("li.device").textContent()).toContain("Last seenjust now");
  expect(await end()).toBeGreaterThanOrEqual(before + 180_000);
  await a.goto("/");
  const cookie = (await a.page.context().cookies()).find(({ name }) => name === cookieName);
  expect(Math.abs((cookie?.expires ?? 0) * 1000 - (await end()))).toBeLessThan(2_000);
});

test("works from the keyboard", async () => {
  const { page, goto } = await visit();
  await goto("/sign-in");
  const { focused, tabTo } = keyboard(page);
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to the content");
  await tabTo("email");
  await page.keyboard.type(newEmail());
  expect(await page.locator(":focus").evaluate((element) => getComputedStyle(element).outlineStyle)).toBe("solid");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/check-inbox");
  await tabTo("Open the demo’s inbox");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/inbox");
  await tabTo("Follow the link");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/");
  await tabTo("Sign out everywhere…");
  await page.keyboard.press("Enter");
  await tabTo("Sign out everywhere");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/sign-in");
});

test("fits into 360 pixels", async () => {
  const email = `${"a-rather-long-address-".repeat(2)}${newEmail()}`;
  const a = await visit({ viewport: { width: 360, height: 740 }, userAgent: phone });
  const width = () => a.page.evaluate(() => document.documentElement.scrollWidth);
  await signInUnseen(a, email);
  for (const path of ["/", "/inbox", "/change-email", "/delete-account", "/check-inbox", "/unavailable", "/nowhere"]) {
    await a.goto(path);
    expect(await width(), path).toBe(360);
    expect(await faultsOf(a.page), path).toEqual([]);
  }
  await a.goto("/delete-account");
  await a.click("Delete my account");
  await expect.poll(() => heading(a), soon).toBe("Your account is deleted");
  expect(await width(), "deleted").toBe(360);
  await a.goto("/sign-in");
  expect(await width(), "sign-in").toBe(360);
});

test("devices that look the same are told apart, and what is said of them is said once", async () => {
  const email = newEmail();
  const [a, ...phones] = [await visit(), await visit({ userAgent: phone }), await visit({ userAgent: phone })];
  for (const visitor of [...phones, a]) await signInUnseen(visitor, email);
  await a.goto("/");
  const names = await devices(a).getByRole("heading").allTextContents();
  expect(names.slice(1).map((name) => name.trim())).toEqual(["Chrome on Android (2)", "Chrome on Android (1)"]);
  expect(await devices(a).locator("time").first().getAttribute("title")).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
  );

  await a.click("Sign out Chrome on Android (2)");
  const said = "That device is signed out";
  await expect.poll(() => keyboard(a.page).focused(), soon).toContain(said);
  expect(new URL(a.page.url()).search).toBe("");
  await a.page.reload();
  expect(await a.page.getByRole("status").textContent()).toBe("");
  // Nor is anything said because an address names it.
  for (const path of ["/?notice=everywhere", "/change-email?problem=constructor", "/change-email?problem=taken"]) {
    expect((await a.goto(path)).status(), path).toBe(200);
    expect(await a.page.getByRole("status").textContent(), path).toBe("");
    expect(await a.page.getByRole("main").getByRole("alert").count(), path).toBe(0);
  }
});

test("answers to no other name of this machine", async () => {
  const { port } = new URL(stage.app.url);
  const request = get({ port, host: "127.0.0.1", path: "/inbox", headers: { host: `rebound.example:${port}` } });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  expect(answer.statusCode).toBe(421);
  answer.destroy();
});

test("works without script, once signed in", async () => {
  const email = newEmail();
  const withScript = await visit();
  await signInUnseen(await visit(), email);
  await signInUnseen(withScript, email);
  const a = await visit({ javaScriptEnabled: false });
  await a.page.context().addCookies(await withScript.page.context().cookies());
  await a.goto("/");
  expect(await a.page.locator("#keyspace li").count()).toBeGreaterThan(3);
  await a.click("Sign out the others");
  await expect.poll(() => a.page.locator("li.device").count(), soon).toBe(1);
  await a.page.getByRole("link", { name: "Refresh" }).click();
  expect(await heading(a)).toBe("Your devices");
});

test("a form of another site is refused", async () => {
  const a = await visit();
  await signInUnseen(a, newEmail());
  const headers = { cookie: `${cookieName}=${await a.sessionId()}` };
  const html = await (await fetch(stage.app.url, { headers })).text();
  const form = html.split("<form").find((part) => part.includes("Sign out everywhere<")) ?? "";
  const body = new FormData();
  for (const [, name = ""] of form.matchAll(/<input type="hidden" name="([^"]+)"/g)) body.set(name, "");
  const send = (origin: string): Promise<Response> =>
    fetch(stage.app.url, { method: "POST", headers: { ...headers, origin }, body, redirect: "manual" });

  expect((await send("https://elsewhere.example")).status).toBeGreaterThanOrEqual(400);
  await a.goto("/");
  expect(await heading(a)).toBe("Your devices");
  // The same form from the demo itself is not refused.
  expect((await send(stage.app.url)).headers.get("location")).toMatch(/\/sign-in$/);
});
