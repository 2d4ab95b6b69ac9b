import type { Redis } from "@upstash/redis";
import type { MemoryDriver } from "redis-keyspace/memory";

/** Plain commands, past the adapter. */
export interface KeyReader {
  /** `ZRANGE key 0 -1 WITHSCORES` and `PTTL` of each, in one request. */
  zsets(keys: readonly string[]): Promise<Reply<string[]>[]>;
  /** `GET` and `PTTL` of each, in one request. */
  strings(keys: readonly string[]): Promise<Reply<string | null>[]>;
  /** `EXISTS`. */
  count(keys: readonly string[]): Promise<number>;
}

type Reply<Value> = readonly [value: Value, pttl: number];

export function readUpstash(redis: Redis): KeyReader {
  return {
    async zsets(keys) {
      const pipeline = redis.pipeline();
      for (const key of keys) pipeline.zrange(key, 0, -1, { withScores: true }).pttl(key);
      const replies = await pipeline.exec<(string[] | number)[]>();
      return keys.map((_, n) => [replies[2 * n] as string[], Number(replies[2 * n + 1])]);
    },
    async strings(keys) {
      const pipeline = redis.pipeline();
      for (const key of keys) pipeline.get(key).pttl(key);
      const replies = await pipeline.exec<(string | number | null)[]>();
      return keys.map((_, n) => [replies[2 * n] as string | null, Number(replies[2 * n + 1])]);
    },
    count: (keys) => redis.exists(...keys),
  };
}

/** The same over this process's memory. */
export function readMemory({ call }: MemoryDriver): KeyReader {
  const ttl = (key: string) => Number(call("PTTL", key));
  return {
    zsets: async (keys) => keys.map((key) => [call("ZRANGE", key, 0, -1, "WITHSCORES") as string[], ttl(key)]),
    strings: async (keys) => keys.map((key) => [call("GET", key) as string | null, ttl(key)]),
    count: async (keys) => Number(call("EXISTS", ...keys)),
  };
}
