import {
  devices,
  firefox,
  heading,
  newEmail,
  password,
  phone,
  soon,
  tellStory,
} from "@redis-keyspace/demo-kit/testing";
import { describe, expect, test } from "vitest";

describe("better-auth", () => {
  const stage = tellStory({
    folder: new URL("..", import.meta.url),
    cookieName: "better-auth.session_token",
    live: true,
    lastSeen: /(?<="expiresAt":")[^"]+/,
    leaves: /^better-auth:revoked-sessions-before-/,
  });

  test("better-auth's client sends the forms, and says in the page what is wrong", async () => {
    const email = newEmail();
    const a = await stage.visit();
    const asked: string[] = [];
    a.page.on("request", (request) => {
      if (request.method() === "POST") asked.push(new URL(request.url()).pathname);
    });
    await stage.enter("/sign-up", email, phone);
    await a.goto("/sign-up");
    await a.page.getByLabel("E-mail address").fill(email);
    await a.page.getByLabel("Password").fill(password);
    await a.click("Sign up");
    expect(await a.page.getByRole("alert").textContent()).toContain("Sign in instead");
    await a.fillIn("/sign-in", email);
    await a.click("Sign out Chrome on Android");
    await expect.poll(() => devices(a).count(), soon).toBe(1);
    await a.signOutEverywhere();
    expect(await heading(a)).toBe("Sign in");
    expect(asked).toEqual([
      "/api/auth/sign-up/email",
      "/api/auth/sign-in/email",
      "/api/auth/revoke-session",
      "/api/auth/revoke-sessions",
    ]);
  });

  test("without script: a sign-out of another device, and one that has ended already", async () => {
    const email = newEmail();
    const a = await stage.visit({ javaScriptEnabled: false, userAgent: firefox });
    const b = await stage.visit({ javaScriptEnabled: false, userAgent: phone });
    await a.signUp(email);
    await b.signIn(email);
    await a.goto("/");
    await a.click("Sign out Chrome on Android");
    expect(await a.page.getByRole("status").textContent()).toContain("That device is signed out");
    await b.click("Sign out Firefox on macOS");
    expect(await b.page.getByRole("status").textContent()).toContain("This device was signed out");
    await a.goto("/");
    expect(await devices(a).count()).toBe(1);
  });

  test("the browser has nothing to complain of", async () => {
    const a = await stage.visit();
    const complaints: string[] = [];
    a.page.on("pageerror", ({ message }) => complaints.push(message));
    a.page.on("console", (line) => {
      if (["error", "warning"].includes(line.type())) complaints.push(line.text());
    });
    await a.fillIn("/sign-up", newEmail());
    await a.signOutEverywhere();
    expect(await heading(a)).toBe("Sign in");
    expect(complaints).toEqual([]);
  });

  test("a site elsewhere cannot ask for anything with somebody's cookie", async () => {
    const id = await stage.enter("/sign-up", newEmail());
    const answer = await fetch(`${stage.app.url}/api/auth/revoke-sessions`, {
      method: "POST",
      headers: {
        cookie: `better-auth.session_token=${id}`,
        "content-type": "application/json",
        origin: "https://elsewhere.example",
      },
      body: "{}",
    });
    expect(answer.status).toBe(403);
    expect((await stage.ask(id)).status).toBe(200);
  });
});
