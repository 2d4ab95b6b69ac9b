import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { expect, test } from "vitest";
import { faultsOf } from "./accessibility.js";
import { startApp } from "./demo-app.js";
import { keyboard } from "./keyboard.js";
import type { Stage } from "./stage.js";
import { devices, heading, type StoryDemo, soon } from "./story.js";
import { newEmail, password, phone } from "./visitor.js";

/** What does not depend on how a demo keeps its sessions: its pages, its forms and its start. */
export function testPages(demo: StoryDemo, stage: Stage): void {
  const { folder, env = {}, anonymous } = demo;
  const { visit, enter, submit, ask } = stage;

  test("works from the keyboard", async () => {
    const email = newEmail();
    const { page, goto, signUp } = await visit();
    await signUp(email);
    await page.context().clearCookies();
    await goto("/sign-in");
    const { focused, tabTo } = keyboard(page);
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await tabTo("email");
    await page.keyboard.type(email);
    await tabTo("password");
    await page.keyboard.type("not the password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await expect.poll(focused, soon).toBe("password");
    expect(await page.getByLabel("Password").inputValue()).toBe("");
    expect(await page.getByLabel("E-mail address").inputValue()).toBe(email);
    await page.keyboard.type(password);
    expect(await page.locator(":focus").evaluate((element) => getComputedStyle(element).outlineStyle)).toBe("solid");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname === "/");
    await tabTo("Sign out everywhere…");
    await page.keyboard.press("Enter");
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
      expect(await faultsOf(a.page), path).toEqual([]);
    }
    await a.signUp(email);
    expect(await width(), "devices").toBe(360);
    expect(await faultsOf(a.page), "devices").toEqual([]);
    await a.page.emulateMedia({ colorScheme: "dark" });
    expect(await faultsOf(a.page), "devices in the dark").toEqual([]);
    await a.page.emulateMedia({ colorScheme: null });
    // An address is shown whole.
    const shown = a.page.getByRole("banner").locator(".email");
    expect(await shown.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)).toBe(true);
  });

  test("works without script", async () => {
    const email = newEmail();
    await enter("/sign-up", email);
    const b = await visit({ javaScriptEnabled: false });
    await b.fillIn("/sign-in", email);
    expect(await b.page.locator("#keyspace li").count()).toBe(3);
    await b.click("Sign out the others");
    expect(await devices(b).count()).toBe(1);
    await b.page.getByRole("link", { name: "Refresh" }).click();
    expect(await heading(b)).toBe("Your devices");
  });

  test("a double click signs in once", async () => {
    const email = newEmail();
    await enter("/sign-up", email);
    const a = await visit();
    await a.goto("/sign-in");
    await a.page.getByLabel("E-mail address").fill(email);
    await a.page.getByLabel("Password").fill(password);
    await a.page.getByRole("main").getByRole("button", { name: "Sign in" }).dblclick();
    await a.page.waitForURL((url) => url.pathname === "/");
    expect(await devices(a).count()).toBe(2);
  });

  test("a notice is not said because an address names it", async () => {
    const a = await visit();
    await a.goto("/sign-in?notice=everywhere");
    expect(await a.page.getByRole("status").textContent()).not.toContain("signed out");
  });

  test("the eleventh wrong password for an address is not looked at", async () => {
    const email = newEmail();
    await enter("/sign-up", email);
    const statuses = [];
    for (let n = 0; n < 11; n++) {
      statuses.push((await submit("/sign-in", { email, password: "not the password" })).status);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
    expect(await (await submit("/sign-in", { email, password })).text()).toContain("Too many wrong passwords");
  });

  test("answers to no other name of this machine", async () => {
    const { port } = new URL(stage.app.url);
    const request = get({ port, host: "127.0.0.1", headers: { host: `rebound.example:${port}` } });
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(421);
    answer.destroy();
  });

  test("a form of another site is refused", async () => {
    const id = await enter("/sign-up", newEmail());
    const answer = await fetch(`${stage.app.url}/sign-out/everywhere`, {
      method: "POST",
      headers: {
        cookie: `${demo.cookieName}=${id}`,
        "content-type": "application/x-www-form-urlencoded",
        origin: "https://elsewhere.example",
        "sec-fetch-site": "cross-site",
      },
    });
    expect(answer.status).toBe(403);
    expect((await ask(id)).status).toBe(200);
  });

  test("wrong passwords, taken addresses and bad forms are told apart from an outage", async () => {
    const email = newEmail();
    await enter("/sign-up", email);
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

  test("starts before its Redis does", async () => {
    const late = await startRedis();
    await late.kill();
    const early = await startApp(folder, { ...env, REDIS_URL: late.url });
    try {
      const a = await visit({}, early.url);
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

  test("refuses to start with a wrong setting", async () => {
    const wrong = { ...env, PORT: "many", KEYSPACE_MEMORY: "1" };
    await expect(startApp(folder, wrong)).rejects.toThrow('PORT is "many"');
  });
}
