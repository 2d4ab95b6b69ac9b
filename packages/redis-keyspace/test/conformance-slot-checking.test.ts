import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { startSlotCheckingRedis } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { createSessionStore, type Incident, type SessionStore, type StoreClient } from "redis-keyspace";
import { conformance } from "redis-keyspace/testing";
import { afterAll, describe, expect, test } from "vitest";
import { isOperationKey } from "../src/lib/operation-keys.js";

// One endpoint that checks slots behind a client that knows nothing of them, as managed services have it.
const server = await startSlotCheckingRedis();
const endpoint = await startUpstashLocal({ redis: server.url, port: 0 });
const nodeRedis = await createClient({ url: server.url }).connect();
const ioRedis = new Redis(server.url);
const clients: readonly (readonly [string, StoreClient])[] = [
  ["node-redis", nodeRedis],
  ["ioredis", ioRedis],
  ["@upstash/redis", new Upstash(endpoint)],
];
const inspector = new Redis(server.url);

afterAll(async () => {
  nodeRedis.destroy();
  for (const client of [ioRedis, inspector]) client.disconnect();
  await endpoint.close();
  await server.stop();
});

conformance(
  test,
  { name: "a server that checks slots", client: nodeRedis, raw: rawKeyspace([inspector]) },
  { atomic: false, interleavings: 20 },
);

async function countRecords(prefix: string): Promise<number> {
  return (await rawKeyspace([inspector]).keys(prefix)).filter((key) => !isOperationKey(key)).length;
}

describe.each(clients)("%s on a server that checks slots", (_, client) => {
  function open(seen: Incident[], options: { topology?: "atomic" | "stepwise" } = {}, unique = crypto.randomUUID()) {
    return createSessionStore<{ n: number }>(client, {
      ...options,
      sessionPrefix: `${unique}:s:`,
      userSessionsPrefix: `${unique}:u:`,
      observe: { incident: (incident) => seen.push(incident) },
    });
  }

  test("the store goes over to one key a step, tells it once, and loses nothing on the way", async () => {
    const seen: Incident[] = [];
    const sessions = open(seen);
    const created = await Promise.all([1, 2, 3].map((n) => sessions.create({ userId: "u1", data: { n } })));
    expect(await Promise.all(created.map(({ id }) => sessions.get(id)))).toEqual(created);
    expect(await sessions.count("u1")).toBe(3);
    expect((await sessions.list("u1")).length).toBe(3);
    const [first, second, third] = created;
    expect(await sessions.delete(first?.id ?? "")).not.toBeNull();
    expect((await sessions.rotate(second?.id ?? "", { id: "rotated" }))?.data).toEqual({ n: 2 });
    expect((await sessions.update(third?.id ?? "", () => ({ data: { n: 9 } })))?.data).toEqual({ n: 9 });
    expect(await sessions.deleteAll("u1")).toBe(2);
    expect(seen.filter(({ kind }) => kind === "topology")).toEqual([{ kind: "topology", topology: "stepwise" }]);
  });

  const firsts: Readonly<Record<string, (sessions: SessionStore<{ n: number }>, id: string) => Promise<unknown>>> = {
    touch: (sessions, id) => sessions.touch(id),
    rotate: (sessions, id) => sessions.rotate(id),
    delete: (sessions, id) => sessions.delete(id),
    update: (sessions, id) => sessions.update(id, () => ({ userId: "u2" })),
    deleteAll: (sessions) => sessions.deleteAll("u1"),
  };

  test.each(Object.entries(firsts))("%s can be what meets it first", async (_name, operation) => {
    const unique = crypto.randomUUID();
    const stepwise = open([], { topology: "stepwise" }, unique);
    const [first] = await Promise.all([1, 2, 3].map((n) => stepwise.create({ userId: "u1", data: { n } })));
    const seen: Incident[] = [];
    const auto = open(seen, {}, unique);
    expect(await operation(auto, first?.id ?? "")).not.toBeNull();
    expect(seen).toContainEqual({ kind: "topology", topology: "stepwise" });
    const indexed = (await Promise.all(["u1", "u2"].map((user) => stepwise.list(user)))).flat();
    expect(indexed.length).toBe(await countRecords(`${unique}:s:`));
  });

  test("that is told to be atomic says what it needs", async () => {
    await expect(open([], { topology: "atomic" }).create({ userId: "u1", data: { n: 1 } })).rejects.toMatchObject({
      code: "ERR_REDIS_KEYS",
      message: expect.stringContaining("{hash tag}"),
    });
  });
});
