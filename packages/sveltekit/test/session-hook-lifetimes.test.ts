// How long sessions live, several hooks in one application, and what is asked for and checked before anything is ended.
import type { Handle } from "@sveltejs/kit";
import { describe, expect, test } from "vitest";
import { createSessionHook, keepAcrossReloads, type SessionEvent, type SessionHookOptions } from "../src/index.js";
import { keysUnder, unique } from "./support/clients.js";
import { kits, nextMillisecond } from "./support/kit.js";
import { newSecret, secret } from "./support/secrets.js";
import { ada, type Data, Guest, inspector, type Locals, setUp, signedIn } from "./support/session-hook.js";

describe.each(kits)("%s", (kit) => {
  test("a sign-in can last longer than others, and a session of nobody's less long", async () => {
    const { handle, prefix } = setUp({ anonymousIdleTimeoutSeconds: 60, touchAfterSeconds: 0 });
    const guest = new Guest(handle, kit);
    await guest.session((session) => session.set(ada));
    expect(guest.setCookies[0]).toContain("Max-Age=60;");
    await nextMillisecond();
    await guest.session(() => {});
    expect(guest.setCookies[0]).toContain("Max-Age=60;");
    const [key = ""] = await keysUnder(inspector, `${prefix}:s:`);
    expect(await inspector.pttl(key)).toBeLessThanOrEqual(60_000);

    await guest.session((session) => session.signIn("u1", ada, { idleTimeoutSeconds: 2_592_000 }));
    expect(guest.setCookies[0]).toContain("Max-Age=2592000;");
    await nextMillisecond();
    await guest.session((session) => session.update((data) => ({ ...data, visits: 1 })));
    expect(guest.setCookies[0]).toContain("Max-Age=2592000;");
    await guest.session((session) => session.rotate());
    expect(guest.setCookies[0]).toContain("Max-Age=2592000;");
    await guest.session((session) => session.signIn("u1", ada));
    expect(guest.setCookies[0]).toContain("Max-Age=1209600;");
    await expect(guest.session((session) => session.signIn("u1", ada, { idleTimeoutSeconds: 0 }))).rejects.toThrow(
      'option "idleTimeoutSeconds"',
    );
    await handle.store.deleteAll("u1");
  });

  test("several hooks in one application: each has its place, its cookie and its sessions", async () => {
    const prefix = unique();
    const hookOf = (localsKey: string) =>
      createSessionHook<Data>(
        {
          ...{ client: inspector, secret, cookieName: localsKey },
          ...{ sessionPrefix: `${prefix}:${localsKey}:s:`, userSessionsPrefix: `${prefix}:${localsKey}:u:` },
        },
        { localsKey },
      );
    const [shop, admin] = [hookOf("shop"), hookOf("admin")];
    const both: Handle = ({ event, resolve }) => shop({ event, resolve: (inner) => admin({ event: inner, resolve }) });
    const guest = new Guest(setUp().handle, kit);
    const of = (locals: object, key: "shop" | "admin") => (locals as Record<string, Locals>)[key] as Locals;
    await guest.inRequest(async ({ locals }) => {
      await of(locals, "shop").signIn("customer", ada);
      await of(locals, "admin").signIn("root", ada);
    }, both);
    expect([...guest.cookies.keys()].sort()).toEqual(["admin", "shop"]);
    const users = await guest.inRequest(({ locals }) => [of(locals, "shop").userId, of(locals, "admin").userId], both);
    expect(users).toEqual(["customer", "root"]);
    // One's cookie is not the other's, though their secret is one.
    guest.cookies.set("admin", guest.cookies.get("shop") ?? "");
    expect(await guest.inRequest(({ locals }) => of(locals, "admin").userId, both)).toBeNull();
    expect(await shop.store.deleteAll("customer")).toBe(1);
    expect(await admin.store.deleteAll("root")).toBe(1);
  });

  test("the options can come from the event, and are asked for once", async () => {
    const prefix = unique();
    const events: SessionEvent[] = [];
    const handle = createSessionHook<Data>((event) => {
      events.push(event);
      return { client: inspector, secret, sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
    });
    expect(() => handle.store).toThrow("come from an event");
    const guest = await signedIn(handle, kit);
    expect(await guest.session(({ userId }) => userId)).toBe("u1");
    expect(events.map(({ url }) => url.href)).toEqual(["https://app.example/test"]);
    expect(await handle.store.deleteAll("u1")).toBe(1);
  });
});

describe("signing in again, where sessions are counted", () => {
  const schema: NonNullable<SessionHookOptions<Data>["schema"]> = {
    "~standard": {
      ...{ version: 1 as const, vendor: "test" },
      validate: (value) => ((value as Data).visits < 0 ? { issues: [{ message: "no" }] } : { value: value as Data }),
    },
  };

  test("with what cannot be stored leaves the session there is", async () => {
    const { handle } = setUp({ maxSessionsPerUser: 2, schema });
    const guest = await signedIn(handle);
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    for (const bad of [
      { ...ada, visits: -1 },
      { ...ada, visits: 1n },
      { ...ada, cyclic },
    ]) {
      await guest.session(async (session) => {
        await expect(session.signIn("u1", bad as never)).rejects.toThrow();
        expect(session).toMatchObject({ userId: "u1", data: ada });
      });
      expect(guest.setCookies).toEqual([]);
      expect(await guest.session(({ userId }) => userId)).toBe("u1");
    }
    await expect(guest.session((session) => session.signIn("x".repeat(600), ada))).rejects.toThrow("userId must be");
    expect(await handle.store.deleteAll("u1")).toBe(1);
  });

  test("what a schema no longer accepts is nobody's session, takes no place, and is ended by a sign-out everywhere", async () => {
    const before = setUp();
    const prefixes = { sessionPrefix: `${before.prefix}:s:`, userSessionsPrefix: `${before.prefix}:u:` };
    const old = new Guest(before.handle);
    await old.session((session) => session.signIn("u1", { ...ada, visits: -1 }));
    const { handle } = setUp({ ...prefixes, schema, maxSessionsPerUser: 1, whenFull: "reject" });
    const returning = new Guest(handle);
    returning.cookies.set("session", old.cookies.get("session") ?? "");
    expect(await returning.session(({ userId }) => userId)).toBeNull();
    expect(await handle.store.count("u1")).toBe(0);
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    expect(await guest.session((session) => session.count())).toBe(1);
    await guest.session((session) => session.deleteAll());
    expect(await keysUnder(inspector, before.prefix)).toEqual([]);
  });
});

test("what is opened once is kept when its module runs again", () => {
  const name = unique();
  let opened = 0;
  const open = () => keepAcrossReloads(name, () => ({ connection: ++opened }));
  expect(open()).toBe(open());
  expect(opened).toBe(1);
  expect(keepAcrossReloads(unique(), () => newSecret())).not.toBe(open());
});

test("a place that is none is refused", () => {
  const place = (given: unknown) => () => createSessionHook({ client: inspector, secret }, given as never);
  expect(place({ localsKey: 1 })).toThrow("localsKey");
  expect(place({ locals: "s" })).toThrow("locals");
});
