// When sessions end.
import { describe, expect, test } from "vitest";
import type { RedisStoreOptions } from "../src/index.js";
import { inSeconds, inspect, legacyId, load, openStore } from "./support/redis.js";

const inspector = inspect();

const open = (options: RedisStoreOptions = {}) => openStore({ client: inspector, ...options });

describe("touchAfterSeconds", () => {
  test("an unchanged request moves the end only when that much has passed", async () => {
    const { store, key } = open({ touchAfterSeconds: 10 });
    const id = await store.newSessionId();
    await store.set(id, { a: 1 }, inSeconds(60));
    await store.set(id, await load(store, id), inSeconds(65));
    expect(await inspector.ttl(key(id))).toBeLessThanOrEqual(60);
    const later = inSeconds(71);
    await store.set(id, await load(store, id), later);
    expect(Math.floor((await inspector.pexpiretime(key(id))) / 1000)).toBe(later);
  });

  test("by default a tenth of the lifetime, and 0 is every request", async () => {
    for (const [options, moved] of [
      [{}, false],
      [{ touchAfterSeconds: 0 }, true],
    ] as const) {
      const { store, key } = open(options);
      const id = await store.newSessionId();
      await store.set(id, { a: 1 }, inSeconds(1000));
      await store.set(id, await load(store, id), inSeconds(1090));
      expect((await inspector.ttl(key(id))) > 1001).toBe(moved);
      await store.set(id, await load(store, id), inSeconds(1130));
      expect(await inspector.ttl(key(id))).toBeGreaterThan(1100);
    }
  });

  test("a store that has not seen the session leaves it to Redis, and one with users still enters it", async () => {
    const { prefix, key } = open();
    const fresh = () => open({ prefix, userIdFrom: ({ userId }) => userId as string }).store;
    const id = legacyId();
    await inspector.set(key(id), '{"userId":"u1"}', "EX", 590);
    const store = fresh();
    await store.set(id, await load(store, id), inSeconds(600));
    expect(await store.count("u1")).toBe(1);
    const end = await inspector.pexpiretime(key(id));
    const other = fresh();
    await other.set(id, await load(other, id), inSeconds(605));
    expect(await inspector.pexpiretime(key(id))).toBe(end);
  });

  test("a lifetime that was shortened since holds from the next request on", async () => {
    for (const options of [{}, { touchAfterSeconds: 0 }, { touchAfterSeconds: 10 }]) {
      const before = open(options);
      const id = await before.store.newSessionId();
      await before.store.set(id, { a: 1 }, inSeconds(5000));
      const after = open({ ...options, prefix: before.prefix }).store;
      for (const store of [after, before.store]) {
        await inspector.expire(before.key(id), 5000);
        await store.set(id, await load(store, id), inSeconds(1000));
        expect(await inspector.ttl(before.key(id))).toBeLessThanOrEqual(1001);
      }
    }
  });

  test("never more than half the lifetime", async () => {
    const { store, key } = open({ touchAfterSeconds: 86_400 });
    const id = await store.newSessionId();
    await store.set(id, { a: 1 }, inSeconds(40));
    await store.set(id, await load(store, id), inSeconds(100));
    expect(await inspector.ttl(key(id))).toBeGreaterThan(90);
  });
});

describe("absoluteTimeoutSeconds", () => {
  const userIdFrom = ({ userId }: Record<string, unknown>) => userId as string | undefined;

  test("bounds every extension, in one member that the handlers do not see", async () => {
    const { store, key } = open({ absoluteTimeoutSeconds: 100 });
    const id = await store.newSessionId();
    await store.set(id, { a: 1, "redis-keyspace": { endsAt: 1e15 } }, inSeconds(60));
    const stored = JSON.parse((await inspector.get(key(id))) ?? "") as { "redis-keyspace": { endsAt: number } };
    const { endsAt } = stored["redis-keyspace"];
    expect(endsAt / 1000 - inSeconds(100)).toBeLessThanOrEqual(2);
    const values = await load(store, id);
    expect(values).toEqual({ a: 1 });
    await store.set(id, values, inSeconds(600));
    expect(await inspector.pexpiretime(key(id))).toBe(endsAt);
    values["a"] = 2;
    values["redis-keyspace"] = { endsAt: 1e15 };
    await store.set(id, values, inSeconds(600));
    expect(await inspector.pexpiretime(key(id))).toBe(endsAt);
    expect(await inspector.get(key(id))).toBe(`{"a":2,"redis-keyspace":{"endsAt":${endsAt}}}`);
  });

  test("holds against a process of the legacy package, which carries it along", async () => {
    const { store, key } = open({ absoluteTimeoutSeconds: 1 });
    const id = await store.newSessionId();
    await store.set(id, { a: 1 }, inSeconds(60));
    const text = (await inspector.get(key(id))) ?? "";
    await inspector.set(key(id), JSON.stringify({ ...JSON.parse(text), b: 1 }), "EX", 60);
    expect(await store.get(id)).toEqual({ a: 1, b: 1 });
    await expect.poll(() => store.get(id), { timeout: 5000 }).toBeNull();
    expect(await inspector.ttl(key(id))).toBeGreaterThan(50);
  });

  test("starts for an old session when it is used, and again when its user changes; not with a new id", async () => {
    const { store, key } = open({ absoluteTimeoutSeconds: 1000, userIdFrom });
    const id = legacyId();
    await inspector.set(key(id), '{"theme":"dark"}', "EX", 600);
    await store.set(id, await load(store, id), inSeconds(600));
    const endOf = async (of: string): Promise<number> =>
      (JSON.parse((await inspector.get(key(of))) ?? "") as { "redis-keyspace": { endsAt: number } })["redis-keyspace"]
        .endsAt;
    const first = await endOf(id);
    expect(first).toBeGreaterThan(Date.now() + 990_000);

    await expect.poll(() => Date.now() + 1_000_000).toBeGreaterThan(first);
    const values = await load(store, id);
    values["userId"] = "u1";
    await store.set(id, values, inSeconds(600));
    const signedIn = await endOf(id);
    expect(signedIn).toBeGreaterThan(first);

    const moved = await load(store, id);
    const next = await store.newSessionId();
    await store.delete(id);
    await store.set(next, moved, inSeconds(600));
    expect(await endOf(next)).toBe(signedIn);
  });
});
