// The cookie of the hook.
import { describe, expect, test, vi } from "vitest";
import { keysUnder } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { newSecret } from "./support/secrets.js";
import { ada, Guest, inspector, nobody, sessionOf, setUp, who } from "./support/session-hook.js";

describe("the cookie", () => {
  test("is renewed with the session, when a part of the idle timeout is used up", async () => {
    const { handle, operations, prefix } = setUp({ idleTimeoutSeconds: 600, touchAfterSeconds: 1 });
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    operations();
    await guest.session(() => {});
    expect(guest.setCookies).toEqual([]);
    expect(operations()).toEqual(["get"]);
    const [key = ""] = await keysUnder(inspector, `${prefix}:s:`);
    await vi.waitUntil(async () => (await inspector.pttl(key)) < 598_900, { timeout: 10_000, interval: 50 });
    await guest.session(() => {});
    expect(guest.setCookies).toEqual([expect.stringContaining("Max-Age=600")]);
    expect(operations()).toEqual(["get", "touch"]);
    expect(await inspector.pttl(key)).toBeGreaterThan(598_900);
    await guest.session((session) => session.signOut());
  });

  test("does not outlive the absolute timeout", async () => {
    const { handle } = setUp({ absoluteTimeoutSeconds: 300, touchAfterSeconds: 0 });
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    expect(guest.setCookies).toEqual([expect.stringContaining("Max-Age=300")]);
    await guest.session(({ expiresAt }) => expect(expiresAt?.getTime()).toBeLessThanOrEqual(Date.now() + 300_000));
    await guest.session((session) => session.signOut());
  });

  test("of a wrong signature is nobody's, and stays", async () => {
    const { handle, operations } = setUp();
    const guest = new Guest(handle);
    for (const cookie of ["x", "id.c2lnbmF0dXJl", "", "..", "%00", "%"]) {
      guest.cookies.set("session", cookie);
      expect(await guest.session(who)).toEqual(nobody);
      expect(guest.setCookies).toEqual([]);
    }
    expect(operations()).toEqual([]);
    guest.cookies.set("session", "x");
    await guest.session((session) => session.signOut());
    expect(guest.cookies.size).toBe(0);
  });

  test("keeps the options that are given, and none that SvelteKit knows better", async () => {
    const { handle } = setUp({ cookieName: "sid", cookieOptions: { sameSite: "strict", path: "/app" } });
    const guest = new Guest(handle);
    await guest.session((session) => session.set(ada));
    expect(guest.setCookies[0]).toMatch(/^sid=[^;]+; Max-Age=\d+; Path=\/app; HttpOnly; Secure; SameSite=Strict$/);
    const local = new Visitor("kit-2", "http://localhost:5173");
    await local.inRequest((event) => sessionOf(event).set(ada), handle);
    expect(local.setCookies[0]).not.toContain("Secure");
  });

  test("of a former secret is known, and replaced when it is renewed", async () => {
    const [old, fresh] = [newSecret(), newSecret()];
    const before = setUp({ secret: old });
    const prefixes = { sessionPrefix: `${before.prefix}:s:`, userSessionsPrefix: `${before.prefix}:u:` };
    const guest = new Guest(before.handle);
    await guest.session((session) => session.signIn("u1", ada));
    const during = setUp({ ...prefixes, secret: [fresh, old], touchAfterSeconds: 0 });
    const after = setUp({ ...prefixes, secret: fresh });
    const cookie = guest.cookies.get("session") ?? "";
    const stale = new Guest(after.handle);
    stale.cookies.set("session", cookie);
    expect(await stale.session(who)).toEqual(nobody);
    const mover = new Guest(during.handle);
    mover.cookies.set("session", cookie);
    await vi.waitUntil(
      async () => (await mover.session(({ userId }) => userId)) === "u1" && mover.setCookies.length > 0,
    );
    stale.cookies.set("session", mover.cookies.get("session") ?? "");
    expect(await stale.session(({ userId }) => userId)).toBe("u1");
    await stale.session((session) => session.signOut());
  });

  test("encrypted", async () => {
    const { handle } = setUp({ encrypted: true });
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    expect(guest.cookies.get("session")).toMatch(/^eyJ/);
    expect(await guest.session(({ userId }) => userId)).toBe("u1");
    await guest.session((session) => session.signOut());
  });
});
