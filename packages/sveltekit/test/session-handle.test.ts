// The handle hook inside a running SvelteKit.
import type { RequestEvent } from "@sveltejs/kit";
import { createSessionStore, type Observation } from "redis-keyspace";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import {
  createSessionHandle,
  type LocalsSession,
  type SessionHandle,
  type SessionHandleOptions,
} from "../src/index.js";
import { type Connected, clients, inspect, keysUnder, unique } from "./support/clients.js";
import { kits, type Visit, Visitor } from "./support/kit.js";
import { newSecret, secret } from "./support/secrets.js";

interface Data {
  name: string;
  visits: number;
}

type Locals = LocalsSession<Data>;

const inspector = inspect();
const ada: Data = { name: "Ada", visits: 0 };

function setUp(options: Partial<SessionHandleOptions<Data>> = {}) {
  const prefix = unique();
  const seen: Observation[] = [];
  const handle = createSessionHandle<Data>({
    client: inspector,
    secret,
    sessionPrefix: `${prefix}:s:`,
    userSessionsPrefix: `${prefix}:u:`,
    observe: (observation) => void seen.push(observation),
    ...options,
  });
  return { handle, prefix, seen, operations: () => seen.splice(0).map(({ operation }) => operation) };
}

/** A visitor whose requests all go through one handle. */
class Guest extends Visitor {
  readonly #handle: SessionHandle<Data>;

  constructor(handle: SessionHandle<Data>, kit?: string) {
    super(kit);
    this.#handle = handle;
  }

