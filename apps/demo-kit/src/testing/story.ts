import { startRedis } from "@redis-keyspace/scripts/servers";
import { expect, test } from "vitest";
import { startApp } from "./demo-app.js";
import { keyboard } from "./keyboard.js";
import { type Demo, type Stage, setStage } from "./stage.js";
import { firefox, newEmail, password, phone, type Visitor } from "./visitor.js";

export interface StoryDemo extends Demo {
  /** Finds the milliseconds in a stored session that change when its device is seen. */
  readonly lastSeen: RegExp;
  /**
   * What a stored session looks like that belongs to nobody yet, where visitors have one before they sign in: a form's
   * CSRF token is in it.
   */
  readonly anonymous?: RegExp;
}

export const soon = { timeout: 10_000 };

export const devices = ({ page }: Visitor) => page.getByRole("list").locator("li.device");
export const heading = ({ page }: Visitor) => page.getByRole("heading", { level: 1 }).textContent();

/** The story of all demos, as the tests of a `describe`, and the stage for what a demo adds. */
export function tellStory(demo: StoryDemo): Stage {
  const { folder, env = {}, lastSeen, anonymous } = demo;
  const stage = setStage(demo);
  const { visit, submit, ask, stored } = stage;

  /** A browser that was signed out has no cookie, or one that is nobody's. */
  const expectSignedOut = async (visitor: Visitor, before: string | undefined) => {
    const now = await visitor.sessionId();
    if (anonymous === undefined) expect(now).toBeUndefined();
    else expect(now).not.toBe(before);
  };

  /** The keys of people, which have to go when they sign out. */
  const theirKeys = async () => [...(await stored())].filter(([, value]) => anonymous?.test(value) !== true);

  test("two browsers, a sign-out, an outage, and a sign-out everywhere", async () => {
    const email = newEmail();
    const a = await visit({ userAgent: firefox });
    const b = await visit({ userAgent: phone });
    await a.signUp(email);
    await b.signIn(email);

    await a.goto("/");
    for (const visitor of [a, b]) {
      expect(await devices(visitor).count()).toBe(2);
      expect(await visitor.page.getByText("This device").count()).toBe(1);
    }
    expect(await devices(a).first().textContent()).toMatch(/Firefox on macOS.*127\.0\.0\.1.*just now.*14 days/s);
    expect(await devices(a).last().textContent()).toContain("Chrome on Android");

    await a.click("Sign out Chrome on Android");
    expect(await a.page.getByRole("status").textContent()).toContain("That device is signed out");
    expect(await devices(a).count()).toBe(1);
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

    await b.click("Sign out everywhere");
    expect(await b.page.getByRole("status").textContent()).toContain("signed out everywhere");
    await a.goto("/");
    expect(await heading(a)).toBe("Sign in");
    expect(await theirKeys()).toEqual([]);
  });

  test("an outage in the middle of a sign-out leaves the session", async () => {
    const a = await visit();
    await a.signUp(newEmail());
    stage.redis.pause();
    const startedAt = performance.now();
    await a.click("Sign out everywhere");
    expect(await heading(a)).toBe("Sessions are unavailable, try again");
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(await a.sessionId()).toBeDefined();
    stage.redis.resume();
    await expect.poll(async () => (await a.goto("/")).status(), soon).toBe(200);
    expect(await heading(a)).toBe("Your devices");
  });

  test("the others are signed out, this one is not", async () => {
    const email = newEmail();
    const visitors = [await visit(), await visit(), await visit()] as const;
    const [a, b, c] = visitors;
    await a.signUp(email);
    await b.signIn(email);
    await c.signIn(email);
    await b.click("Sign out the others");
    for (const visitor of visitors) await visitor.goto("/");
    expect(await Promise.all(visitors.map(heading))).toEqual(["Sign in", "Your devices", "Sign in"]);

    const ended = await b.sessionId();
    await b.page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
    expect(await b.page.getByRole("status").textContent()).toContain("You are signed out");
    await expectSignedOut(b, ended);
  });

  test("a sixth sign-in ends the oldest session, and says so", async () => {
    const email = newEmail();
    const first = await visit();
    await first.signUp(email);
    const others = [];
    for (let n = 2; n <= 5; n++) {
      const answer = await submit("/sign-in", { email, password });
      others.push(new RegExp(`^${demo.cookieName}=([^;]+)`).exec(String(answer.headers.get("set-cookie")))?.[1]);
    }
    const last = await visit();
    await last.signIn(email);
    expect(await last.page.getByRole("status").textContent()).toContain("five devices already");
    expect(await devices(last).count()).toBe(5);
    for (const id of others) expect((await ask(String(id))).status).toBe(200);
    await first.goto("/");
    expect(await heading(first)).toBe("Sign in");
  });

  test("the Keyspace panel shows the keys as they are, counts down, and tells what the last click did", async () => {
    const email = newEmail();
    const a = await visit();
    const b = await visit();
    await a.signUp(email);
    const keys = a.page.locator("#keyspace li");
    expect(await keys.count()).toBe(2);
    const trace = a.page.locator("#keyspace .trace");
    expect(await trace.textContent()).toMatch(/POST \/sign-up.*session\.create\s*ok \d+\.\d ms/s);
    await b.signIn(email);
    // It follows without a click.
    await expect.poll(() => keys.count(), soon).toBe(3);
    expect(await trace.textContent()).toMatch(/POST \/sign-in.*session\.create/s);
    expect(await keys.first().textContent()).toMatch(/zset/);
    // The mark of a hashed id comes first, where there is one.
    await expect.poll(() => keys.last().textContent(), soon).toMatch(/session[:-]~?[\w-]{8}….*string.*13d 23:59:\d\d/s);

    const ttl = keys.last().locator("[data-ttl]");
    const before = await ttl.textContent();
    await expect.poll(() => ttl.textContent(), soon).not.toBe(before);

    // What it shows is what Redis has.
    const inRedis = [...(await stored()).keys()];
    const shown = await a.page.locator("#keyspace h3").allTextContents();
    for (const key of shown)
      expect(
        inRedis.some((found) => found.startsWith(key.replace("…", ""))),
        key,
      ).toBe(true);

    await b.click("Sign out everywhere");
    await expect.poll(() => a.page.locator("#keyspace").textContent(), soon).toContain("signed out");
  });

  test("no session id is in a page, in Redis or in the log", async () => {
    const email = newEmail();
    const a = await visit();
    const b = await visit();
    await a.signUp(email);
    await b.signIn(email);
    await a.goto("/");
    await a.goto("/keyspace");
    const ids = (await Promise.all([a.sessionId(), b.sessionId()])) as string[];
    const inRedis = [...(await stored())].flat();
    const seen = [...(await a.received()), ...(await b.received()), stage.app.output(), ...inRedis].join("\n");
    expect(seen).toContain("Your devices");
    for (const id of ids) {
      expect(id.length).toBeGreaterThanOrEqual(40);
      expect(seen.includes(id)).toBe(false);
    }
    // A handle from the page is no cookie.
    const handle = await b.page.locator("input[name=handle]").getAttribute("value");
    const answer = await ask(String(handle));
    expect(answer.headers.get("location")).toContain("/sign-in");
  });

  test("being seen again within a minute writes nothing", async () => {
    const a = await visit();
    await a.signUp(newEmail());
    const changes = async () =>
      /total_writes_processed:\d+|rdb_changes_since_last_save:\d+/.exec(String(await stage.redis.command("INFO")))?.[0];
    const before = await changes();
    expect(before).toBeDefined();
    for (let n = 0; n < 5; n++) await a.goto("/");
    expect(await changes()).toBe(before);
  });

  test("being seen after more than a minute is noted", async () => {
    const a = await visit();
    await a.signUp(newEmail());
    const shown = await a.page.locator("#keyspace h3").last().textContent();
    const [key] = (await stage.redis.command("KEYS", `${shown?.replace("…", "")}*`)) as [string];
    const value = async () => String(await stage.redis.command("GET", key));
    const earlier = (await value()).replace(lastSeen, (ms) => `${Number(ms) - 180_000}`);
    await stage.redis.command("SET", key, earlier, "KEEPTTL");
    await a.goto("/keyspace");
    expect(await value()).toBe(earlier);
    await a.goto("/");
    expect(await devices(a).textContent()).toMatch(/Last seen\s*just now/);
    expect(Number(lastSeen.exec(await value()))).toBeGreaterThanOrEqual(Number(lastSeen.exec(earlier)) + 180_000);
  });

  test("works from the keyboard", async () => {
    const email = newEmail();
    const { page, signUp } = await visit();
    await signUp(email);
    await page.context().clearCookies();
    await page.goto("/sign-in");
    const { focused, tabTo } = keyboard(page);
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await tabTo("email");
    await page.keyboard.type(email);
    await tabTo("password");
    await page.keyboard.type(password);
    expect(await page.locator(":focus").evaluate((element) => getComputedStyle(element).outlineStyle)).toBe("solid");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname === "/");
    await tabTo("Sign out everywhere");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname === "/sign-in");
  });

  test("fits into 360 pixels", async () => {
    const email = `${"a-rather-long-address-".repeat(4)}${newEmail()}`;
    const a = await visit({ viewport: { width: 360, height: 740 }, userAgent: phone });
    const width = () => a.page.evaluate(() => document.documentElement.scrollWidth);
    for (const path of ["/sign-in", "/sign-up", "/nowhere"]) {
      await a.goto(path);
      expect(await width(), path).toBe(360);
    }
    await a.signUp(email);
    expect(await width(), "devices").toBe(360);
  });

  test("works without script", async () => {
    const email = newEmail();
    const a = await visit({ javaScriptEnabled: false });
    const b = await visit({ javaScriptEnabled: false });
    await a.signUp(email);
    await b.signIn(email);
    expect(await b.page.locator("#keyspace li").count()).toBe(3);
    await b.click("Sign out the others");
    expect(await devices(b).count()).toBe(1);
    await b.page.getByRole("link", { name: "Refresh" }).click();
    expect(await heading(b)).toBe("Your devices");
  });

  test("a form of another site is refused", async () => {
    const a = await visit();
    await a.signUp(newEmail());
    const answer = await fetch(`${stage.app.url}/sign-out/everywhere`, {
      method: "POST",
      headers: {
        cookie: `${demo.cookieName}=${await a.sessionId()}`,
        "content-type": "application/x-www-form-urlencoded",
        origin: "https://elsewhere.example",
        "sec-fetch-site": "cross-site",
      },
    });
    expect(answer.status).toBe(403);
    await a.goto("/");
    expect(await heading(a)).toBe("Your devices");
  });

  test("wrong passwords, taken addresses and bad forms are told apart from an outage", async () => {
    const email = newEmail();
    const a = await visit();
    await a.signUp(email);
    const problem = async (path: string, form: Record<string, string>) => {
      const answer = await submit(path, form);
      return [answer.status, /role="alert">([^<]*)</.exec(await answer.text())?.[1]];
    };
    expect(await problem("/sign-in", { email, password: "not the password" })).toEqual([
      401,
      expect.stringContaining("do not belong"),
    ]);
    expect(await problem("/sign-in", {})).toEqual([401, expect.stringContaining("do not belong")]);
    expect(await problem("/sign-up", { email: email.toUpperCase(), password })).toEqual([
      409,
      expect.stringContaining("Sign in instead"),
    ]);
    expect(await problem("/sign-up", { email: "nobody", password })).toEqual([422, expect.stringContaining("e-mail")]);
    expect(await problem("/sign-up", { email: newEmail(), password: "short" })).toEqual([
      422,
      expect.stringContaining("8 to 256"),
    ]);
    expect(await problem("/sign-up", { email: newEmail(), password: "x".repeat(20_000) })).toEqual([413, undefined]);
  });

  test("does without a Redis, and says so", async () => {
    const inMemory = await startApp(folder, { ...env, KEYSPACE_MEMORY: "1" });
    try {
      const a = await visit({ baseURL: inMemory.url });
      await a.signUp(newEmail());
      expect(await a.page.getByRole("main").textContent()).toContain("There is no Redis here");
      expect(await a.page.locator("#keyspace li").count()).toBe(2);
      await a.click("Sign out everywhere");
      expect(await heading(a)).toBe("Sign in");
    } finally {
      expect(await inMemory.stop()).toBe(0);
    }
  });

  test("starts before its Redis does", async () => {
    const late = await startRedis();
    await late.kill();
    const early = await startApp(folder, { ...env, REDIS_URL: late.url });
    try {
      const a = await visit({ baseURL: early.url });
      // A form with a CSRF token needs a session.
      expect((await a.goto("/sign-up")).status()).toBe(anonymous === undefined ? 200 : 503);
      await late.restart();
      await expect.poll(() => early.output(), soon).toContain("Redis is back");
      await a.signUp(newEmail());
      expect(await heading(a)).toBe("Your devices");
    } finally {
      expect(await early.stop()).toBe(0);
      await late.stop();
    }
  });

  test.each([
    [{ PORT: "many", KEYSPACE_MEMORY: "1" }, 'PORT is "many"'],
    [{}, "Set REDIS_URL"],
  ])("refuses to start with %o", async (wrong, message) => {
    await expect(startApp(folder, { ...env, ...wrong })).rejects.toThrow(message);
  });

  return stage;
}
