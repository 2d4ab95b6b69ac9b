import { startRedis } from "@redis-keyspace/scripts/servers";
import { expect, test } from "vitest";
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
    }
    await a.signUp(email);
    expect(await width(), "devices").toBe(360);
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
