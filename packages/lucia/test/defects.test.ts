// What the published package gets wrong, line by line, and that this one does not. The published package runs beside it,
// so that each case is shown to be one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  ioredis as published,
  redis as publishedForNodeRedis,
  upstash as publishedForUpstash,
} from "@lucia-auth/adapter-session-redis";
import { startCluster } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Cluster, type Redis } from "ioredis";
import { LuciaError, type SessionSchema } from "lucia-2";
import { createCluster } from "redis";
import { afterAll, describe, expect, inject, test, vi } from "vitest";
import ours, { upstash } from "../src/index.js";
import { altered, inspect, uniquePrefixes } from "./support/clients.js";
import { lucia2, luciaSession } from "./support/lucia-2.js";

const inspector = inspect();
const endpoint = await startUpstashLocal({ redis: inject("redisUrl"), port: 0 });
afterAll(() => endpoint.close());
const ended = { timeout: 10_000, interval: 20 };

/** Both packages on keys of their own. */
function both(theirs: Redis = inspector, our: Redis = inspector) {
  const [theirPrefixes, ourPrefixes] = [uniquePrefixes(), uniquePrefixes()];
  return {
    theirs: { adapter: published(theirs, theirPrefixes)(LuciaError), prefixes: theirPrefixes },
    ours: { adapter: ours(our, ourPrefixes)(LuciaError), prefixes: ourPrefixes },
  };
}

describe("L1: a renewal does not bring back a session that was signed out meanwhile", () => {
  const session = luciaSession();
  const key = (prefixes: { session: string }): string => `${prefixes.session}:${session.id}`;
  /** A client on which something happens between a read and what follows it. */
  const afterRead = (happens: () => Promise<unknown>): Redis =>
    altered(inspector, {
      async get(get, ...args) {
        const value = await get(...args);
        await happens();
        return value;
      },
    });

  test("published: it does, and signing out everywhere misses it", async () => {
    const { adapter, prefixes } = both().theirs;
    await adapter.setSession(session);
    const racing = published(
      afterRead(() => adapter.deleteSession(session.id)),
      prefixes,
    )(LuciaError);
    await racing.updateSession(session.id, { idle_expires: session.idle_expires + 1000 });
    expect(await inspector.exists(key(prefixes))).toBe(1);
    await adapter.deleteSessionsByUserId("u1");
    expect(await adapter.getSession(session.id)).not.toBeNull();
  });

  test("ours: it does not", async () => {
    const { adapter, prefixes } = both().ours;
    await adapter.setSession(session);
    const racing = ours(
      afterRead(() => adapter.deleteSession(session.id)),
      prefixes,
    )(LuciaError);
    await racing.updateSession(session.id, { idle_expires: session.idle_expires + 1000 });
    expect(await inspector.exists(key(prefixes))).toBe(0);
    expect(await adapter.getSessionsByUserId("u1")).toEqual([]);
  });
});

describe("L2: a sign-in during a sign-out everywhere is signed out, or listed", () => {
  const late = luciaSession();

  test("published: it is neither, and the next sign-out everywhere misses it too", async () => {
    const { adapter, prefixes } = both().theirs;
    await adapter.setSession(luciaSession());
    const racing = altered(inspector, {
      async smembers(smembers, ...args) {
        const members = await smembers(...args);
        await adapter.setSession(late);
        return members;
      },
    });
    await published(racing, prefixes)(LuciaError).deleteSessionsByUserId("u1");
    await adapter.deleteSessionsByUserId("u1");
    expect(await adapter.getSessionsByUserId("u1")).toEqual([]);
    expect(await adapter.getSession(late.id)).toEqual(late);
  });

  test.each(["one database", "two databases"])("ours, on %s", async (databases) => {
    const prefixes = uniquePrefixes();
    const client = databases === "one database" ? inspector : { session: inspector, userSessions: inspect(1) };
    const adapter = ours(client, prefixes)(LuciaError);
    for (let round = 0; round < 50; round++) {
      const [before, during] = [luciaSession(), luciaSession()];
      await adapter.setSession(before);
      const [signIn] = await Promise.allSettled([adapter.setSession(during), adapter.deleteSessionsByUserId("u1")]);
      expect(await adapter.getSession(before.id)).toBeNull();
      const live = await adapter.getSession(during.id);
      expect(await adapter.getSessionsByUserId("u1")).toEqual(live === null ? [] : [during]);
      if (signIn.status === "rejected") expect(signIn.reason).toMatchObject({ code: "ERR_SESSION_REVOKED" });
      await adapter.deleteSessionsByUserId("u1");
      expect(await adapter.getSession(during.id)).toBeNull();
    }
  });
});

