// The cookie of the hook and the responses that are to carry it.
import type { Handle } from "@sveltejs/kit";
import { describe, expect, test } from "vitest";
import { keysUnder } from "./support/clients.js";
import { kits, nextMillisecond } from "./support/kit.js";
import { ada, Guest, inspector, sessionOf, setUp, signedIn } from "./support/session-hook.js";

const due = { touchAfterSeconds: 0 } as const;

/** Responses whose headers cannot be changed, and one whose can. */
const responses: Readonly<Record<string, () => Promise<Response> | Response>> = {
  "the answer of a fetch": () => fetch("data:text/plain,hello"),
  "Response.redirect": () => Response.redirect("https://app.example/next", 303),
  "a response of its own": () => new Response("hello"),
};

describe.each(kits)("%s", (kit) => {
  test.each(Object.entries(responses))("%s goes out with the cookie of a renewal", async (_, respond) => {
    const { handle } = setUp(due);
    const guest = await signedIn(handle, kit);
    const { status } = await guest.answer(respond);
    expect(status).toBe((await respond()).status);
    expect(guest.setCookies).toEqual([expect.stringMatching(/^session=[^;]+; Max-Age=1209600;/)]);
    await guest.session((session) => session.signOut());
  });

  test.each(Object.entries(responses))(
    "%s goes out with the cookie of a sign-in, and of a sign-out",
    async (_, respond) => {
      const { handle, prefix } = setUp();
      const guest = new Guest(handle, kit);
      await guest.answer(async (event) => {
        await sessionOf(event).signIn("u1", ada);
        return await respond();
      });
      expect(await guest.session(({ userId }) => userId)).toBe("u1");
      await guest.answer(async (event) => {
        await sessionOf(event).signOut();
        return await respond();
      });
      expect(guest.cookies.size).toBe(0);
      expect(await keysUnder(inspector, prefix)).toEqual([]);
    },
  );

  /** A hook that comes after the session's. */
  const withHook = (handle: Handle, after: Handle): Handle => {
    return ({ event, resolve }) => handle({ event, resolve: async (inner) => await after({ event: inner, resolve }) });
  };

  test("a later hook's own response has the cookie, and so has its redirect", async () => {
    const { handle } = setUp();
    const { redirect }: typeof import("@sveltejs/kit") = await import("@sveltejs/kit");
    const answers: (() => Response)[] = [() => new Response("another"), () => redirect(303, "/next")];
    for (const answer of answers) {
      const guest = new Guest(handle, kit);
      const replacing: Handle = async ({ event }) => {
        await sessionOf(event).signIn("u1", ada);
        return answer();
      };
      // A redirect is known by its class, and each major has its own.
      if (kit === "kit-3" && answer === answers[1]) continue;
      await guest.visit("/test", { handle: withHook(handle, replacing) });
      expect(await guest.session(({ userId }) => userId)).toBe("u1");
    }
    await handle.store.deleteAll("u1");
  });

  test("a sign-in whose cookie cannot be sent is taken back, and the request fails", async () => {
    const { handle, prefix } = setUp();
    const failing: Handle = async ({ event }) => {
      await sessionOf(event).signIn("u1", ada);
      throw new Error("a hook that fails");
    };
    const guest = new Guest(handle, kit);
    expect((await guest.visit("/test", { handle: withHook(handle, failing) })).status).toBe(500);
    expect(await keysUnder(inspector, prefix)).toEqual([]);

    const noResponse: Handle = async ({ event }) => {
      await sessionOf(event).signIn("u1", ada);
      return Response.error();
    };
    expect((await guest.visit("/test", { handle: withHook(handle, noResponse) })).status).toBe(500);
    expect(await keysUnder(inspector, prefix)).toEqual([]);
    expect(guest.cookies.size).toBe(0);
  });

  test("a new id that cannot be sent is taken back: the visitor stays signed in with the old one", async () => {
    const { handle } = setUp();
    const guest = await signedIn(handle, kit);
    const failing: Handle = async ({ event }) => {
      await sessionOf(event).rotate();
      throw new Error("a hook that fails");
    };
    await guest.visit("/test", { handle: withHook(handle, failing) });
    expect(await guest.session(({ userId }) => userId)).toBe("u1");
    expect(await handle.store.deleteAll("u1")).toBe(1);
  });

  const shared: [string, Record<string, string>][] = [
    ["public", { "cache-control": "public" }],
    ["an age for shared caches", { "cache-control": "s-maxage=60" }],
    ["an age", { "cache-control": "max-age=60" }],
    ["an end", { expires: new Date(Date.now() + 60_000).toUTCString() }],
    ["an age for a CDN alone", { "cache-control": "private", "cdn-cache-control": "max-age=60" }],
    ["an age for one vendor's", { "vercel-cdn-cache-control": "max-age=60" }],
  ];
  test.each(shared)("a response that shared caches may keep renews nothing: %s", async (_, headers) => {
    const { handle, operations } = setUp(due);
    const guest = await signedIn(handle, kit);
    operations();
    await guest.answer(() => new Response("for everybody", { headers }));
    expect(guest.setCookies).toEqual([]);
    expect(operations()).toEqual(["get"]);
    // The next one that is for this visitor does.
    await guest.session(() => {});
    expect(guest.setCookies).toHaveLength(1);
    await guest.session((session) => session.signOut());
  });

  test("a response with the session's cookie is for one visitor, whatever it said", async () => {
    const { handle } = setUp(due);
    const headers = { "cache-control": "public, max-age=60", "cdn-cache-control": "max-age=60" };
    const page = () => new Response("for everybody", { headers });
    const guest = new Guest(handle, kit);
    const signIn = await guest.answer(async (event) => {
      await sessionOf(event).signIn("u1", ada);
      return page();
    });
    await nextMillisecond();
    const renewal = await guest.answer(() => new Response("says nothing"));
    const signOut = await guest.answer(async (event) => {
      await sessionOf(event).signOut();
      return page();
    });
    for (const response of [signIn, renewal, signOut]) {
      expect(response.headers.getSetCookie()).toHaveLength(1);
      expect(response.headers.get("cache-control")).toBe("private, no-store");
      expect(response.headers.get("cdn-cache-control")).toBeNull();
    }
  });

  test("a slow response leaves the cookie of a sign-in, a sign-out or a new id meanwhile alone", async () => {
    const { handle } = setUp(due);
    const meanwhile: ((guest: Guest) => Promise<unknown>)[] = [
      (guest) => guest.session((session) => session.signIn("u1", ada)),
      (guest) => guest.session((session) => session.signOut()),
      (guest) => guest.session((session) => session.rotate()),
      (guest) => guest.session((session) => session.rotate({ graceSeconds: 60 })),
    ];
    for (const happen of meanwhile) {
      const guest = await signedIn(handle, kit);
      const slow = new Guest(handle, kit);
      slow.cookies.set("session", guest.cookies.get("session") ?? "");
      await slow.answer(async () => {
        await happen(guest);
        return new Response("late");
      });
      expect(slow.setCookies).toEqual([]);
    }
    await handle.store.deleteAll("u1");
  });
});
