// The hook inside a running SvelteKit: from a visitor without a cookie to a sign-out.
import type { RequestEvent } from "@sveltejs/kit";
import { describe, expect, test } from "vitest";
import { keysUnder } from "./support/clients.js";
import { kits } from "./support/kit.js";
import { ada, Guest, inspector, type Locals, nobody, sessionOf, setUp, who } from "./support/session-hook.js";

describe.each(kits)("%s", (kit) => {
  test("a visitor without a cookie costs nothing and gets nothing", async () => {
    const { handle, operations } = setUp();
    const guest = new Guest(handle, kit);
    expect(await guest.session(who)).toEqual(nobody);
    expect(guest.setCookies).toEqual([]);
    guest.cookies.set("theme", "dark");
    expect(await guest.session((session) => session.list())).toEqual([]);
    expect(await guest.session((session) => session.count())).toBe(0);
    expect(await guest.session((session) => session.update((data) => data))).toBeNull();
    expect(await guest.session((session) => session.deleteAll())).toBe(0);
    await guest.session((session) => session.signOut());
    await guest.session((session) => session.rotate());
    expect(guest.setCookies).toEqual([]);
    expect(operations()).toEqual([]);
  });

  test("sign in with a form, be known, change the data, sign out", async () => {
    const { handle, operations } = setUp();
    const guest = new Guest(handle, kit);
    const load = (event: RequestEvent) => ({ userId: sessionOf(event).userId, later: "nothing" });
    const signIn = async (event: RequestEvent): Promise<void> => {
      const form = await event.request.formData();
      await sessionOf(event).signIn("u1", { ...ada, name: String(form.get("name")) });
    };
    const response = await guest.page({ load, action: signIn }, { name: "Ada" });
    expect(response.status).toBe(200);
    // The page that answers the form knows already.
    expect(await response.text()).toContain("user: u1");
    expect(guest.setCookies).toEqual([
      expect.stringMatching(/^session=[^;]+; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Lax$/i),
    ]);
    expect(operations()).toEqual(["create"]);

    expect(await guest.session(who)).toEqual({ userId: "u1", data: ada, unavailable: false });
    expect(operations()).toEqual(["get"]);
    expect(guest.setCookies).toEqual([]);

    const again = (session: Locals) => session.update((data) => ({ ...data, visits: data.visits + 1 }));
    expect(await guest.session(again)).toEqual({ ...ada, visits: 1 });
    expect(await guest.session((session) => session.set({ ...ada, visits: 7 }))).toBe(true);
    expect(await guest.session(who)).toMatchObject({ data: { visits: 7 } });
    expect(guest.setCookies).toEqual([]);

    const cookie = guest.cookies.get("session") ?? "";
    await guest.session((session) => session.signOut());
    expect(guest.cookies.size).toBe(0);
    guest.cookies.set("session", cookie);
    expect(await guest.session(who)).toEqual(nobody);
  });

  test("an anonymous session becomes the user's under a new id", async () => {
    const { handle, prefix } = setUp();
    const guest = new Guest(handle, kit);
    expect(await guest.session((session) => session.set({ name: "cart", visits: 3 }))).toBe(true);
    const before = guest.cookies.get("session");
    await guest.session((session) => session.signIn("u1", { ...ada, visits: session.data?.visits ?? 0 }));
    expect(guest.cookies.get("session")).not.toBe(before);
    expect(await guest.session(who)).toMatchObject({ userId: "u1", data: { visits: 3 } });
    // Whoever planted the old cookie has nothing.
    const attacker = new Guest(handle, kit);
    attacker.cookies.set("session", before ?? "");
    expect(await attacker.session(who)).toEqual(nobody);
    expect(await keysUnder(inspector, `${prefix}:s:`)).toHaveLength(1);
    await guest.session((session) => session.delete());
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test("rotate: the same session under a new id, the old one at once or after a grace", async () => {
    const { handle } = setUp();
    for (const [options, old] of [
      [undefined, null],
      [{ graceSeconds: 60 }, "u1"],
    ] as const) {
      const guest = new Guest(handle, kit);
      await guest.session((session) => session.signIn("u1", ada));
      const before = guest.cookies.get("session") ?? "";
      await guest.session((session) => session.rotate(options));
      expect(guest.cookies.get("session")).not.toBe(before);
      expect(await guest.session(who)).toMatchObject({ userId: "u1", data: ada });
      const straggler = new Guest(handle, kit);
      straggler.cookies.set("session", before);
      expect(await straggler.session(({ userId }) => userId)).toBe(old);
      await guest.session((session) => session.deleteAll());
    }
  });
});