describe("L3: what is kept for a user does not grow with sessions that have ended", () => {
  const soon = (): SessionSchema => luciaSession({ idle_expires: Date.now() + 1000 });
  const signIns = (): SessionSchema[] => Array.from({ length: 200 }, soon);

  test("published: 200 ended sessions are 200 members, for ever", async () => {
    const { adapter, prefixes } = both().theirs;
    await Promise.all(signIns().map((session) => adapter.setSession(session)));
    await vi.waitFor(async () => expect(await adapter.getSessionsByUserId("u1")).toEqual([]), ended);
    expect(await inspector.scard(`${prefixes.userSessions}:u1`)).toBe(200);
    expect(await inspector.ttl(`${prefixes.userSessions}:u1`)).toBe(-1);
  });

  test("ours: the live ones are left", async () => {
    const { adapter, prefixes } = both().ours;
    const [first, last] = [luciaSession(), luciaSession()];
    await adapter.setSession(first);
    const short = signIns();
    await Promise.all(short.map((session) => adapter.setSession(session)));
    const end = Math.max(...short.map(({ idle_expires }) => idle_expires));
    await vi.waitUntil(() => Date.now() > end + 1, ended);
    expect(await adapter.getSessionsByUserId("u1")).toEqual([first]);
    await adapter.setSession(last);
    const live = new Set([first.id, last.id]);
    expect(new Set(await inspector.zrange(`index:${prefixes.userSessions}:u1`, 0, "-1"))).toEqual(live);
    expect(new Set(await inspector.smembers(`${prefixes.userSessions}:u1`))).toEqual(live);
  });

  test("ours: with none live nothing is left", async () => {
    const { adapter, prefixes } = both().ours;
    await Promise.all(signIns().map((session) => adapter.setSession(session)));
    const keys = [`index:${prefixes.userSessions}:u1`, `${prefixes.userSessions}:u1`] as const;
    await vi.waitFor(async () => expect(await inspector.exists(...keys)).toBe(0), ended);
  });
});

describe("L4: signing out of a session that has ended leaves nothing", () => {
  test("published: its index entry stays", async () => {
    const { adapter, prefixes } = both().theirs;
    const session = luciaSession({ idle_expires: Date.now() + 1000 });
    await adapter.setSession(session);
    await vi.waitFor(async () => expect(await adapter.getSession(session.id)).toBeNull(), ended);
    await adapter.deleteSession(session.id);
    expect(await inspector.smembers(`${prefixes.userSessions}:u1`)).toEqual([session.id]);
  });

  test("ours: all of it ends by itself", async () => {
    const { adapter, prefixes } = both().ours;
    const session = luciaSession({ idle_expires: Date.now() + 200 });
    await adapter.setSession(session);
    await vi.waitFor(async () => expect(await adapter.getSession(session.id)).toBeNull(), ended);
    await adapter.deleteSession(session.id);
    const keys = [`index:${prefixes.userSessions}:u1`, `${prefixes.userSessions}:u1`] as const;
    await vi.waitFor(async () => expect(await inspector.exists(...keys)).toBe(0), ended);
  });
});

describe("L5: a sign-in that is cut off is all there or not at all", () => {
  const cutOff = async (): Promise<never> => {
    throw new Error("connection lost");
  };

  test.each([
    ["sadd", { sessions: 1, members: 0 }],
    ["set", { sessions: 0, members: 1 }],
  ])("published: without its %s, half is left", async (command, left) => {
    const session = luciaSession();
    const { adapter, prefixes } = both(altered(inspector, { [command]: cutOff })).theirs;
    await expect(adapter.setSession(session)).rejects.toThrow("connection lost");
    const found = {
      sessions: await inspector.exists(`${prefixes.session}:${session.id}`),
      members: await inspector.scard(`${prefixes.userSessions}:u1`),
    };
    expect(found).toEqual(left);
  });

  test("ours: it is one script", async () => {
    const session = luciaSession();
    const sent: string[] = [];
    const count =
      (name: string) =>
      (original: (...args: unknown[]) => Promise<unknown>, ...args: unknown[]) => {
        sent.push(name);
        return original(...args);
      };
    const names = ["get", "mget", "evalsha", "eval", "call", "pipeline"];
    const client = altered(inspector, Object.fromEntries(names.map((name) => [name, count(name)])));
    const { adapter, prefixes } = both(inspector, client).ours;
    await adapter.setSession(session);
    expect(sent.filter((name) => name !== "eval")).toEqual(["evalsha"]);

    const broken = ours(altered(inspector, { evalsha: cutOff }), prefixes)(LuciaError);
    const lost = luciaSession();
    await expect(broken.setSession(lost)).rejects.toMatchObject({ code: "ERR_REDIS_UNAVAILABLE" });
    expect(await adapter.getSession(lost.id)).toBeNull();
    expect(await adapter.getSessionsByUserId("u1")).toEqual([session]);
  });
});

