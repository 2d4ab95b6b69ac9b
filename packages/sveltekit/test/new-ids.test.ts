// A new session id reaches the visitor or is not made: requests at once, and hooks that come too late for a cookie.
import type { Handle, RequestEvent } from "@sveltejs/kit";
import { describe, expect, test } from "vitest";
import { RedisSessionStore } from "../src/index.js";
import { keysUnder, unique } from "./support/clients.js";
import { kits, Visitor } from "./support/kit.js";
import { secret } from "./support/secrets.js";
import { ada, type Data, inspector, sessionOf, setUp } from "./support/session-hook.js";

const userOf = (event: RequestEvent): string | null => sessionOf(event).userId;

/** Another request of the same browser. */
function besides(visitor: Visitor): Visitor {
  const other = new Visitor();
  other.cookies.set("session", visitor.cookies.get("session") ?? "");
  return other;
}

describe.each([
  ["no absolute timeout", undefined],
  ["one", 3600 * 24],
])("a grace for requests under way, with %s", (_, absoluteTimeoutSeconds) => {
  const rotate = (event: RequestEvent): Promise<void> => sessionOf(event).rotate({ graceSeconds: 60 });

  test("the cookie is that of the request that was first, whichever answers last", async () => {
    const { handle } = setUp({ absoluteTimeoutSeconds });
    const first = new Visitor();
    await first.inRequest((event) => sessionOf(event).signIn("u1", ada), handle);
    const [during, after] = [besides(first), besides(first)];
    await during.inRequest(async (event) => {
      await first.inRequest(rotate, handle);
      await rotate(event);
      expect(userOf(event)).toBe("u1");
    }, handle);
    await after.inRequest(async (event) => {
      await rotate(event);
      expect(userOf(event)).toBe("u1");
    }, handle);
    expect(first.setCookies).toHaveLength(1);
    expect([...during.setCookies, ...after.setCookies]).toEqual([]);
    // Who comes with the new id is not one of them.
    await first.inRequest(rotate, handle);
    expect(first.setCookies).toEqual([expect.stringContaining(`Max-Age=${absoluteTimeoutSeconds ?? 1_209_600}`)]);
    await handle.store.deleteAll("u1");
  });
});

test("a renewal that a new id overtakes leaves the cookie to the new id", async () => {
  const prefix = unique();
  const options = { touchAfterSeconds: 0, sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
  const { handle } = setUp(options);
  const visitor = new Visitor();
  await visitor.inRequest((event) => sessionOf(event).signIn("u1", ada), handle);
  const straggler = besides(visitor);
  let read = false;
  // Between the reading of the session and its renewal.
  const client = new Proxy(inspector, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
      if (name !== "get") return method;
      return async (...args: unknown[]) => {
        const answer = await method(...args);
        read = true;
        await visitor.inRequest((event) => sessionOf(event).rotate({ graceSeconds: 60 }), handle);
        return answer;
      };
    },
  });
  expect(await straggler.inRequest(userOf, setUp({ ...options, client }).handle)).toBe("u1");
  expect(read).toBe(true);
  expect(straggler.setCookies).toEqual([]);
  await handle.store.deleteAll("u1");
});

test("a session in the last hour of its absolute timeout is given a new id all the same", async () => {
  const { handle } = setUp({ absoluteTimeoutSeconds: 600 });
  const visitor = new Visitor();
  await visitor.inRequest((event) => sessionOf(event).signIn("u1", ada), handle);
  await visitor.inRequest((event) => sessionOf(event).rotate(), handle);
  expect(visitor.setCookies).toHaveLength(1);
  await handle.store.deleteAll("u1");
});

describe("signing in where one is signed in", () => {
  test("costs no other device its session", async () => {
    const { handle } = setUp({ maxSessionsPerUser: 2 });
    const [phone, laptop] = [new Visitor(), new Visitor()];
    for (const visitor of [phone, laptop, laptop, laptop]) {
      await visitor.inRequest((event) => sessionOf(event).signIn("u1", ada), handle);
    }
    expect(await phone.inRequest(userOf, handle)).toBe("u1");
    expect(await laptop.inRequest(userOf, handle)).toBe("u1");
    expect(await handle.store.deleteAll("u1")).toBe(2);
  });

  test("is not one too many", async () => {
    const { handle } = setUp({ maxSessionsPerUser: 1, whenFull: "reject" });
    const visitor = new Visitor();
    for (const visits of [1, 2]) {
      await visitor.inRequest((event) => sessionOf(event).signIn("u1", { ...ada, visits }), handle);
    }
    expect(await visitor.inRequest((event) => sessionOf(event).data, handle)).toEqual({ ...ada, visits: 2 });
    const other = new Visitor();
    await expect(other.inRequest((event) => sessionOf(event).signIn("u1", ada), handle)).rejects.toMatchObject({
      code: "ERR_SESSION_LIMIT",
    });
    await handle.store.deleteAll("u1");
  });
});

