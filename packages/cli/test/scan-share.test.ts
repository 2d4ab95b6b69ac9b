import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { shareBefore } from "../src/lib/scan.js";

test("the share that a cursor stands for grows from 0 to 1, also while there come to be four times as many keys", async () => {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  onTestFinished(async () => {
    client.disconnect();
    await redis.stop();
  });
  const add = async (from: number, to: number): Promise<void> => {
    await client.mset(Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`key:${from + i}`, ""])));
  };
  await add(0, 1000);
  const shares = [shareBefore("0")];
  let cursor = "0";
  do {
    [cursor] = await client.scan(cursor, "COUNT", 50);
    shares.push(shareBefore(cursor === "0" ? "done" : cursor));
    if (shares.length === 10) await add(1000, 4000);
  } while (cursor !== "0");
  expect(shares).toEqual([...shares].sort((one, other) => one - other));
  expect([shares.at(0), shares.at(-1)]).toEqual([0, 1]);
  expect(new Set(shares).size).toBe(shares.length);
});
