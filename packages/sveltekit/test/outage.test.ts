// An outage is not a sign-out: nothing is answered as absent, no cookie is touched, and afterwards everybody is still
// signed in.
import { startRedis } from "@redis-keyspace/scripts/servers";
import type { RequestEvent } from "@sveltejs/kit";
import { KeyspaceError } from "redis-keyspace";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { RedisSessionStore } from "../src/v1.js";
import { type Connected, redisClients } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { secret } from "./support/secrets.js";
import { ada, type Locals, sessionOf, setUp, who } from "./support/session-hook.js";

const server = await startRedis();
afterAll(() => server.stop());

const commandTimeoutMs = 300;
const noCookies = { get: () => undefined, set() {}, delete() {} };

describe.each(Object.entries(redisClients))("%s", (_, connect) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connect(server.url);
  });
  afterAll(() => connected.close());

  // A client takes a while to find out that its server is back.
  beforeEach(async () => {
    const probe = new RedisSessionStore({ redisClient: connected.client, secret, commandTimeoutMs });
    const back = async (): Promise<boolean> => {
      const answers = [
        await probe.deleteSessionsByUserId("u1"),
        await probe.updateSessionExpiry(noCookies, true, "none"),
      ];
      return answers.every(({ code }) => code !== "unavailable");
    };
    await vi.waitUntil(back, { timeout: 30_000 });
  });

  const outages: [string, () => Promise<void> | void, () => Promise<void> | void][] = [
    ["a Redis that hangs", () => server.pause(), () => server.resume()],
    ["a Redis that is gone", () => server.kill(), () => server.restart()],
  ];
  test.each(outages)("%s: the store answers unavailable on time, and keeps the cookie", async (__, begin, end) => {
    const store = new RedisSessionStore({ redisClient: connected.client, secret, commandTimeoutMs });
    const visitor = new Visitor();
    const { data: cookie } = await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
    const [id = ""] = cookie?.split(".") ?? [];
    await begin();
    try {
      const start = Date.now();
      const answers = await visitor.inRequest(({ cookies }) =>
        Promise.all([
          store.getSession(cookies),
          store.updateSession(cookies, ada),
          store.updateSessionExpiry(cookies),
          store.deleteSession(cookies),
          store.delSession(cookies),
          store.createSession(cookies, ada, "u1"),
          store.createNewSession(cookies, ada),
          store.getSessionsByUserId("u1"),
          store.listSessions("u1"),
          store.revokeSession("u1", id),
          store.deleteSessionsByUserId("u1"),
        ]),
      );
      expect(Date.now() - start).toBeLessThan(20 * commandTimeoutMs);
      for (const answer of answers) {
        expect(answer).toMatchObject({ data: null, error: true, code: "unavailable" });
        const { message, cause } = answer as { message: string; cause: KeyspaceError };
        expect(cause).toBeInstanceOf(KeyspaceError);
        expect(message + JSON.stringify(cause, Object.getOwnPropertyNames(cause))).not.toContain(id);
      }
      expect(visitor.setCookies).toEqual([]);
      // The cookie itself can be judged without Redis.
      expect(await visitor.inRequest(({ cookies }) => store._validateCookie(cookies))).toMatchObject({ data: id });
    } finally {
      await end();
    }
  });

  test.each(outages)("%s: the hook says so, and keeps the cookie", async (__, begin, end) => {
    const { handle } = setUp({ client: connected.client, commandTimeoutMs });
    const visitor = new Visitor();
    await visitor.inRequest((event) => sessionOf(event).signIn("u1", ada), handle);
    const cookie = visitor.cookies.get("session") ?? "";
    const look = (event: RequestEvent) => who(sessionOf(event));
    await begin();
    try {
      expect(await visitor.inRequest(look, handle)).toEqual({ data: null, userId: null, unavailable: true });
      expect(visitor.setCookies).toEqual([]);
      // Nothing takes "cannot say" for "nobody": a cart would replace the session of who is signed in.
      const works: ((session: Locals) => Promise<unknown>)[] = [
        (session) => session.set(ada),
        (session) => session.update((data) => data),
        (session) => session.delete(),
        (session) => session.signOut(),
        (session) => session.rotate(),
        (session) => session.signIn("u1", ada),
        (session) => session.list(),
        (session) => session.count(),
        (session) => session.revoke("handle"),
        (session) => session.deleteAll(),
      ];
      const outcomes = await Promise.all(
        works.map((work) =>
          visitor.inRequest((event) => work(sessionOf(event)).then(String, (error: unknown) => error), handle),
        ),
      );
      for (const error of outcomes) {
        expect(error).toBeInstanceOf(KeyspaceError);
        expect(["ERR_REDIS_TIMEOUT", "ERR_REDIS_UNAVAILABLE"]).toContain((error as KeyspaceError).code);
      }
      expect(visitor.cookies.get("session")).toBe(cookie);
    } finally {
      await end();
    }
  });

  test("who was signed in before a short outage is signed in after it", async () => {
    const { handle } = setUp({ client: connected.client, commandTimeoutMs });
    const store = new RedisSessionStore({ redisClient: connected.client, secret, commandTimeoutMs });
    const [byHook, byStore] = [new Visitor(), new Visitor()];
    await byHook.inRequest((event) => sessionOf(event).signIn("u2", ada), handle);
    await byStore.inRequest(({ cookies }) => store.createSession(cookies, ada, "u2"));
    server.pause();
    try {
      expect(await byHook.inRequest((event) => sessionOf(event).unavailable, handle)).toBe(true);
      expect(await byStore.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({
        code: "unavailable",
      });
      // Redis comes back during a request.
      const found = await byHook.inRequest(async (event) => {
        server.resume();
        return await sessionOf(event).update((data) => ({ ...data, back: true }));
      }, handle);
      expect(found).toEqual({ ...ada, back: true });
    } finally {
      server.resume();
    }
    expect(await byHook.inRequest((event) => sessionOf(event).userId, handle)).toBe("u2");
    expect(await byStore.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "ok" });
  });
});