  session<Answer>(run: (session: Locals, event: RequestEvent) => Promise<Answer> | Answer): Promise<Answer> {
    return this.inRequest((event) => run(sessionOf(event), event), this.#handle);
  }

  page(visit: Visit, form?: Record<string, string>): Promise<Response> {
    return this.visit("/", { handle: this.#handle, ...visit }, form);
  }
}

const sessionOf = (event: RequestEvent): Locals => (event.locals as { session: Locals }).session;

const who = (session: Locals) => ({ userId: session.userId, data: session.data, unavailable: session.unavailable });
const nobody = { userId: null, data: null, unavailable: false };

describe.each(kits)("%s", (kit) => {
  test("a visitor without a cookie costs nothing and gets nothing", async () => {
    const { handle, operations } = setUp();
    const guest = new Guest(handle, kit);
    expect(await guest.session(who)).toEqual(nobody);
    expect(guest.setCookies).toEqual([]);
    guest.cookies.set("theme", "dark");
    expect(await guest.session((session) => session.devices())).toEqual([]);
    expect(await guest.session((session) => session.update((data) => data))).toBeNull();
    expect(await guest.session((session) => session.signOutEverywhere())).toBe(0);
    await guest.session((session) => session.signOut());
    await guest.session((session) => session.regenerate());
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
    await guest.session((session) => session.destroy());
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test("regenerate: the same session under a new id, the old one at once or after a grace", async () => {
    const { handle } = setUp();
    for (const [options, old] of [
      [undefined, null],
      [{ graceSeconds: 60 }, "u1"],
    ] as const) {
      const guest = new Guest(handle, kit);
      await guest.session((session) => session.signIn("u1", ada));
      const before = guest.cookies.get("session") ?? "";
      await guest.session((session) => session.regenerate(options));
      expect(guest.cookies.get("session")).not.toBe(before);
      expect(await guest.session(who)).toMatchObject({ userId: "u1", data: ada });
      const straggler = new Guest(handle, kit);
      straggler.cookies.set("session", before);
      expect(await straggler.session(({ userId }) => userId)).toBe(old);
      await guest.session((session) => session.signOutEverywhere());
    }
  });

  test("devices: listed, ended one by one, the others, everywhere", async () => {
    const { handle } = setUp();
    const [phone, laptop, tablet] = ["phone", "laptop", "tablet"].map(() => new Guest(handle, kit)) as [
      Guest,
      Guest,
      Guest,
    ];
    for (const [visits, guest] of [phone, laptop, tablet].entries()) {
      await guest.session((session) => session.signIn("u1", { ...ada, visits }));
    }
    const devices = await laptop.session((session) => session.devices());
    expect(devices.map(({ data, current }) => [data.visits, current]).sort()).toEqual([
      [0, false],
      [1, true],
      [2, false],
    ]);
    // What stands in the page cannot sign in.
    const thief = new Guest(handle, kit);
    for (const { handle } of devices) {
      expect(laptop.cookies.get("session")).not.toContain(handle);
      thief.cookies.set("session", `${handle}.AAAA`);
      expect(await thief.session(who)).toEqual(nobody);
    }

    const stranger = new Guest(handle, kit);
    await stranger.session((session) => session.signIn("u2", ada));
    const ofPhone = devices.find(({ data }) => data.visits === 0)?.handle ?? "";
    expect(await stranger.session((session) => session.revoke(ofPhone))).toBe(false);
    expect(await phone.session(({ userId }) => userId)).toBe("u1");
    expect(await laptop.session((session) => session.revoke(ofPhone))).toBe(true);
    expect(await phone.session(who)).toEqual(nobody);

    expect(await laptop.session((session) => session.signOutEverywhere({ except: "current" }))).toBe(1);
    expect(await tablet.session(who)).toEqual(nobody);
    expect(await laptop.session(({ userId }) => userId)).toBe("u1");
    const own = (await laptop.session((session) => session.devices()))[0]?.handle ?? "";
    expect(await laptop.session((session) => session.revoke(own))).toBe(true);
    expect(laptop.cookies.size).toBe(0);

    await phone.session((session) => session.signIn("u1", ada));
    expect(await phone.session((session) => session.signOutEverywhere())).toBe(1);
    expect(phone.cookies.size).toBe(0);
    expect(await stranger.session(({ userId }) => userId)).toBe("u2");
    expect(await handle.store.deleteAll("u2")).toBe(1);
  });

  test("a response that streams: what is too late for the cookie says so and changes nothing", async () => {
    const { handle, prefix } = setUp();
    const guest = new Guest(handle, kit);
    const outcomes: Record<string, unknown> = {};
    const late = async (event: RequestEvent, work: (session: Locals) => Promise<void>): Promise<string> => {
      // Kit is done with the headers when the handle's `resolve` has ended.
      await vi.waitUntil(() => {
        try {
          event.cookies.set("probe", "1", { path: "/" });
          return false;
        } catch {
          return true;
        }
      });
      await work(sessionOf(event));
      return "done";
    };
    const loading = (work: (session: Locals) => Promise<void>) => (event: RequestEvent) => ({
      userId: sessionOf(event).userId,
      later: late(event, work),
    });
    const outcome = async (name: string, work: Promise<unknown>): Promise<void> => {
      outcomes[name] = await work.catch((error: Error) => error.message);
    };

    const first = await guest.page({
      load: loading(async (session) => {
        await outcome("signIn", session.signIn("u1", ada));
        await outcome("set", session.set(ada));
      }),
    });
    expect(await first.text()).toContain("done");
    expect(outcomes["signIn"]).toMatch(/^signIn: the response has been generated/);
    expect(outcomes["set"]).toMatch(/^set: the response has been generated/);
    expect(await keysUnder(inspector, prefix)).toEqual([]);

    await guest.session((session) => session.signIn("u1", ada));
    const second = await guest.page({
      load: loading(async (session) => {
        await outcome("regenerate", session.regenerate());
        await outcome("set", session.set({ ...ada, visits: 1 }));
        await outcome(
          "update",
          session.update((data) => ({ ...data, visits: data.visits + 1 })),
        );
      }),
    });
    expect(await second.text()).toContain("done");
    expect(outcomes["regenerate"]).toMatch(/^regenerate: the response has been generated/);
    expect(outcomes).toMatchObject({ set: true, update: { visits: 2 } });
    expect(await guest.session(who)).toMatchObject({ userId: "u1", data: { visits: 2 } });

    const third = await guest.page({ load: loading((session) => session.signOut()) });
    expect(await third.text()).toContain("done");
    expect(guest.cookies.has("session")).toBe(true);
    expect(await guest.session(who)).toEqual(nobody);
  });

  test("building and prerendering open nothing, and neither do visitors without cookies", async () => {
    // The application was built with options that throw when they are asked for, and has a prerendered page.
    let asked = 0;
    const handle = createSessionHandle<Data>(() => {
      asked++;
      const prefix = unique();
      return { client: inspector, secret, sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
    });
    const guest = new Guest(handle, kit);
    expect(await guest.session(who)).toEqual(nobody);
    expect(asked).toBe(0);
    await guest.session((session) => session.signIn("u1", ada));
    expect(await guest.session(({ userId }) => userId)).toBe("u1");
    await guest.session((session) => session.signOutEverywhere());
    expect(asked).toBe(1);
  });

  test("options that are refused are not asked for again: whoever answers them may open a connection", async () => {
    let asked = 0;
    const handle = createSessionHandle<Data>(() => {
      asked++;
      return { client: inspector, secret: "weak" };
    });
    for (let n = 0; n < 3; n++) expect(() => handle.store).toThrow('option "secret"');
    expect(asked).toBe(1);
  });
});

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

describe("what others do meanwhile", () => {
  test("a session that is signed out during a request is not brought back", async () => {
    const { handle, prefix } = setUp({ touchAfterSeconds: 0 });
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    await guest.session(async (session) => {
      await handle.store.deleteAll("u1");
      expect(await session.set({ ...ada, visits: 1 })).toBe(false);
      expect(who(session)).toEqual(nobody);
      expect(await session.update((data) => data)).toBeNull();
      await session.regenerate();
    });
    expect(await keysUnder(inspector, prefix)).toEqual([]);
    expect(await guest.session(who)).toEqual(nobody);
  });

  test("a replayed cookie of a revoked session is nobody's", async () => {
    const { handle } = setUp();
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    const replay = new Guest(handle);
    replay.cookies.set("session", guest.cookies.get("session") ?? "");
    expect(await replay.session(({ userId }) => userId)).toBe("u1");
    await guest.session((session) => session.signOutEverywhere());
    expect(await replay.session(who)).toEqual(nobody);
  });

  test("fifty updates at once count fifty", async () => {
    const { handle } = setUp();
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    const add = (session: Locals) => session.update((data) => ({ ...data, visits: data.visits + 1 }));
    await Promise.all(Array.from({ length: 50 }, () => guest.session(add)));
    expect(await guest.session(who)).toMatchObject({ data: { visits: 50 } });
    await guest.session((session) => session.signOut());
  });

  test("the sixth sign-in ends one of the five before, with maxSessionsPerUser", async () => {
    const { handle } = setUp({ maxSessionsPerUser: 5 });
    const guests = Array.from({ length: 6 }, () => new Guest(handle));
    for (const guest of guests) await guest.session((session) => session.signIn("u1", ada));
    const users = await Promise.all(guests.map((guest) => guest.session(({ userId }) => userId)));
    expect(users.filter((userId) => userId === null)).toHaveLength(1);
    expect(users[5]).toBe("u1");
    expect(await guests[5]?.session((session) => session.devices())).toHaveLength(5);
    await handle.store.deleteAll("u1");
  });
});

describe.each(Object.entries(clients))("on %s", (_, connect) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connect(inject("redisUrl"));
  });
  afterAll(() => connected.close());

  test("the sessions are those of a session store with the same prefixes", async () => {
    const { handle, prefix } = setUp({ client: connected.client });
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    const prefixes = { sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
    const store = createSessionStore<Data>(connected.client, { ...prefixes, hashIds: true });
    expect((await store.list("u1")).map(({ data }) => data)).toEqual([ada]);
    expect(await store.deleteAll("u1")).toBe(1);
    expect(await guest.session(who)).toEqual(nobody);
  });
});

describe("bad options are refused by name", () => {
  const bad: [string, Record<string, unknown>, string][] = [
    ["no client", { client: undefined }, "client"],
    ["no secret", { secret: "" }, "secret"],
    ["encrypted", { encrypted: 1 }, "encrypted"],
    ["hashIds", { hashIds: "no" }, "hashIds"],
    ["an age for the cookie", { cookieOptions: { maxAge: 1 } }, "cookieOptions.maxAge"],
    ["a cookie option that is none", { cookieOptions: { samesite: "lax" } }, "cookieOptions.samesite"],
    ["an idle timeout of nothing", { idleTimeoutSeconds: 0 }, "idleTimeoutSeconds"],
    ["a misspelt option", { idleTimeout: 1 }, "idleTimeout"],
  ];
  test.each(bad)("%s", (_, options, name) => {
    const given = { client: inspector, secret, ...options } as unknown as SessionHandleOptions<Data>;
    expect(() => createSessionHandle(given)).toThrow(TypeError);
    expect(() => createSessionHandle(given)).toThrow(`option "${name}"`);
    expect(() => createSessionHandle(() => given).store).toThrow(`option "${name}"`);
  });

  test("arguments of the session's methods too", async () => {
    const { handle } = setUp();
    const guest = new Guest(handle);
    await expect(guest.session((session) => session.signIn(null as never, ada))).rejects.toThrow("userId must");
    await guest.session((session) => session.signIn("u1", ada));
    await expect(guest.session((session) => session.signOutEverywhere({ except: "others" as never }))).rejects.toThrow(
      'option "except"',
    );
    await guest.session((session) => session.signOut());
  });
});
