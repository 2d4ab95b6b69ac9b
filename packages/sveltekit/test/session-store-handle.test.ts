// The article's store with its own hook: cookies wait for the response, and every cookie of the name is tried.
import type { RequestEvent } from "@sveltejs/kit";
import { describe, expect, test } from "vitest";
import { keysUnder } from "./support/clients.js";
import { kits, planned, Visitor } from "./support/kit.js";
import { inspector } from "./support/session-hook.js";
import { ada, storeOn } from "./support/session-store.js";

/** Everything is due. */
const renewing = { renewSessionBeforeExpire: true, renewBeforeSeconds: 90_000 } as const;

describe.each(kits)("%s", (kit) => {
  function open(options: Parameters<typeof storeOn>[1] = {}) {
    const { store, prefix } = storeOn(inspector, options);
    const visitor = new Visitor(kit);
    const answer = (endpoint: (event: RequestEvent) => Promise<Response> | Response): Promise<Response> =>
      visitor.visit("/test", { handle: store.handle, endpoint });
    return { store, prefix, visitor, answer };
  }

  test("the answer of a fetch goes out with the cookie of a sign-in, a renewal and a sign-out", async () => {
    const { store, prefix, visitor, answer } = open(renewing);
    const fetched = () => fetch("data:text/plain,hello");
    await answer(async ({ cookies }) => {
      const { data } = await store.createSession(cookies, ada, "u1");
      // It is this request's already.
      expect(await store.getSession(cookies)).toMatchObject({ code: "ok", data: ada });
      expect(await store._validateCookie(cookies)).toMatchObject({ data: data?.split(".")[0] });
      return await fetched();
    });
    expect(visitor.setCookies).toHaveLength(1);
    const response = await answer(async ({ cookies }) => {
      expect(await store.getSession(cookies)).toMatchObject({ code: "ok", data: ada });
      return await fetched();
    });
    expect([response.status, visitor.setCookies.length]).toEqual([200, 1]);
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    await answer(async ({ cookies }) => {
      await store.deleteSession(cookies);
      expect(await store.getSession(cookies)).toMatchObject({ code: "no-session" });
      return await fetched();
    });
    expect(visitor.cookies.size).toBe(0);
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test("a response that shared caches may keep renews nothing", async () => {
    const { store, prefix, visitor, answer } = open(renewing);
    await answer(async ({ cookies }) => {
      await store.createSession(cookies, ada, "u1");
      return new Response("signed in");
    });
    const [key = ""] = await keysUnder(inspector, `${prefix}:s:`);
    await inspector.pexpire(key, 50_000);
    const look = (headers: Record<string, string>) =>
      answer(async ({ cookies }) => {
        await store.getSession(cookies);
        return new Response("page", { headers });
      });
    await look({ "cache-control": "public" });
    expect(visitor.setCookies).toEqual([]);
    expect(await inspector.pttl(key)).toBeLessThanOrEqual(50_000);
    await look({});
    expect(visitor.setCookies).toHaveLength(1);
    expect(await inspector.pttl(key)).toBeGreaterThan(50_000);
    await store.deleteSessionsByUserId("u1");
  });

  test("of several cookies the one whose session lives counts, and a sign-out ends all", async () => {
    const { store, prefix, visitor } = open();
    const cookieOf = async (userId?: string): Promise<string> => {
      const other = new Visitor(kit);
      await other.inRequest(({ cookies }) => store.createSession(cookies, { ...ada, visits: userId ? 1 : 0 }, userId));
      return `session=${other.cookies.get("session")}`;
    };
    const [users, cart, dead] = [await cookieOf("u1"), await cookieOf(), "session=forged.AAAA"];
    for (const header of [`${dead}; ${cart}; ${users}`, `${users}; ${dead}; ${cart}`]) {
      visitor.cookieHeader = header;
      const found = await visitor.inRequest(({ cookies }) => store.getSession(cookies), store.handle);
      expect(found).toMatchObject({ code: "ok", data: { visits: 1 } });
    }
    await visitor.inRequest(({ cookies }) => store.deleteSession(cookies), store.handle);
    const after = await visitor.inRequest(({ cookies }) => store.getSession(cookies), store.handle);
    expect(after).toMatchObject({ code: "expired" });
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test("a sign-in whose cookie cannot be sent is taken back", async () => {
    const { store, prefix, visitor, answer } = open();
    const { status } = await visitor.visit("/test", {
      handle: ({ event, resolve }) =>
        store.handle({
          event,
          async resolve(inner) {
            await store.createSession(inner.cookies, ada, "u1");
            await resolve(inner);
            throw new Error("a hook that fails");
          },
        }),
      endpoint: () => new Response("never seen"),
    });
    expect(status).toBe(500);
    expect(await keysUnder(inspector, prefix)).toEqual([]);
    await answer(() => new Response("nobody"));
    expect(visitor.setCookies).toEqual([]);
  });

  test("a request to the same server knows of the sign-in before it, and its own is known afterwards", async () => {
    const { store, prefix, visitor } = open();
    const ask = async (event: RequestEvent, endpoint: (event: RequestEvent) => Promise<Response>) =>
      await (await event.fetch("/test", { headers: planned({ handle: store.handle, endpoint }) })).text();
    const seen = await visitor.inRequest(async (event) => {
      await store.createSession(event.cookies, ada, "u1");
      const inner = await ask(event, async ({ cookies }) => new Response((await store.getSession(cookies)).code));
      await ask(event, async ({ cookies }) => {
        await store.createSession(cookies, { ...ada, visits: 2 }, "u1");
        return new Response("done");
      });
      return [inner, await store.getSession(event.cookies)];
    }, store.handle);
    expect(seen).toMatchObject(["ok", { code: "ok", data: { visits: 2 } }]);
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: { visits: 2 } });
    await store.deleteSessionsByUserId("u1");
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });
});
