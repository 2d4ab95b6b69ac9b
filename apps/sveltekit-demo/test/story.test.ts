import {
  devices,
  heading,
  keyboard,
  newEmail,
  password,
  phone,
  soon,
  tellStory,
} from "@redis-keyspace/demo-kit/testing";
import { describe, expect, test } from "vitest";

describe("SvelteKit", () => {
  const folder = new URL("..", import.meta.url);
  const stage = tellStory({
    folder,
    cookieName: "session",
    live: true,
    idOf: (cookie) => String(cookie.split(".")[0]),
    lastSeen: /(?<="lastSeenAt":)\d+/,
  });

  test("the story needs no script: a sign-out, an outage, and a sign-out everywhere", async () => {
    const email = newEmail();
    const a = await stage.visit({ javaScriptEnabled: false });
    const b = await stage.visit({ javaScriptEnabled: false, userAgent: phone });
    await a.signUp(email);
    await b.signIn(email);
    await a.goto("/");
    await a.click("Sign out Chrome on Android");
    expect(await a.page.getByRole("status").textContent()).toContain("That device is signed out");
    await b.goto("/");
    expect(await b.page.getByRole("status").textContent()).toContain("This device was signed out");

    await b.signIn(email);
    const cookie = await b.sessionId();
    await stage.redis.kill();
    expect((await b.goto("/")).status()).toBe(503);
    expect(await heading(b)).toBe("Sessions are unavailable, try again");
    expect(await b.sessionId()).toBe(cookie);
    await stage.redis.restart();
    await expect.poll(async () => (await b.goto("/")).status(), soon).toBe(200);
    expect(await devices(b).count()).toBe(2);

    await b.signOutEverywhere();
    expect(await b.page.getByRole("status").textContent()).toContain("signed out everywhere");
    await a.goto("/");
    expect(await heading(a)).toBe("Sign in");
  });

  test("with script the forms are sent without a reload", async () => {
    const email = newEmail();
    const a = await stage.visit();
    const b = await stage.visit();
    await b.signUp(email);
    await a.goto("/sign-in");
    // Svelte has taken over.
    await a.page.locator("#svelte-announcer").waitFor({ state: "attached" });
    await a.page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
    await a.page.getByLabel("E-mail address").fill(email);
    await a.page.getByLabel("Password").fill("not the password");
    await a.click("Sign in");
    expect(await a.page.getByRole("alert").textContent()).toContain("do not belong together");
    expect(await a.page.getByLabel("E-mail address").inputValue()).toBe(email);
    expect(await a.page.getByLabel("Password").inputValue()).toBe("");
    expect(await keyboard(a.page).focused()).toBe("password");
    await a.page.getByLabel("Password").fill(password);
    await a.click("Sign in");
    await a.click("Sign out the others");
    expect(await a.page.getByRole("status").textContent()).toContain("All other devices are signed out");
    expect(await devices(a).count()).toBe(1);
    expect(await a.page.evaluate(() => "sameDocument" in globalThis)).toBe(true);
  });

  test("the browser has nothing to complain of", async () => {
    const a = await stage.visit();
    const complaints: string[] = [];
    a.page.on("pageerror", ({ message }) => complaints.push(message));
    a.page.on("console", (line) => {
      if (["error", "warning"].includes(line.type())) complaints.push(line.text());
    });
    await a.signUp(newEmail());
    for (const path of ["/", "/classic"]) await a.goto(path);
    await a.page.getByRole("banner").getByRole("link").click();
    await a.signOutEverywhere();
    expect(await heading(a)).toBe("Sign in");
    expect(complaints).toEqual([]);
  });

  test("nobody gets a cookie without signing in", async () => {
    for (const path of ["/", "/sign-in", "/sign-up", "/classic", "/keyspace", "/nowhere"]) {
      const answer = await fetch(stage.app.url + path, { redirect: "manual" });
      expect(answer.headers.get("set-cookie"), path).toBeNull();
    }
  });

  test.each(['{"email":', "[]", "null", '{"email":1,"password":{}}'])(
    "the article's login refuses %s",
    async (body) => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${stage.app.url}/classic/api/login`, { method: "POST", headers, body });
      expect(answer.status).toBe(400);
    },
  );

  test("the article's samples: login, hook and logout", async () => {
    const email = newEmail();
    const a = await stage.visit();
    await a.signUp(email);
    const classicKeys = async () =>
      [...(await stage.stored()).keys()].filter((key) => key.startsWith("redisk-example:"));
    const logIn = async (secret: string) => {
      await a.page.getByLabel("E-mail address").fill(email);
      await a.page.getByLabel("Password").fill(secret);
      await a.click("Log in");
    };

    await a.goto("/");
    await a.page.getByRole("link", { name: "RedisSessionStore" }).click();
    await logIn("not the password");
    expect(await a.page.getByRole("alert").textContent()).toBe("Invalid credentials");
    await logIn(password);
    await a.page.getByText(`Logged in as ${email}`).waitFor();
    expect(await classicKeys()).toHaveLength(1);
    await a.goto("/classic");
    expect(await a.page.getByRole("main").textContent()).toContain(`Logged in as ${email}`);

    await stage.redis.kill();
    const down = await a.goto("/classic");
    expect(down.status()).toBe(503);
    expect(await down.headerValue("set-cookie")).toBeNull();
    await stage.redis.restart();
    await expect.poll(async () => (await a.goto("/classic")).status(), soon).toBe(200);
    await a.click("Log out");
    await a.page.getByRole("button", { name: "Log in" }).waitFor();
    expect(await classicKeys()).toEqual([]);
    expect((await a.page.context().cookies()).map(({ name }) => name)).toEqual(["session"]);
  });
});
