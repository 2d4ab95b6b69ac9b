import type { Driver } from "./driver.js";
import { type IoRedisClient, ioRedisDriver, isIoRedis } from "./ioredis.js";
import { isNotThereYet, lazyDriver } from "./lazy-driver.js";
import { isNodeRedis, type NodeRedisClient, nodeRedisDriver } from "./node-redis.js";
import { isUpstash, type UpstashClient, upstashDriver } from "./upstash.js";

/** A node-redis, ioredis or `@upstash/redis` client, or a driver for something else. */
export type RedisClient = NodeRedisClient | IoRedisClient | UpstashClient | Driver;

/** The driver for a client, known by its shape: vendors' classes differ between majors and between copies. */
export function toDriver(name: string, client: RedisClient): Driver {
  return isNotThereYet(client) ? lazyDriver(name, () => recognised(name, client)) : recognised(name, client);
}

function recognised(name: string, client: RedisClient): Driver {
  if (isDriver(client)) return client;
  if (isIoRedis(client)) return ioRedisDriver(client);
  if (isNodeRedis(client)) return nodeRedisDriver(client);
  if (isUpstash(client)) return upstashDriver(client);
  throw new TypeError(`option "${name}" must be a node-redis, ioredis or @upstash/redis client, or a driver`);
}

function isDriver(client: unknown): client is Driver {
  const { run, getMany, scan } = (client ?? {}) as Partial<Record<string, unknown>>;
  return [run, getMany, scan].every((method) => typeof method === "function");
}
