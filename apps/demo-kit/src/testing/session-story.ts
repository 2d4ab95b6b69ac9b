import { expect, test } from "vitest";
import { startApp } from "./demo-app.js";
import { keyboard } from "./keyboard.js";
import { hearsOfSignOut } from "./sign-out-elsewhere.js";
import type { Stage } from "./stage.js";
import { devices, heading, type StoryDemo, soon } from "./story.js";
import { firefox, newEmail, phone, type Visitor } from "./visitor.js";

/** What depends on how a demo keeps its sessions. */
export function testSessions(demo: StoryDemo, stage: Stage): void {
  const { folder, env = {}, lastSeen, anonymous, leaves, live = false, idOf = (cookie) => cookie } = demo;
  const { visit, enter, ask, stored } = stage;

  /** A browser that was signed out has no cookie, or one that is nobody's. */
  const expectSignedOut = async (visitor: Visitor, before: string | undefined) => {
    const now = await visitor.sessionId();
    if (anonymous === undefined) expect(now).toBeUndefined();
    else expect(now).not.toBe(before);
  };

  /** The keys of people, which have to go when they sign out. */
  const theirKeys = async () =>
    [...(await stored())].filter(([key, value]) => anonymous?.test(value) !== true && leaves?.test(key) !== true);

  test("two browsers, a sign-out, an outage, and a sign-out everywhere", async () => {
    const email = newEmail();
    const a = await visit({ userAgent: firefox });
    const b = await visit({ userAgent: phone });
    await a.fillIn("/sign-up", email);
    await b.fillIn("/sign-in", email);

    await a.goto("/");
    for (const visitor of [a, b]) {
      expect(await devices(visitor).count()).toBe(2);
      expect(await visitor.page.getByText("This device").count()).toBe(1);
    }
    expect(await devices(a).first().textContent()).toMatch(/Firefox on macOS.*127\.0\.0\.1.*just now.*14 days/s);
    expect(await devices(a).last().textContent()).toContain("Chrome on Android");

    await a.click("Sign out Chrome on Android");
    expect(await a.page.getByRole("status").textContent()).toContain("That device is signed out");
    expect(await keyboard(a.page).focused()).toContain("That device is signed out");
    expect(await devices(a).count()).toBe(1);
    // It was said once.
    await a.page.reload();
    expect(await a.page.getByRole("status").textContent()).not.toContain("That device");
    const ended = await b.sessionId();
    await b.click("Sign out Firefox on macOS");
    expect(await heading(b)).toBe("Sign in");
    expect(await b.page.getByRole("status").textContent()).toContain("This device was signed out");
    await expectSignedOut(b, ended);
    await a.goto("/");
    expect(await heading(a)).toBe("Your devices");

    await b.signIn(email);
    const cookie = await b.sessionId();
    await stage.redis.kill();
    const down = await b.goto("/");
    expect(down.status()).toBe(503);
    expect(await b.page.getByRole("main").textContent()).toMatch(/sessions are unavailable, try again/i);
    expect(await down.headerValue("set-cookie")).toBeNull();
    expect(await b.sessionId()).toBe(cookie);

    await stage.redis.restart();
    await expect.poll(async () => (await b.goto("/")).status(), soon).toBe(200);
    expect(await heading(b)).toBe("Your devices");
    expect(await b.sessionId()).toBe(cookie);
    expect(await devices(b).count()).toBe(2);

    await b.signOutEverywhere();
    expect(await b.page.getByRole("status").textContent()).toContain("signed out everywhere");
    await a.goto("/");
    expect(await heading(a)).toBe("Sign in");
    expect(await theirKeys()).toEqual([]);
  });

  test.runIf(live)("a page says that its device was signed out in another browser, without a click", async () => {
    const email = newEmail();
    const a = await visit({ userAgent: firefox });
    const b = await visit({ userAgent: phone });
    await a.signUp(email);
    await b.signIn(email);
    await a.goto("/");
    await hearsOfSignOut(b, () => a.click("Sign out Chrome on Android"));
    await b.goto("/");
    expect(await heading(b)).toBe("Sign in");
    expect(await heading(a)).toBe("Your devices");
  });

  test("an outage in the middle of a sign-out leaves the session", async () => {
    const a = await visit();
    await a.signUp(newEmail());
    stage.redis.pause();
    const startedAt = performance.now();
    await a.signOutEverywhere();
    expect(await heading(a)).toBe("Sessions are unavailable, try again");
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(await a.sessionId()).toBeDefined();
    stage.redis.resume();
    await expect.poll(async () => (await a.goto("/")).status(), soon).toBe(200);
    expect(await heading(a)).toBe("Your devices");
  });

  test("the others are signed out, this one is not", async () => {
    const email = newEmail();
    const others = [await enter("/sign-up", email), await enter("/sign-in", email)];
    const b = await visit();
    await b.signIn(email);
    await b.click("Sign out the others");
    await b.goto("/");
    expect(await heading(b)).toBe("Your devices");
    for (const id of others) expect((await ask(id)).headers.get("location")).toMatch(/^\/sign-in/);

    const ended = await b.sessionId();
    await b.page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
    await expect.poll(() => b.page.getByRole("status").textContent(), soon).toContain("You are signed out");
    await expectSignedOut(b, ended);
  });

  test("devices that look the same are told apart", async () => {
    const email = newEmail();
    const a = await visit();
    await enter("/sign-up", email, phone);
    await enter("/sign-in", email, phone);
    await a.signIn(email);
    const names = await devices(a).getByRole("heading").allTextContents();
    expect(names.slice(1).map((name) => name.trim())).toEqual(["Chrome on Android (2)", "Chrome on Android (1)"]);
    const buttons = await devices(a).getByRole("button").all();
    const labels = await Promise.all(buttons.map((button) => button.getAttribute("aria-label")));
    expect(labels).toEqual(["Sign out Chrome on Android (2)", "Sign out Chrome on Android (1)"]);
    expect(await devices(a).locator("time").first().getAttribute("title")).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
    );
  });

  test("a sixth sign-in ends the oldest session, and says so", async () => {
    const email = newEmail();
    const first = await enter("/sign-up", email);
    const others = [];
    for (let n = 2; n <= 5; n++) others.push(await enter("/sign-in", email));
    const last = await visit();
    await last.signIn(email);
    expect(await last.page.getByRole("status").textContent()).toContain("five devices already");
    expect(await devices(last).count()).toBe(5);
    for (const id of others) expect((await ask(id)).status).toBe(200);
    expect((await ask(first)).headers.get("location")).toMatch(/^\/sign-in/);
  });

  test("the Keyspace panel shows the keys as they are, counts down, and tells what the last click did", async () => {
    const email = newEmail();
    const a = await visit({ clock: true });
    await a.signUp(email);
    const keys = a.page.locator("#keyspace li");
    expect(await keys.count()).toBe(2);
    const trace = a.page.locator("#keyspace .trace");
    expect(await trace.textContent()).toMatch(/POST \/sign-up.*session\.create\s*ok \d+\.\d ms/s);
    await enter("/sign-in", email);
    // It follows without a click.
    await a.page.clock.fastForward(2_000);
    await expect.poll(() => keys.count(), soon).toBe(3);
    expect(await trace.textContent()).toMatch(/POST \/sign-in.*session\.create/s);
    expect(await keys.first().textContent()).toMatch(/zset/);
    // The mark of a hashed id comes first, where there is one.
    await expect.poll(() => keys.last().textContent(), soon).toMatch(/[:-]~?[\w-]{8}….*string.*13d 23:59:\d\d/s);

    const ttl = keys.last().locator("[data-ttl]");
    const before = await ttl.textContent();
    await a.page.clock.fastForward(1_000);
    await expect.poll(() => ttl.textContent(), soon).not.toBe(before);

    // What it shows is what Redis has.
    const inRedis = [...(await stored()).keys()];
    const shown = await a.page.locator("#keyspace h3").allTextContents();
    for (const key of shown)
      expect(
        inRedis.some((found) => found.startsWith(key.replace("…", ""))),
        key,
      ).toBe(true);

    await stage.redis.command("DEL", ...inRedis);
    await a.page.clock.fastForward(2_000);
    await expect.poll(() => a.page.locator("#keyspace").textContent(), soon).toContain("signed out");
  });

  test("no session id is in a page, in Redis or in the log", async () => {
    const email = newEmail();
    const a = await visit();
    const b = await visit();
    const received = [a.record(), b.record()];
    await a.signUp(email);
    await b.signIn(email);
    await a.goto("/");
    await a.goto("/keyspace");
    const cookies = (await Promise.all([a.sessionId(), b.sessionId()])) as string[];
    const ids = cookies.map((cookie) => idOf(decodeURIComponent(cookie)));
    const inRedis = [...(await stored())].flat();
    const bodies = await Promise.all(received.map((answer) => answer()));
    const seen = [...bodies.flat(), stage.app.output(), ...inRedis].join("\n");
    expect(seen).toContain("Your devices");
    for (const id of ids) {
      expect(id.length).toBeGreaterThanOrEqual(32);
      expect(seen.includes(id)).toBe(false);
    }
    // A handle from the page is no cookie.
    const handle = await b.page.locator("input[name=handle]").getAttribute("value");
    const [cookie = ""] = cookies;
    expect((await ask(cookie)).status).toBe(200);
    // Nor is an id without its signature.
    const forged = demo.idOf === undefined ? [] : [...ids.slice(0, 1), `${ids[0]}.`, cookie.slice(0, -1)];
    for (const value of [String(handle), ...forged]) {
      expect((await ask(value)).headers.get("location"), value).toContain("/sign-in");
    }
  });

  test("being seen again within a minute writes nothing", async () => {
    const id = await enter("/sign-up", newEmail());
    const changes = async () =>
      /total_writes_processed:\d+|rdb_changes_since_last_save:\d+/.exec(String(await stage.redis.command("INFO")))?.[0];
    // The first page may make what the forms need.
    await ask(id);
    const before = await changes();
    expect(before).toBeDefined();
    for (let n = 0; n < 5; n++) expect((await ask(id)).status).toBe(200);
    expect(await changes()).toBe(before);
  });

  test("being seen after more than a minute is noted", async () => {
    const a = await visit();
    await a.signUp(newEmail());
    const shown = await a.page.locator("#keyspace h3").last().textContent();
    const [key] = (await stage.redis.command("KEYS", `${shown?.replace("…", "")}*`)) as [string];
    const value = async () => String(await stage.redis.command("GET", key));
    const earlier = (await value()).replace(lastSeen, (text) => textLike(text, instantOf(text) - 180_000));
    await stage.redis.command("SET", key, earlier, "KEEPTTL");
    await a.goto("/keyspace");
    expect(await value()).toBe(earlier);
    await a.goto("/");
    expect(await devices(a).textContent()).toMatch(/Last seen\s*just now/);
    const [before, after] = [earlier, await value()].map((text) => instantOf(String(lastSeen.exec(text)?.[0])));
    expect(after).toBeGreaterThanOrEqual(Number(before) + 180_000);
  });

  test("does without a Redis, and says so", async () => {
    const inMemory = await startApp(folder, { ...env, KEYSPACE_MEMORY: "1" });
    try {
      const a = await visit({}, inMemory.url);
      await a.signUp(newEmail());
      expect(await a.page.getByRole("main").textContent()).toContain("There is no Redis here");
      expect(await a.page.locator("#keyspace li").count()).toBe(2);
      await a.signOutEverywhere();
      expect(await heading(a)).toBe("Sign in");
    } finally {
      expect(await inMemory.stop()).toBe(0);
    }
  });
}

const isMilliseconds = (text: string): boolean => /^\d+$/.test(text);
const instantOf = (text: string): number => (isMilliseconds(text) ? Number(text) : Date.parse(text));
const textLike = (text: string, ms: number): string => (isMilliseconds(text) ? `${ms}` : new Date(ms).toISOString());
