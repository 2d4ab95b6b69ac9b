import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { createSessionStore, type StoreClient } from "redis-keyspace";
import { afterAll, expect, test } from "vitest";

// A server without SORT_RO, as before Redis 7.
const redis = await startRedis({ config: ['rename-command SORT_RO ""'] });
const node = createClient({ url: redis.url });
await node.connect();
const io = new Redis(redis.url);

afterAll(async () => {
  node.destroy();
  io.disconnect();
  await redis.stop();
});

test.each<[string, StoreClient]>([
  ["node-redis", node],
  ["ioredis", io],
])("lists are read by a script instead, on %s", async (name, client) => {
  const sessions = createSessionStore<{ n: number }>(client, {
    hashIds: false,
    sessionPrefix: `${name}:s:${"long".repeat(20)}:`,
    userSessionsPrefix: `${name}:u:${"long".repeat(20)}:`,
  });
  // So many that a server that has the command would be asked by it from the second time on.
  const numbers = Array.from({ length: 130 }, (_, n) => n);
  await Promise.all(numbers.map((n) => sessions.create({ userId: "u1", data: { n } })));
  for (let round = 0; round < 3; round++) {
    const listed = (await sessions.list("u1")).map(({ session }) => session.data.n);
    expect(listed.sort((one, other) => one - other)).toEqual(numbers);
  }
  expect(await sessions.deleteAll("u1")).toBe(130);
});