/** What `sequence` does, which is of one major. */
const inTurn =
  (first: Handle, second: Handle): Handle =>
  ({ event, resolve }) =>
    first({ event, resolve: async (inner) => await second({ event: inner, resolve }) });

describe.each(kits)("a hook that goes on after `resolve`, in %s", (kit) => {
  /** What the work comes to when SvelteKit is done with the headers. */
  async function late(
    visitor: Visitor,
    work: (event: RequestEvent) => Promise<unknown>,
    around: (after: Handle) => Handle = (after) => after,
  ) {
    let outcome: unknown;
    const after: Handle = async ({ event, resolve }) => {
      const response = await resolve(event);
      outcome = await work(event).catch((error: unknown) => error);
      return response;
    };
    const endpoint = (): Response => new Response("done");
    await visitor.visit("/test", { handle: around(after), endpoint });
    return outcome;
  }

  test("and comes after the session's, has its cookie in the response", async () => {
    const { handle } = setUp();
    const visitor = new Visitor(kit);
    const inside = (work: (event: RequestEvent) => Promise<unknown>) =>
      late(visitor, work, (after) => inTurn(handle, after));
    expect(await inside((event) => sessionOf(event).signIn("u1", ada))).toBeUndefined();
    expect(await visitor.inRequest(userOf, handle)).toBe("u1");
    const before = visitor.cookies.get("session");
    expect(await inside((event) => sessionOf(event).rotate())).toBeUndefined();
    expect(visitor.cookies.get("session")).not.toBe(before);
    expect(await visitor.inRequest(userOf, handle)).toBe("u1");
    expect(await inside((event) => sessionOf(event).signOut())).toBeUndefined();
    expect(visitor.cookies.size).toBe(0);
  });

  test("and comes before the session's, starts no session, and takes none away", async () => {
    const { handle, prefix } = setUp();
    const around = (after: Handle): Handle => inTurn(after, handle);
    const visitor = new Visitor(kit);
    for (const start of [
      (event: RequestEvent) => sessionOf(event).signIn("u1", ada),
      (event: RequestEvent) => sessionOf(event).set(ada),
    ]) {
      expect(await late(visitor, start, around)).toBeInstanceOf(Error);
      expect(await keysUnder(inspector, prefix)).toEqual([]);
    }

    await visitor.inRequest((event) => sessionOf(event).signIn("u1", ada), handle);
    const again = (event: RequestEvent) => sessionOf(event).signIn("u2", ada);
    const rotate = (event: RequestEvent) => sessionOf(event).rotate();
    const withGrace = (event: RequestEvent) => sessionOf(event).rotate({ graceSeconds: 60 });
    for (const work of [again, rotate, withGrace]) {
      expect(await late(visitor, work, around)).toBeInstanceOf(Error);
      expect(await visitor.inRequest(userOf, handle)).toBe("u1");
      expect(await keysUnder(inspector, prefix)).toHaveLength(2);
    }
    expect(await handle.store.count("u1")).toBe(1);

    expect(await late(visitor, (event) => sessionOf(event).signOut(), around)).toBeUndefined();
    expect(await visitor.inRequest(userOf, handle)).toBeNull();
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test("the store answers what needs no cookie", async () => {
    const prefix = unique();
    const store = new RedisSessionStore<Data>({
      ...{ redisClient: inspector, secret, prefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` },
      ...{ renewSessionBeforeExpire: true, renewBeforeSeconds: 86_400 },
    });
    const visitor = new Visitor(kit);
    const created = await late(visitor, ({ cookies }) => store.createSession(cookies, ada, "u1"));
    expect(created).toMatchObject({ data: null, error: true, code: "too-late" });
    expect(await keysUnder(inspector, prefix)).toEqual([]);

    await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
    expect(await late(visitor, ({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada, code: "ok" });
    const update = (event: RequestEvent) => store.updateSession(event.cookies, { ...ada, visits: 1 });
    expect(await late(visitor, update)).toMatchObject({ error: false, code: "ok" });
    const renew = (event: RequestEvent) => store.updateSessionExpiry(event.cookies);
    expect(await late(visitor, renew)).toMatchObject({ error: true, code: "too-late" });
    expect((await store.getSessionsByUserId("u1")).data).toEqual([{ ...ada, visits: 1 }]);
    expect(await late(visitor, ({ cookies }) => store.deleteCookie(cookies))).toBeUndefined();
    expect(await late(visitor, ({ cookies }) => store.delSession(cookies))).toMatchObject({ code: "ok" });
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });
});
