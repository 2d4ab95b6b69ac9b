// Several cookies of one name, several spellings of one, and names that browsers read something into.
import type { RequestEvent } from "@sveltejs/kit";
import { describe, expect, test } from "vitest";
import { createSessionHook, RedisSessionStore } from "../src/index.js";
import { keysUnder } from "./support/clients.js";
import { kits, nextMillisecond, planned, Visitor } from "./support/kit.js";
import { secret } from "./support/secrets.js";
import { ada, Guest, inspector, nobody, sessionOf, setUp, signedIn, who } from "./support/session-hook.js";
import { storeOn } from "./support/session-store.js";

const userOf = (event: RequestEvent): string | null => sessionOf(event).userId;

describe.each(kits)("%s: of several cookies of the name", (kit) => {
  const cookieOf = (guest: Guest): string => `session=${guest.cookies.get("session")}`;
  const inBothOrders = (one: string, other: string): string[] => [`${one}; ${other}`, `${other}; ${one}`];

  test("the one whose session lives counts, wherever it stands", async () => {
    const { handle } = setUp();
    const guest = await signedIn(handle, kit);
    const dead = await signedIn(handle, kit);
    const cookie = cookieOf(dead);
    await dead.session((session) => session.signOut());
    for (const other of [cookie, "session=forged.AAAA", "session=", 'session="x"']) {
      for (const header of inBothOrders(other, cookieOf(guest))) {
        guest.cookieHeader = header;
        expect(await guest.session(({ userId }) => userId)).toBe("u1");
      }
    }
    // A header full of them costs no more than 20.
    const forged = Array.from({ length: 300 }, (_, n) => `session=${n}.AAAA`).join("; ");
    guest.cookieHeader = `${cookieOf(guest)}; ${forged}`;
    expect(await guest.session(({ userId }) => userId)).toBe("u1");
    guest.cookieHeader = `${forged}; ${cookieOf(guest)}`;
    expect(await guest.session(who)).toEqual(nobody);
    await handle.store.deleteAll("u1");
  });

  test("a user's counts before nobody's, and the one that was started last before others; a sign-out ends all", async () => {
    const { handle, prefix } = setUp();
    const [first, second, cart] = [new Guest(handle, kit), new Guest(handle, kit), new Guest(handle, kit)];
    await first.session((session) => session.signIn("u1", ada));
    await nextMillisecond();
    await second.session((session) => session.signIn("u2", ada));
    await nextMillisecond();
    await cart.session((session) => session.set(ada));
    const guest = new Guest(handle, kit);
    for (const header of inBothOrders(cookieOf(first), cookieOf(cart))) {
      guest.cookieHeader = header;
      expect(await guest.session(({ userId }) => userId)).toBe("u1");
    }
    for (const header of inBothOrders(cookieOf(first), `${cookieOf(second)}; ${cookieOf(cart)}`)) {
      guest.cookieHeader = header;
      expect(await guest.session(({ userId }) => userId)).toBe("u2");
      const asked = (event: RequestEvent) => event.fetch("/test", { headers: planned({ handle, endpoint: tell }) });
      const tell = (event: RequestEvent) => new Response(userOf(event));
      expect(await (await guest.session((_, event) => asked(event))).text()).toBe("u2");
      expect((await handle.sessionOf(header))?.userId).toBe("u2");
    }
    await guest.session((session) => session.signOut());
    expect(await guest.session(who)).toEqual(nobody);
    expect(await keysUnder(inspector, prefix)).toEqual([]);
    expect(await handle.sessionOf(guest.cookieHeader)).toBeNull();
    expect(await handle.sessionOf(null)).toBeNull();
  });
});

