// The kit of the core, over the store's own client.
import { conformance } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { ownClient } from "../src/lib/own-client.js";
import { inspect, keysUnder } from "./support/redis.js";

const inspector = inspect();
const { driver, close } = ownClient({ url: inject("redisUrl") }, () => {});
afterAll(close);

conformance(test, {
  name: "own client",
  client: driver,
  raw: {
    keys: (prefix) => keysUnder(inspector, `${prefix}*`),
    get: (key) => inspector.get(key),
    async set(key, value, ttlMs) {
      await (ttlMs === undefined ? inspector.set(key, value) : inspector.psetex(key, ttlMs, value));
    },
    async addToSet(key, member) {
      await inspector.sadd(key, member);
    },
    members: (key) => inspector.smembers(key),
    async scores(key) {
      const flat = await inspector.zrange(key, "0", "-1", "WITHSCORES");
      return flat.flatMap((member, i): [string, number][] => (i % 2 === 0 ? [[member, Number(flat[i + 1])]] : []));
    },
    ttl: (key) => inspector.pttl(key),
  },
});
