import type { Cluster, Redis as Io6 } from "ioredis";
import type { Redis as Io5 } from "ioredis-5";
import type { RedisClientPoolType, RedisClientType, RedisClusterType, RedisSentinelType } from "redis";
import type { RedisClientType as RedisClientType4, RedisClusterType as RedisClusterType4 } from "redis-4";
import type { RedisClientType as RedisClientType5 } from "redis-5";
import { createSessionStore, type Jsonable, type Session, type StandardSchema, type StoreClient } from "redis-keyspace";
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

test("data that JSON does not bring back is refused at its member", () => {
  interface Address {
    street: string;
    lines?: string[];
  }
  interface Profile {
    name: string;
    nickname?: string;
    address: Address | null;
    pair: readonly [number, boolean];
    friends?: Profile[];
    anything: unknown;
  }
  expectTypeOf<Profile>().toExtend<Jsonable<Profile>>();
  const profiles = createSessionStore<Profile>(memoryDriver());
  const data: Profile = { name: "Ada", address: { street: "s" }, pair: [1, true], anything: new Date() };
  void (() => profiles.create({ userId: "u1", data }));
  void (() => profiles.update("id", ({ data: read }) => ({ data: { ...read, nickname: "A" } })));
  void (() => createSessionStore(memoryDriver()).create({ userId: "u1", data: new Date() }));

  const dates = createSessionStore<{ at: { first: Date }; n: number }>(memoryDriver());
  // @ts-expect-error: a Date
  void (() => dates.create({ userId: "u1", data: { at: { first: new Date() }, n: 1 } }));
  // @ts-expect-error: a Date
  void (() => dates.update("id", ({ data: read }) => ({ data: { ...read, n: 2 } })));
  const others = createSessionStore<{
    map: Map<string, number>;
    set: Set<string>;
    big: bigint;
    call: () => void;
    holes: (string | undefined)[];
  }>(memoryDriver());
  type Given = Parameters<typeof others.create>[0]["data"];
  expectTypeOf<Given["map" | "set" | "big" | "call" | "holes"]>().toExtend<string | (string | undefined)[]>();
  expectTypeOf<"a" | undefined>().not.toExtend<Given["holes"][number]>();
});

test("with a schema whose output is another type, both forms are accepted and its output is answered", () => {
  const schema = {} as StandardSchema<{ at: string }, { at: Date }>;
  const sessions = () => createSessionStore(memoryDriver(), { schema });
  expectTypeOf(sessions).returns.toHaveProperty("get").returns.resolves.toEqualTypeOf<Session<{ at: Date }> | null>();
  void (() => sessions().create({ userId: "u1", data: { at: "2026-01-01" } }));
  void (() => sessions().update("id", ({ data }) => ({ data: { ...data } })));
  // @ts-expect-error: neither of its types
  void (() => sessions().create({ userId: "u1", data: { at: 1 } }));
  // A schema that takes nothing but a Date never accepts what is read.
  const dates = {} as StandardSchema<{ at: Date }>;
  // @ts-expect-error: a Date
  void (() => createSessionStore(memoryDriver(), { schema: dates }).create({ userId: "u1", data: { at: new Date() } }));
});
