// An outage is not a sign-out: every method rejects, and afterwards everybody is still signed in.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { LuciaError } from "lucia-2";
import { Lucia } from "lucia-3";
import { KeyspaceError } from "redis-keyspace";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import redis, { redisLucia } from "../src/index.js";
import { RedisAdapter } from "../src/v3.js";
import { type Connected, clients } from "./support/clients.js";
import { lucia2, luciaSession, newUser } from "./support/lucia-2.js";

const server = await startRedis();
afterAll(() => server.stop());

const commandTimeoutMs = 300;
const ada = { id: "ada", attributes: { username: "Ada" } };
const inAMinute = (): Date => new Date(Date.now() + 60_000);

describe.each(Object.entries(clients))("%s", (_, connect) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connect(server.url);
  });
  afterAll(() => connected.close());

  test("a Redis that hangs: everything rejects on time, and everybody is still signed in afterwards", async () => {
    const { client } = connected;
    const prefixes = { sessionPrefix: "v3:", userSessionsPrefix: "v3-user:" };
    const auth = lucia2(redis(client, {}, { commandTimeoutMs }));
    const adapter = new RedisAdapter(client, () => ada, { ...prefixes, commandTimeoutMs });
    const lucia = new Lucia(adapter);

    // What happens before Redis hangs has the time that it takes.
    const unhurried = new Lucia(new RedisAdapter(client, () => ada, prefixes));
    const userId = await newUser(auth);
    const session = luciaSession({ user_id: userId });
    await redis(client)(LuciaError).setSession(session);
    const { id } = await unhurried.createSession("ada", { country: "NL" });

    server.pause();
    try {
      const start = Date.now();
      const outcomes = await Promise.allSettled([
        auth.validateSession(session.id),
        auth.createSession({ userId, attributes: {} }),
        auth.updateSessionAttributes(session.id, { country: "NL" }),
        auth.invalidateSession(session.id),
        auth.getAllUserSessions(userId),
        lucia.validateSession(id),
        lucia.createSession("ada", { country: "NL" }),
        lucia.getUserSessions("ada"),
        adapter.updateSessionExpiration(id, inAMinute()),
      ]);
      expect(Date.now() - start).toBeLessThan(10 * commandTimeoutMs);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ERR_REDIS_TIMEOUT" } });
      }
    } finally {
      server.resume();
    }
    expect((await unhurried.validateSession(id)).session?.id).toBe(id);
  });

  test("a Redis that is gone: everything rejects with a KeyspaceError", async () => {
    const { client } = connected;
    const adapter = redis(client, {}, { commandTimeoutMs })(LuciaError);
    const devices = redisLucia(client, { commandTimeoutMs }).sessions;
    const lucia3 = new RedisAdapter(client, () => ada, { commandTimeoutMs });
    const session = luciaSession();
    await redis(client)(LuciaError).setSession(session);
    await server.kill();
    try {
      const operations: (() => Promise<unknown>)[] = [
        () => adapter.getSession(session.id),
        () => adapter.getSessionsByUserId("u1"),
        () => adapter.setSession(luciaSession()),
        () => adapter.updateSession(session.id, { active_expires: 1 }),
        () => adapter.deleteSession(session.id),
        () => adapter.deleteSessionsByUserId("u1"),
        () => devices.list("u1"),
        () => devices.revoke("u1", session.id),
        () => devices.deleteAll("u1"),
        () => devices.count("u1"),
        () => lucia3.getSessionAndUser("id"),
        () => lucia3.getUserSessions("ada"),
        () => lucia3.deleteSession("id"),
        () => lucia3.deleteUserSessions("ada"),
      ];
      const outcomes = await Promise.allSettled(operations.map((operation) => operation()));
      for (const outcome of outcomes) {
        expect(outcome.status).toBe("rejected");
        const { reason } = outcome as PromiseRejectedResult;
        expect(reason).toBeInstanceOf(KeyspaceError);
        expect(["ERR_REDIS_TIMEOUT", "ERR_REDIS_UNAVAILABLE"]).toContain((reason as KeyspaceError).code);
        expect(JSON.stringify(reason, Object.getOwnPropertyNames(reason))).not.toContain(session.id);
      }
    } finally {
      await server.restart();
    }
  });
});
