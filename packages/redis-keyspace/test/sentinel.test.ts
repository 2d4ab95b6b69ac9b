import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { startSentinel } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import { createSentinel } from "redis";
import { createSentinel as createSentinel5 } from "redis-5";
import { createSessionStore, KeyspaceError, type StoreClient } from "redis-keyspace";
import { conformance } from "redis-keyspace/testing";
import { afterAll, describe, expect, test } from "vitest";

const sentinel = await startSentinel();
const { name, sentinels } = sentinel;
const followed = { sentinels, name, maxRetriesPerRequest: null };

const node6 = createSentinel({ name, sentinelRootNodes: sentinels });
const node5 = createSentinel5({ name, sentinelRootNodes: sentinels });
for (const client of [node6, node5]) {
  client.on("error", () => {});
  await client.connect();
}
const io6 = new Redis(followed);
const io5 = new Redis5(followed);
const inspector = new Redis(followed);
for (const client of [io6, io5, inspector]) client.on("error", () => {});
const clients: Readonly<Record<string, StoreClient>> = {
  "node-redis 6": node6,
  "node-redis 5": node5,
  "ioredis 6": io6,
  "ioredis 5": io5,
};

afterAll(async () => {
  for (const client of [inspector, io6, io5]) client.disconnect();
  await Promise.all([node6.destroy(), node5.destroy()]);
  await sentinel.stop();
});

for (const [client, connection] of Object.entries(clients)) {
  describe(`${client} with Sentinel`, () => {
    conformance(test, { name: "before any failover", client: connection, raw: rawKeyspace([inspector]) });
  });
}

test("a failover in the middle of a load: typed errors while it lasts, nothing acknowledged is lost", async () => {
  const stores = Object.entries(clients).map(([client, connection]) =>
    createSessionStore<{ n: number }>(connection, {
      hashIds: false,
      sessionPrefix: `${client}:s:`,
      userSessionsPrefix: `${client}:u:`,
      commandTimeoutMs: 1000,
    }),
  );
  // Replication is asynchronous, so only what was written before the crash and has reached the replica can be promised.
  const before = await Promise.all(stores.map((store) => store.create({ userId: "before", data: { n: 0 } })));
  await inspector.wait(1, 5000);

  let over = false;
  const codes = new Set<string>();
  const load = stores.map(async (store, i) => {
    const acknowledged: string[] = [];
    while (!over) {
      try {
        const { id } = await store.create({ userId: `u${i}`, data: { n: 1 } });
        acknowledged.push(id);
      } catch (error) {
        codes.add(error instanceof KeyspaceError ? error.code : `not ours: ${String(error)}`);
      }
    }
    return acknowledged.at(-1);
  });

  const killed = await sentinel.killMaster();
  const end = Date.now() + 25_000;
  while ((await sentinel.master()) === killed && Date.now() < end) await inspector.ping().catch(() => null);
  const healthy = async (): Promise<boolean> => {
    const answers = await Promise.allSettled(stores.map((store) => store.create({ userId: "after", data: { n: 2 } })));
    return answers.every(({ status }) => status === "fulfilled");
  };
  while (!(await healthy())) expect(Date.now()).toBeLessThan(end);
  over = true;
  const last = await Promise.all(load);

  for (const code of codes) {
    expect(["ERR_REDIS_UNAVAILABLE", "ERR_REDIS_TIMEOUT", "ERR_REDIS_READONLY"]).toContain(code);
  }
  for (const [i, store] of stores.entries()) {
    expect((await store.get(before[i]?.id ?? ""))?.userId).toBe("before");
    expect(await store.get(last[i] ?? "")).not.toBeNull();
    expect(await store.deleteAll("after")).toBeGreaterThan(0);
  }
}, 60_000);