describe("L6: a session for an unknown user is not stored", () => {
  test("published: Lucia throws, and it is there", async () => {
    const prefixes = uniquePrefixes();
    const auth = lucia2(published(inspector, prefixes));
    const sessionId = luciaSession().id;
    const signIn = auth.createSession({ userId: "nobody", sessionId, attributes: {} });
    await expect(signIn).rejects.toMatchObject({ message: "AUTH_INVALID_USER_ID" });
    await vi.waitFor(async () => expect(await inspector.exists(`${prefixes.session}:${sessionId}`)).toBe(1), ended);
  });

  test("ours: Lucia throws, and nothing is there", async () => {
    const prefixes = uniquePrefixes();
    const adapter = ours(inspector, prefixes);
    const stored: Promise<void>[] = [];
    const auth = lucia2((E) => {
      const methods = adapter(E);
      return {
        ...methods,
        setSession(session) {
          const storing = methods.setSession.call(this, session);
          stored.push(storing.catch(() => {}));
          return storing;
        },
      };
    });
    const sessionId = luciaSession().id;
    const signIn = auth.createSession({ userId: "nobody", sessionId, attributes: {} });
    await expect(signIn).rejects.toMatchObject({ message: "AUTH_INVALID_USER_ID" });
    await Promise.all(stored);
    expect(stored).toHaveLength(1);
    expect(await inspector.exists(`${prefixes.session}:${sessionId}`, `index:${prefixes.userSessions}:nobody`)).toBe(0);
  });
});

describe("L7: who reads Redis cannot sign in", () => {
  test("published: the keys, the sets and the values hold the ids", async () => {
    const { adapter, prefixes } = both().theirs;
    const session = luciaSession();
    await adapter.setSession(session);
    expect(await inspector.smembers(`${prefixes.userSessions}:u1`)).toEqual([session.id]);
    expect(await inspector.get(`${prefixes.session}:${session.id}`)).toContain(session.id);
  });

  test("published: a cookie value of any size is sent to Redis", async () => {
    const get = vi.fn(async () => null);
    await both(altered(inspector, { get })).theirs.adapter.getSession("\0".repeat(100_000));
    expect(get).toHaveBeenCalledOnce();
  });

  test("ours: with hashIds nothing does, and what is there does not sign in", async () => {
    const prefixes = uniquePrefixes();
    const adapter = ours(inspector, prefixes, { hashIds: true })(LuciaError);
    const session = luciaSession();
    await adapter.setSession(session);
    const [member = ""] = await inspector.smembers(`${prefixes.userSessions}:u1`);
    const value = await inspector.get(`${prefixes.session}:${member}`);
    expect(member).not.toContain(session.id);
    expect(value).not.toContain(session.id);
    expect(await adapter.getSession(member)).toBeNull();
    expect(await adapter.getSession(session.id)).toEqual(session);
    expect(await ours(inspector, prefixes)(LuciaError).getSession(member)).toBeNull();
  });

  test("ours: what cannot be an id is not sent", async () => {
    const get = vi.fn(async () => null);
    const { adapter } = both(inspector, altered(inspector, { get })).ours;
    expect(await adapter.getSession("\0".repeat(100_000))).toBeNull();
    expect(get).not.toHaveBeenCalled();
  });
});

describe.each([true, false])(
  "L8: a session is an object, with automaticDeserialization: %s",
  (automaticDeserialization) => {
    const client = new Upstash({ url: endpoint.url, token: endpoint.token, automaticDeserialization });
    // It was written for an earlier 1.x, whose class is not this one to TypeScript.
    const old = client as unknown as Parameters<typeof publishedForUpstash>[0];

    test(`published: it is ${automaticDeserialization ? "one" : "a string"}`, async () => {
      const { adapter, prefixes } = both().theirs;
      const session = luciaSession();
      await adapter.setSession(session);
      const found: unknown = await publishedForUpstash(old, prefixes)(LuciaError).getSession(session.id);
      expect(found).toEqual(automaticDeserialization ? session : JSON.stringify(session));
    });

    test("ours: it is one", async () => {
      const prefixes = uniquePrefixes();
      const adapter = upstash(client, prefixes)(LuciaError);
      const session = luciaSession({ user_id: "12345" });
      await publishedForUpstash(old, prefixes)(LuciaError).setSession(session);
      expect(await adapter.getSession(session.id)).toEqual(session);
      expect(await adapter.getSessionsByUserId("12345")).toEqual([session]);
      const changed = { idle_expires: session.idle_expires + 1000 };
      await adapter.updateSession(session.id, changed);
      expect(await adapter.getSession(session.id)).toEqual({ ...session, ...changed });
      await adapter.deleteSessionsByUserId("12345");
      expect(await publishedForUpstash(old, prefixes)(LuciaError).getSession(session.id)).toBeNull();
    });
  },
);

