// `migratingFrom`: ids are hashed, and the prefix changes, and nobody is signed out.
import { expect, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { inSeconds, inspect, uniquePrefix } from "./support/redis.js";

const client = inspect();

test("sessions move to hashed ids and another prefix at their first use", async () => {
  const prefix = uniquePrefix();
  const userIdFrom = ({ userId }: Record<string, unknown>) => userId as string | undefined;
  const options = { client, userIdFrom, prefix: `${prefix}2`, hashIds: true };
  const waiting = new RedisStore({ ...options, migratingFrom: { sessionPrefix: `${prefix}-`, moves: false } });
  const moving = new RedisStore({ ...options, migratingFrom: { sessionPrefix: `${prefix}-` } });
  const [id, other] = [await waiting.newSessionId(), await waiting.newSessionId()];
  for (const each of [id, other]) await waiting.set(each, { userId: "u1", n: 1 }, inSeconds(60));
  expect(await client.exists(`${prefix}-${id}`)).toBe(1);
  const values = await moving.get(id);
  expect([values, await client.exists(`${prefix}-${id}`)]).toEqual([{ userId: "u1", n: 1 }, 0]);
  await moving.set(id, { ...values, n: 2 }, inSeconds(60));
  expect(await waiting.get(id)).toEqual({ userId: "u1", n: 2 });
  expect([await waiting.count("u1"), await moving.count("u1")]).toEqual([2, 2]);
  await waiting.delete(id);
  expect([await waiting.get(id), await moving.get(id)]).toEqual([null, null]);
  expect(await moving.deleteAll("u1")).toBe(1);
  expect(await waiting.get(other)).toBeNull();
});
