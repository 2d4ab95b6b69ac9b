// What stands in Redis with hashIds and with a codec.
import { randomBytes } from "node:crypto";
import { seal } from "redis-keyspace/sealing";
import { expect, test } from "vitest";
import type { RedisStoreOptions } from "../src/index.js";
import { inSeconds, inspect, keysUnder, load, openStore } from "./support/redis.js";

const inspector = inspect();

const open = (options: RedisStoreOptions = {}) => openStore({ client: inspector, ...options });

const userIdFrom = ({ userId }: Record<string, unknown>) => userId as string | undefined;
const codec = seal(randomBytes(32).toString("base64"));

test("with hashIds no id is in Redis, and no handle signs in, also after it was turned off", async () => {
  const { store, prefix } = open({ hashIds: true, userIdFrom });
  const id = await store.newSessionId();
  await store.set(id, { userId: "u1" }, inSeconds(60));
  expect(await store.get(id)).toEqual({ userId: "u1" });
  const [item] = await store.list("u1", { current: id });
  const handle = item?.handle ?? "";
  expect(item).toEqual({ handle, session: { userId: "u1" }, current: true });
  expect(handle).not.toBe(id);
  expect(await keysUnder(inspector, `*${id}*`)).toEqual([]);
  expect(await store.get(handle)).toBeNull();
  const plain = open({ prefix }).store;
  expect(await plain.get(handle)).toBeNull();
  for (const each of [store, plain]) {
    await each.delete(handle);
    await expect(each.set(handle, { userId: "u1" }, inSeconds(60))).rejects.toThrow(TypeError);
  }
  expect(await store.get(id)).toEqual({ userId: "u1" });
  expect(await store.revoke("u1", id)).toBe(false);
  expect(await store.deleteAll("u1", { except: id })).toBe(0);
  expect(await store.revoke("u1", handle)).toBe(true);
  expect(await store.get(id)).toBeNull();
});

test("with a codec the values are sealed, extended and changed", async () => {
  const { store, prefix, key } = open({ codec, userIdFrom, touchAfterSeconds: 0, absoluteTimeoutSeconds: 1000 });
  const id = await store.newSessionId();
  await store.set(id, { userId: "u1", secret: "wombat" }, inSeconds(60));
  expect(await inspector.get(key(id))).not.toContain("wombat");
  const plain = open({ prefix, userIdFrom }).store;
  expect([await plain.get(id), await plain.list("u1")]).toEqual([null, []]);
  const values = await load(store, id);
  await store.set(id, values, inSeconds(100));
  expect(await inspector.ttl(key(id))).toBeGreaterThan(90);
  values["n"] = 1;
  await store.set(id, values, inSeconds(120));
  expect(await store.get(id)).toEqual({ userId: "u1", secret: "wombat", n: 1 });
  expect(await store.count("u1")).toBe(1);
  await store.set(id, await load(store, id), inSeconds(5000));
  expect(await inspector.ttl(key(id))).toBeLessThanOrEqual(1000);
  await store.delete(id);
  expect(await store.list("u1")).toEqual([]);
});
