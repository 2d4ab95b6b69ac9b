import type { Driver } from "../driver.js";
import { type IoRedisClient, ioRedisDriver, isIoRedis } from "./ioredis.js";
import { isNodeRedis, type NodeRedisClient, nodeRedisDriver } from "./node-redis.js";

/** A node-redis or ioredis client, or a driver for something else. */
export type RedisClient = NodeRedisClient | IoRedisClient | Driver;

/** The driver for a client, known by its shape: vendors' classes differ between majors and between copies. */
export function toDriver(name: string, client: RedisClient): Driver {
  if (isDriver(client)) return client;
  if (isIoRedis(client)) return ioRedisDriver(client);
  if (isNodeRedis(client)) return nodeRedisDriver(client);
  throw new TypeError(`option "${name}" must be a node-redis or ioredis client, or a driver`);
}

function isDriver(client: unknown): client is Driver {
  const { run, getMany, scan } = (client ?? {}) as Partial<Record<string, unknown>>;
  return [run, getMany, scan].every((method) => typeof method === "function");
}
