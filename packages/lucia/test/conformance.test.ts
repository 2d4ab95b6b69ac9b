// The promises of the core, held on what an application calls of Lucia, and on `sessions`.
import { betterSqlite3 } from "@lucia-auth/adapter-sqlite-2";
import { rawKeyspace, rawMemory } from "@redis-keyspace/scripts/clients";
import { startCluster, startSlotCheckingRedis } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { LuciaError, lucia } from "lucia-2";
import { Lucia, TimeSpan } from "lucia-3";
import type { StoreClient } from "redis-keyspace";
import { memoryDriver } from "redis-keyspace/memory";
import {
  type AdapterOptions,
  type AdapterTarget,
  type AdapterUnderTest,
  adapterConformance,
  type RegisterTest,
} from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { redisLucia } from "../src/index.js";
import { redisLucia as redisLucia3 } from "../src/v3.js";
import { clients, inspect } from "./support/clients.js";
import { userTables } from "./support/lucia-2.js";

const database = userTables();
const addUser = database.prepare("INSERT OR IGNORE INTO user VALUES (?, ?)");

function openLucia2(
  client: StoreClient,
  { prefix, ...options }: AdapterOptions,
  legacyIndex: boolean,
): AdapterUnderTest {
  const prefixes = { session: `${prefix}s`, userSessions: `${prefix}u` };
  const { adapter, sessions } = redisLucia(client, { prefixes, legacyIndex, ...options });
  const auth = lucia({
    adapter: { user: betterSqlite3(database, { user: "user", key: "user_key", session: null }), session: adapter },
    env: "DEV",
    // No session is ever active, so that `validateSession` renews it each time. `getSession` only reads.
    sessionExpiresIn: { activePeriod: -1, idlePeriod: 600_000 },
    getSessionAttributes: ({ n = 0 }) => ({ n }),
  });
  return {
    async signIn(userId, n) {
      addUser.run(userId, userId);
      return (await auth.createSession({ userId, attributes: { n } })).sessionId;
    },
    async read(sessionId) {
      try {
        const { user, n } = await auth.getSession(sessionId);
        return { userId: user.userId, n };
      } catch (error) {
        if (error instanceof LuciaError && error.message === "AUTH_INVALID_SESSION_ID") return null;
        throw error;
      }
    },
    change: (sessionId, n) => auth.updateSessionAttributes(sessionId, { n }),
    touch: (sessionId) => auth.validateSession(sessionId),
    signOut: (sessionId) => auth.invalidateSession(sessionId),
    sessions,
    prefixes: [`${prefix}s:`, `${prefix}u:`, `index:${prefix}u:`],
  };
}

function openLucia3(client: StoreClient, { prefix, ...options }: AdapterOptions): AdapterUnderTest {
  const { adapter, sessions } = redisLucia3(client, (id) => ({ id, attributes: { username: id } }), {
    ...{ sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` },
    ...options,
  });
  const getSessionAttributes = ({ n }: { n?: number }) => ({ n });
  const short = new Lucia(adapter, { sessionExpiresIn: new TimeSpan(10, "m"), getSessionAttributes });
  // To it, what the other one signed in is past half its life, so that `validateSession` renews it.
  const long = new Lucia(adapter, { sessionExpiresIn: new TimeSpan(1, "h"), getSessionAttributes });
  return {
    signIn: async (userId, n) => (await short.createSession(userId, { country: "NL", n })).id,
    async read(sessionId) {
      const { session } = await short.validateSession(sessionId);
      return session === null ? null : { userId: session.userId, n: session.n ?? 0 };
    },
    touch: (sessionId) => long.validateSession(sessionId),
    signOut: (sessionId) => short.invalidateSession(sessionId),
    sessions,
    prefixes: [`${prefix}s:`, `${prefix}u:`],
  };
}

type Place = Pick<AdapterTarget, "client" | "raw" | "tag">;

function lucia2On(place: Place, name: string, legacyIndex: boolean, register: RegisterTest = test): void {
  const target = { ...place, name: `Lucia 2 on ${name}, ${legacyIndex ? "beside" : "without"} legacy sets` };
  adapterConformance(register, { ...target, open: (client, options) => openLucia2(client, options, legacyIndex) });
}

function atomicConformance(name: string, place: Place): void {
  lucia2On(place, name, true);
  adapterConformance(test, { ...place, name: `Lucia 3 on ${name}`, open: openLucia3 });
}

function stepwiseConformance(name: string, place: Place): void {
  lucia2On(place, name, false);
  // In steps, an index beside a set keeps for two lifetimes, and not for a minute, what a crash left without a record: the
  // kit would take it for a key that is left behind.
  lucia2On(place, name, true, (title, body) => {
    if (!title.includes("a crash after")) test(title, body);
  });
  adapterConformance(test, { ...place, name: `Lucia 3 on ${name}`, open: openLucia3 });
}

const inspector = inspect();
const raw = rawKeyspace([inspector]);
for (const name of ["node-redis 6", "ioredis 6", "@upstash/redis 1.39"]) {
  const connected = await clients[name]?.(inject("redisUrl"));
  if (connected === undefined) throw new Error(`there is no client ${name}`);
  afterAll(() => connected.close());
  atomicConformance(name, { client: connected.client, raw });
}
const memory = memoryDriver();
atomicConformance("memory", { client: memory, raw: rawMemory(memory) });
stepwiseConformance("a client for each model", { client: { session: inspector, userSessions: inspect() }, raw });

const cluster = await startCluster();
const [client, userSessions] = [new Cluster(cluster.nodes), new Cluster(cluster.nodes)];
const masters = cluster.urls.map((url: string) => new Redis(url));
afterAll(async () => {
  for (const connection of [client, userSessions, ...masters]) connection.disconnect();
  await cluster.stop();
});
const ofCluster = rawKeyspace(masters, client);
stepwiseConformance("a Cluster, keys in any slots", { client, raw: ofCluster });
atomicConformance("a Cluster, keys in one slot", { client, raw: ofCluster, tag: "{app}" });
stepwiseConformance("a Cluster, a client for each model", {
  client: { session: client, userSessions },
  raw: ofCluster,
});

// One endpoint that checks slots, behind a client that knows nothing of them.
const checking = await startSlotCheckingRedis();
const plain = new Redis(checking.url);
afterAll(async () => {
  plain.disconnect();
  await checking.stop();
});
stepwiseConformance("a server that checks slots", { client: plain, raw: rawKeyspace([plain]) });
