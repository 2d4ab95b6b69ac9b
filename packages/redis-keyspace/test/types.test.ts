import type { Cluster, Redis as Io6 } from "ioredis";
import type { Redis as Io5 } from "ioredis-5";
import type { RedisClientPoolType, RedisClientType, RedisClusterType, RedisSentinelType } from "redis";
import type { RedisClientType as RedisClientType4, RedisClusterType as RedisClusterType4 } from "redis-4";
import type { RedisClientType as RedisClientType5 } from "redis-5";
import { createSessionStore, type Session, type StandardSchema, type StoreClient } from "redis-keyspace";
import { memoryDriver } from "redis-keyspace/memory";
import { expectTypeOf, test } from "vitest";

test("every client's own type is accepted as it is", () => {
  expectTypeOf<RedisClientType>().toExtend<StoreClient>();
  expectTypeOf<RedisClientPoolType>().toExtend<StoreClient>();
  expectTypeOf<RedisClusterType>().toExtend<StoreClient>();
  expectTypeOf<RedisSentinelType>().toExtend<StoreClient>();
  expectTypeOf<RedisClientType5>().toExtend<StoreClient>();
  expectTypeOf<RedisClientType4>().toExtend<StoreClient>();
  expectTypeOf<RedisClusterType4>().toExtend<StoreClient>();
  expectTypeOf<Io6>().toExtend<StoreClient>();
  expectTypeOf<Io5>().toExtend<StoreClient>();
  expectTypeOf<Cluster>().toExtend<StoreClient>();
  expectTypeOf<{ session: RedisClientType; userSessions: Io6 }>().toExtend<StoreClient>();
  expectTypeOf<{ get(key: string): Promise<string> }>().not.toExtend<StoreClient>();
});

test("data is typed from its declaration or its schema to where it is read", () => {
  const declared = createSessionStore<{ theme: "dark" | "light" }>(memoryDriver());
  expectTypeOf(declared.get).returns.resolves.toEqualTypeOf<Session<{ theme: "dark" | "light" }> | null>();
  // @ts-expect-error: another theme
  void (() => declared.create({ userId: "u1", data: { theme: "blue" } }));

  const schema = {} as StandardSchema<{ n: number }>;
  const inferred = () => createSessionStore(memoryDriver(), { schema });
  expectTypeOf(inferred).returns.toHaveProperty("get").returns.resolves.toEqualTypeOf<Session<{ n: number }> | null>();
});