describe.each(kits)("%s: a request that the application makes of its own server", (kit) => {
  test("sees who has signed in before it, and out", async () => {
    const { handle } = setUp();
    const guest = new Guest(handle, kit);
    const tell = (event: RequestEvent) => new Response(String(userOf(event)));
    const ask = async (event: RequestEvent, request: (init: RequestInit) => string | URL | Request = () => "/test") => {
      const headers = planned({ handle, endpoint: tell });
      return await (await event.fetch(request({ headers }), { headers })).text();
    };
    const seen = await guest.session(async (session, event) => {
      await session.signIn("u1", ada);
      const url = new URL("/test", event.url);
      const asked = [await ask(event), await ask(event, () => url), await ask(event, (init) => new Request(url, init))];
      await session.signOut();
      return [...asked, await ask(event)];
    });
    expect(seen).toEqual(["u1", "u1", "u1", "null"]);
  });

  test("can sign in for it: what comes then is that session's", async () => {
    const { handle, prefix } = setUp();
    for (const before of [false, true]) {
      const guest = new Guest(handle, kit);
      if (before) await guest.session((session) => session.set({ ...ada, name: "cart" }));
      const signIn = async (event: RequestEvent) => {
        await sessionOf(event).signIn("u1", ada);
        return new Response("signed in");
      };
      const seen = await guest.session(async (session, event) => {
        await event.fetch("/test", { headers: planned({ handle, endpoint: signIn }) });
        await session.set({ ...ada, visits: 1 });
        return who(session);
      });
      expect(seen).toEqual({ userId: "u1", data: { ...ada, visits: 1 }, unavailable: false });
      expect(await guest.session(who)).toEqual(seen);
      const out = async (event: RequestEvent) => {
        await sessionOf(event).signOut();
        return new Response("signed out");
      };
      await guest.session(async (session, event) => {
        await event.fetch("/test", { headers: planned({ handle, endpoint: out }) });
        expect(who(session)).toEqual(nobody);
      });
      expect(guest.cookies.size).toBe(0);
      expect(await keysUnder(inspector, prefix)).toEqual([]);
    }
  });

  test("and a session of the store that it starts is read, encoded as SvelteKit passes it on", async () => {
    const { store } = storeOn(inspector);
    const guest = new Guest(setUp().handle, kit);
    const endpoint = async ({ cookies }: RequestEvent) => {
      await store.createSession(cookies, { email: "ada@example.com" }, "u1");
      return new Response("done");
    };
    const found = await guest.inRequest(async (event) => {
      await event.fetch("/test", { headers: planned({ handle: ({ event, resolve }) => resolve(event), endpoint }) });
      return await store.getSession(event.cookies);
    });
    expect(found).toMatchObject({ code: "ok", data: { email: "ada@example.com" } });
    await store.deleteSessionsByUserId("u1");
  });
});

describe("names and attributes that browsers want together", () => {
  // Where SvelteKit itself would leave `Secure` out.
  const cookie = async (cookieName: string, cookieOptions = {}): Promise<string> => {
    const visitor = new Visitor("kit-2", "http://localhost:5173");
    await visitor.inRequest((event) => sessionOf(event).set(ada), setUp({ cookieName, cookieOptions }).handle);
    return visitor.setCookies[0] ?? "";
  };

  test("what the name or the kind needs is added", async () => {
    for (const name of ["__Host-s", "__host-s", "__Secure-s", "__Http-s", "__Host-Http-s"]) {
      expect(await cookie(name)).toMatch(/^__[\w-]+=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/i);
    }
    expect(await cookie("s", { sameSite: "none" })).toContain("; Secure");
    expect(await cookie("s", { partitioned: true })).toContain("; Secure");
  });

  const contradictions: [cookieName: string, option: string, cookieOptions: Record<string, unknown>][] = [
    ["__Host-s", "secure", { secure: false }],
    ["__Host-s", "domain", { domain: "example.com" }],
    ["__host-s", "path", { path: "/app" }],
    ["__Secure-s", "secure", { secure: false }],
    ["__Http-s", "httpOnly", { httpOnly: false }],
    ["s", "secure", { sameSite: "none", secure: false }],
    ["s", "secure", { partitioned: true, secure: false }],
  ];
  test.each(contradictions)("%s with a wrong %s is refused", (cookieName, option, cookieOptions) => {
    const common = { secret, cookieName };
    const hook = (): unknown => createSessionHook({ client: inspector, ...common, cookieOptions });
    expect(hook).toThrow(`option "cookieOptions.${option}"`);
    const store = (): unknown =>
      new RedisSessionStore({ redisClient: inspector, ...common, cookiesOptions: cookieOptions });
    expect(store).toThrow(`option "cookiesOptions.${option}"`);
  });
});
