// In Chromium, on a real server build, behind a cache that visitors share.
import { launchOptions } from "@redis-keyspace/scripts/browser";
import type { RequestEvent } from "@sveltejs/kit";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { kits, nextMillisecond, type Visit } from "./support/kit.js";
import { ada, sessionOf, setUp } from "./support/session-hook.js";
import { openSite, type Site } from "./support/site.js";

// Two for all tests: to open one takes longer than a test.
let browser: Browser;
let visitor: BrowserContext;
let stranger: BrowserContext;
beforeAll(async () => {
  browser = await chromium.launch(await launchOptions());
  [visitor, stranger] = await Promise.all([browser.newContext(), browser.newContext()]);
});
afterAll(() => browser.close());
beforeEach(() => Promise.all([visitor.clearCookies(), stranger.clearCookies()]));

const html = (text: unknown, headers: Record<string, string> = {}) =>
  new Response(`<!doctype html><title>page</title><main>${text}</main>`, {
    headers: { "content-type": "text/html", ...headers },
  });

describe.each(kits)("%s", (kit) => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite(kit);
  });
  afterAll(() => site.close());

  /** Addresses of pages that one hook serves. */
  function pages(options: Parameters<typeof setUp>[0] = {}) {
    const { handle } = setUp({ touchAfterSeconds: 0, ...options });
    const page = (endpoint: NonNullable<Visit["endpoint"]>) => site.at("/test", { handle, endpoint });
    return {
      page,
      signIn: page(async (event) => {
        await sessionOf(event).signIn("u1", ada);
        return html("signed in");
      }),
      signOut: page(async (event) => {
        await sessionOf(event).signOut();
        return html("signed out");
      }),
      who: page((event) => html(sessionOf(event).userId)),
    };
  }

  /** What the page at an address says. Default: in the visitor's first tab. */
  async function read(visitor: BrowserContext, address: string, tab?: Page): Promise<string> {
    const page = tab ?? visitor.pages()[0] ?? (await visitor.newPage());
    const response = await page.goto(address, { waitUntil: "commit" });
    return `${response?.status()} ${/<main>(.*)<\/main>/.exec((await response?.text()) ?? "")?.[1]}`;
  }

  test("a page for everybody brings no stranger a session, though its visitor's was due for a renewal", async () => {
    const { page, signIn, who } = pages();
    await read(visitor, signIn);
    await nextMillisecond();
    const news = page(() => html("news", { "cache-control": "public, s-maxage=60" }));
    expect(await read(visitor, news)).toBe("200 news");
    expect(await read(stranger, news)).toBe("200 news");
    expect(await stranger.cookies()).toEqual([]);
    expect(await read(stranger, who)).toBe("200 null");
    // Nor does a sign-in that is answered with such a page: the cache asks for it again.
    let signIns = 0;
    const welcome = page(async (event: RequestEvent) => {
      if (signIns++ === 0) await sessionOf(event).signIn("u1", { name: "Ada", visits: 1 });
      return html(`visit ${signIns}`, { "cache-control": "public, s-maxage=60" });
    });
    expect(await read(visitor, welcome)).toBe("200 visit 1");
    expect(await read(stranger, welcome)).toBe("200 visit 2");
    expect(await read(stranger, who)).toBe("200 null");
    expect(await read(visitor, who)).toBe("200 u1");
  });

  test("a page that passes on a fetched answer works, on the day of the renewal too", async () => {
    const { page, signIn, who } = pages();
    await read(visitor, signIn);
    const [before] = await visitor.cookies();
    await nextMillisecond();
    expect(
      await read(
        visitor,
        page(() => fetch("data:text/html,<main>fetched</main>")),
      ),
    ).toBe("200 fetched");
    const [after] = await visitor.cookies();
    expect(after?.value).toBe(before?.value);
    expect(after?.expires).toBeGreaterThanOrEqual(before?.expires ?? 0);
    expect(await read(visitor, who)).toBe("200 u1");
  });

  test("two tabs: one that is slow undoes neither the other's sign-in nor its sign-out", async () => {
    const second = await visitor.newPage();
    for (const then of ["u1", "null"] as const) {
      const { page, signIn, signOut, who } = pages();
      await read(visitor, signIn);
      await nextMillisecond();
      let arrived = (): void => {};
      let release = (): void => {};
      const reached = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const slow = page(async () => {
        arrived();
        await held;
        return html("late");
      });
      const late = read(visitor, slow, second);
      await reached;
      await read(visitor, then === "u1" ? signIn : signOut);
      release();
      expect(await late).toBe("200 late");
      expect(await read(visitor, who)).toBe(`200 ${then}`);
    }
  });

  test("a cookie that is dead or planted for a longer path does not sign out", async () => {
    const { signIn, signOut, who } = pages();
    await read(visitor, signIn);
    const [former] = await visitor.cookies();
    await read(visitor, signOut);
    await read(visitor, signIn);
    for (const value of [former?.value ?? "", "forged.AAAA"]) {
      await visitor.addCookies([{ name: "session", value, domain: "localhost", path: "/test" }]);
      expect(await visitor.cookies(`${site.origin}/test`)).toHaveLength(2);
      expect(await read(visitor, who)).toBe("200 u1");
    }
  });

  test("names with a prefix are kept by the browser: nothing that they need is missing", async () => {
    const names = ["__Host-session", "__Secure-session", "__Host-Http-session"];
    for (const cookieName of names) {
      const { signIn, who } = pages({ cookieName });
      await read(visitor, signIn);
      expect(await read(visitor, who)).toBe("200 u1");
    }
    const kept = (await visitor.cookies()).map(({ name, secure, httpOnly, path }) => [name, secure, httpOnly, path]);
    expect(kept.sort()).toEqual(names.map((name) => [name, true, true, "/"]).sort());
  });
});
