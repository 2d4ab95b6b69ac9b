import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as UpstashRedis } from "@upstash/redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { createClient as createClient4 } from "redis-4";

/**
 * @typedef {object} Connection
 * @property {string} name With the version, as it stands in the rows.
 * @property {"node-redis" | "ioredis"} family
 * @property {any} client
 * @property {() => Promise<void>} close
 */

/** Connects a client with the options that a user leaves alone. */
export const connect = {
  /** @returns {Promise<Connection>} */
  "node-redis 6": async (url) => nodeRedis("node-redis 6", await createClient({ url }).on("error", report).connect()),
  /** @returns {Promise<Connection>} */
  "node-redis 4.7": async (url) =>
    nodeRedis("node-redis 4.7", await createClient4({ url }).on("error", report).connect()),
  /** @returns {Promise<Connection>} */
  "ioredis 6": async (url) => ioredis("ioredis 6", new Redis(url)),
};

export const connectCluster = {
  /** @returns {Promise<Connection>} */
  "node-redis 6": async ({ rootNodes }, nodeAddressMap) =>
    nodeRedis("node-redis 6", await createCluster({ rootNodes, nodeAddressMap }).on("error", report).connect()),
  /** @returns {Promise<Connection>} */
  "ioredis 6": async ({ nodes }, natMap) => ioredis("ioredis 6", new Cluster(nodes, natMap && { natMap })),
};

/**
 * `@upstash/redis` on the REST API over this Redis, in this process.
 *
 * @param {string} redis
 * @param {number} latencyMs Added to each request.
 */
export async function connectUpstash(redis, latencyMs) {
  const server = await startUpstashLocal({ redis, port: 0, latencyMs });
  const client = new UpstashRedis({ url: server.url, token: server.token });
  return { name: `@upstash/redis, +${latencyMs} ms`, client, server, latencyMs, close: () => server.close() };
}

function nodeRedis(name, client) {
  return {
    name,
    family: "node-redis",
    client,
    close: async () => void (await (client.destroy?.() ?? client.disconnect?.())),
  };
}

async function ioredis(name, client) {
  client.on("error", report);
  await client.ping();
  return { name, family: "ioredis", client, close: async () => client.disconnect() };
}

function report(error) {
  console.error(`Redis client: ${error.message}`);
}