describe("L9: today's clients, and a Cluster", () => {
  test("published: only node-redis 4 and ioredis 5, and no Cluster in the types", () => {
    const require = createRequire(import.meta.url);
    const manifest: unknown = JSON.parse(
      readFileSync(
        require.resolve("@lucia-auth/adapter-session-redis").replace(/dist.index\.js$/, "package.json"),
        "utf8",
      ),
    );
    expect(manifest).toMatchObject({ peerDependencies: { redis: "^4.0.0", ioredis: "^5.0.0" } });
    // @ts-expect-error: a Cluster is no RedisClientType.
    publishedForNodeRedis(createCluster({ rootNodes: [] }));
    // @ts-expect-error: nor is it ioredis's Redis.
    published(new Cluster([], { lazyConnect: true }));
  });

  // The other majors and clients are in lucia-2.test.ts.
  test("ours: on a Cluster", async () => {
    const { rootNodes, nodes, stop } = await startCluster();
    const nodeRedis = createCluster({ rootNodes });
    const ioredis = new Cluster(nodes);
    try {
      await nodeRedis.connect();
      const adapters = [ours(nodeRedis)(LuciaError), ours(ioredis)(LuciaError)];
      for (const adapter of adapters) {
        const sessions = Array.from({ length: 20 }, () => luciaSession());
        await Promise.all(sessions.map((session) => adapter.setSession(session)));
        expect(new Set(await adapter.getSessionsByUserId("u1"))).toEqual(new Set(sessions));
        await adapter.deleteSessionsByUserId("u1");
        expect(await Promise.all(sessions.map(({ id }) => adapter.getSession(id)))).toEqual(Array(20).fill(null));
      }
    } finally {
      nodeRedis.destroy();
      ioredis.disconnect();
      await stop();
    }
  });
});

describe("L10: the end is what the session says, not the TTL of fifty years that versions before 2.1.2 wrote", () => {
  const write = async (
    prefixes: { session: string; userSessions: string },
    session: SessionSchema,
  ): Promise<string> => {
    const key = `${prefixes.session}:${session.id}`;
    await inspector.set(key, JSON.stringify(session), "EX", Math.floor(session.idle_expires / 1000));
    await inspector.sadd(`${prefixes.userSessions}:${session.user_id}`, session.id);
    return key;
  };
  const tenYears = 10 * 366 * 24 * 3600;

  test("published: such a session is found after its end", async () => {
    const { adapter, prefixes } = both().theirs;
    const session = luciaSession({ idle_expires: Date.now() - 1000 });
    expect(await inspector.ttl(await write(prefixes, session))).toBeGreaterThan(tenYears);
    expect(await adapter.getSession(session.id)).toEqual(session);
    expect(await adapter.getSessionsByUserId("u1")).toEqual([session]);
  });

  test("ours: it is over, and its user's sign-out everywhere removes it", async () => {
    const { adapter, prefixes } = both().ours;
    const session = luciaSession({ idle_expires: Date.now() - 1000 });
    const key = await write(prefixes, session);
    expect(await adapter.getSession(session.id)).toBeNull();
    expect(await adapter.getSessionsByUserId("u1")).toEqual([]);
    await adapter.deleteSessionsByUserId("u1");
    expect(await inspector.exists(key)).toBe(0);
  });

  test("ours: a live one is renewed with its true end", async () => {
    const { adapter, prefixes } = both().ours;
    const session = luciaSession();
    const key = await write(prefixes, session);
    const renewed = { ...session, idle_expires: session.idle_expires + 1000 };
    expect(await adapter.getSession(session.id)).toEqual(session);
    await adapter.updateSession(session.id, { idle_expires: renewed.idle_expires });
    expect(await inspector.pexpiretime(key)).toBe(renewed.idle_expires);
    expect(await adapter.getSessionsByUserId("u1")).toEqual([renewed]);
  });
});
