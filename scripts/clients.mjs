// The clients that tests speak to Redis with: every major that is supported.
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import { createClient } from "redis";
import { createClient as createClient4 } from "redis-4";
import { createClient as createClient5 } from "redis-5";

/**
 * @template Client
 * @typedef {{ readonly client: Client, close(): Promise<void> | void }} Connected
 */

/**
 * @typedef {ReturnType<typeof createClient>
 *   | ReturnType<typeof createClient5>
 *   | ReturnType<typeof createClient4>
 *   | Redis
 *   | Redis5} Client
 */

/**
 * All of them; in the short form of the tests (`npm test -- --quick`), one of each kind, the newest.
 *
 * @template Value
 * @param {Readonly<Record<string, Value>>} all by the client's name and version
 * @returns {Readonly<Record<string, Value>>}
 */
export function ofEachKind(all) {
  if (process.env["TEST_QUICK"] !== "1") return all;
  const newest = new Set(["node-redis 6", "ioredis 6", "1.39", "@upstash/redis 1.39"]);
  return Object.fromEntries(Object.entries(all).filter(([name]) => newest.has(name)));
}

/** @type {Readonly<Record<string, (url: string) => Promise<Connected<Client>>>>} */
export const clients = ofEachKind({
  "node-redis 6": (url) => nodeRedis(createClient({ url }), (client) => client.destroy()),
  "node-redis 5": (url) => nodeRedis(createClient5({ url }), (client) => client.destroy()),
  "node-redis 4": (url) => nodeRedis(createClient4({ url }), (client) => client.disconnect()),
  "ioredis 6": async (url) => ioredis(new Redis(url)),
  "ioredis 5": async (url) => ioredis(new Redis5(url)),
});

/**
 * Clients for streams: of these two, Redis itself tells what is written.
 *
 * @satisfies {Readonly<Record<string, (url: string) => Promise<Connected<Client>>>>}
 */
export const streamClients = {
  "node-redis 6": (/** @type {string} */ url) =>
    nodeRedis(createClient({ url, RESP: 3, emitInvalidate: true }), (client) => client.destroy()),
  "ioredis 6": async (/** @type {string} */ url) => {
    const connected = ioredis(new Redis(url, { protocol: 2, lazyConnect: true }));
    await connected.client.connect();
    return connected;
  },
};

/**
 * Connects a client, pool or Cluster client of node-redis.
 *
 * @template {{ on(event: "error", listener: () => void): unknown, connect(): Promise<unknown> }} C
 * @param {C} client
 * @param {(client: C) => Promise<void> | void} close
 * @returns {Promise<Connected<C>>}
 */
export async function nodeRedis(client, close) {
  client.on("error", () => {});
  await client.connect();
  return { client, close: () => close(client) };
}

/**
 * @template {{ on(event: "error", listener: () => void): unknown, disconnect(): void }} C
 * @param {C} client
 * @returns {Connected<C>}
 */
export function ioredis(client) {
  client.on("error", () => {});
  return { client, close: () => client.disconnect() };
}

/**
 * A client for each of the two models, in databases of their own.
 *
 * @param {string} url
 * @returns {Connected<{ session: Redis, userSessions: Redis }>}
 */
export function twoDatabases(url) {
  const [session, userSessions] = [ioredis(new Redis(url, { db: 0 })), ioredis(new Redis(url, { db: 1 }))];
  return {
    client: { session: session.client, userSessions: userSessions.client },
    close() {
      for (const { close } of [session, userSessions]) void close();
    },
  };
}

/**
 * A look behind the store, as the conformance kit takes it. Keys are found by SCAN, on each of the servers.
 *
 * @param {readonly Redis[]} servers
 * @param {Pick<Redis, "get" | "set" | "psetex" | "sadd" | "smembers" | "zrange" | "pttl">} [router] Default: the first.
 */
export function rawKeyspace(servers, router = /** @type {Redis} */ (servers[0])) {
  return {
    /** @param {string} prefix */
    async keys(prefix) {
      return [...new Set((await Promise.all(servers.map((server) => allKeysUnder(server, prefix)))).flat())].sort();
    },
    /** @param {string} key */
    get: (key) => router.get(key),
    /** @param {string} key @param {string} value @param {number} [ttlMs] */
    async set(key, value, ttlMs) {
      await (ttlMs === undefined ? router.set(key, value) : router.psetex(key, ttlMs, value));
    },
    /** @param {string} key @param {string} member */
    async addToSet(key, member) {
      await router.sadd(key, member);
    },
    /** @param {string} key */
    members: (key) => router.smembers(key),
    /** @param {string} key */
    scores: async (key) => scored(await router.zrange(key, "0", "-1", "WITHSCORES")),
    /** @param {string} key */
    ttl: (key) => router.pttl(key),
  };
}

/**
 * The same look into a process's memory.
 *
 * @param {object} driver What `redis-keyspace/memory` makes.
 * @param {(name: string, ...args: (string | number)[]) => unknown} driver.call
 * @param {(pattern: string) => AsyncIterable<readonly string[]>} driver.scan
 */
export function rawMemory({ call, scan }) {
  /** @param {string} name @param {(string | number)[]} args */
  const list = (name, ...args) => {
    const reply = call(name, ...args);
    return Array.isArray(reply) ? reply.map(String) : [];
  };
  return {
    /** @param {string} prefix */
    async keys(prefix) {
      /** @type {string[]} */
      const keys = [];
      for await (const page of scan(startingWith(prefix))) keys.push(...page);
      return keys.sort();
    },
    /** @param {string} key */
    async get(key) {
      const value = call("GET", key);
      return value === null ? null : String(value);
    },
    /** @param {string} key @param {string} value @param {number} [ttlMs] */
    async set(key, value, ttlMs) {
      call("SET", key, value, ...(ttlMs === undefined ? [] : ["PX", ttlMs]));
    },
    /** @param {string} key @param {string} member */
    async addToSet(key, member) {
      call("SADD", key, member);
    },
    /** @param {string} key */
    members: async (key) => list("SMEMBERS", key),
    /** @param {string} key */
    scores: async (key) => scored(list("ZRANGE", key, 0, -1, "WITHSCORES")),
    /** @param {string} key */
    ttl: async (key) => Number(call("PTTL", key)),
  };
}

/**
 * The keys that begin with a prefix, in order, without those of operations, under which scripts remember for ten seconds
 * what they have done.
 *
 * @param {Redis} client
 * @param {string} prefix
 * @returns {Promise<string[]>}
 */
export async function keysUnder(client, prefix) {
  return (await allKeysUnder(client, prefix)).filter((key) => !isOperationKey(key));
}

/** @param {string} key */
export function isOperationKey(key) {
  return /:operation:[\w-]{22}$/.test(key);
}

/**
 * @param {Redis} client
 * @param {string} prefix
 * @returns {Promise<string[]>}
 */
async function allKeysUnder(client, prefix) {
  /** @type {Set<string>} */
  const keys = new Set();
  const pages = client.scanStream({ match: startingWith(prefix), count: 10_000 });
  for await (const page of pages) for (const key of page) keys.add(key);
  return [...keys].sort();
}

/**
 * The pattern for it.
 *
 * @param {string} prefix
 */
function startingWith(prefix) {
  return `${prefix.replace(/[\\*?[\]]/g, "\\$&")}*`;
}

/**
 * @param {readonly string[]} flat
 * @returns {[member: string, score: number][]}
 */
function scored(flat) {
  return flat.flatMap((member, i) => (i % 2 === 0 ? [[member, Number(flat[i + 1])]] : []));
}
