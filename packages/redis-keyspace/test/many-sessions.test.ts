// One user with very many sessions: no command and no answer grows with their number, and other work of this process goes
// on while they are listed, counted and ended. How long it stops at most is measured by bench/event-loop.mjs.
import { clients, twoDatabases } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import type { RedisClient, StoreClient } from "redis-keyspace";
import { createRecordStore, type RecordStore, type SessionRecord, sessionModel } from "redis-keyspace/adapter";
import { type Driver, ioRedisDriver, type NodeRedisClient, nodeRedisDriver } from "redis-keyspace/driver";
import { afterAll, describe, expect, inject, test } from "vitest";

const SESSIONS = 20_000;
/** Of each command and each answer, but for the ids of one user, of which an answer holds a thousand a text. */
const MOST = 4_100;

const url = inject("redisUrl");
const inspectors = [0, 1].map((db) => new Redis(url, { db }));
afterAll(() => {
  for (const inspector of inspectors) inspector.disconnect();
});

interface Seen {
  largest: number;
}

/** Notes how much the largest command and answer hold. */
function watched(driver: Driver, seen: Seen, canSort: boolean): Driver {
  const note = (size: number): void => {
    seen.largest = Math.max(seen.largest, size);
  };
  const noted = <Answer>(answer: Answer): Answer => {
    if (Array.isArray(answer)) note(answer.length);
    return answer;
  };
  const { membersWithValues } = driver;
  return {
    ...driver,
    async getMany(keys) {
      note(keys.length);
      return noted(await driver.getMany(keys));
    },
    async run(script, keys, args, ...others) {
      note(keys.length + args.length);
      return noted(await driver.run(script, keys, args, ...others));
    },
    membersWithValues:
      membersWithValues === undefined || !canSort
        ? undefined
        : async (key, pattern) => noted(await membersWithValues(key, pattern)),
  };
}

/** The store's own keys, filled by hand. */
async function seed(prefix: string, [records, indexes]: [Redis, Redis]): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < SESSIONS; from += 1000) {
    const [writing, entering] = [records.pipeline(), indexes.pipeline()];
    for (let i = from; i < from + 1000; i++) {
      const id = `${prefix}-${String(i).padStart(5, "0")}/"é`;
      const end = Date.now() + 3_600_000 + i;
      const [createdAt, expiresAt] = [new Date(), new Date(end)];
      const record = { userId: "u1", data: { i }, createdAt, expiresAt, absoluteExpiresAt: null };
      writing.set(`${prefix}:s:${id}`, sessionModel.encode(record, id), "PXAT", end);
      entering.zadd(`${prefix}:u:u1`, end, id);
      ids.push(id);
    }
    await Promise.all([writing.exec(), entering.exec()]);
  }
  await indexes.pexpire(`${prefix}:u:u1`, 7_200_000);
  return ids;
}

/** How many turns of the event loop pass while this is done. */
async function turnsDuring<Answer>(work: () => Promise<Answer>): Promise<{ answer: Answer; turns: number }> {
  let turns = 0;
  let over = false;
  const count = (): void => {
    turns++;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const answer = await work();
  over = true;
  return { answer, turns };
}

const drivers: Readonly<Record<string, (seen: Seen) => Promise<{ client: StoreClient; close(): unknown }>>> = {
  async ioredis(seen) {
    const { client, close } = await (
      clients["ioredis 6"] as (url: string) => Promise<{ client: Redis; close(): void }>
    )(url);
    return { client: watched(ioRedisDriver(client), seen, true), close };
  },
  async "node-redis, by a script"(seen) {
    const open = clients["node-redis 6"] as unknown as (
      url: string,
    ) => Promise<{ client: NodeRedisClient; close(): void }>;
    const { client, close } = await open(url);
    return { client: watched(nodeRedisDriver(client), seen, false), close };
  },
  async "two clients"(seen) {
    const { client, close } = twoDatabases(url);
    const [session, userSessions] = [client.session, client.userSessions].map(
      (redis): RedisClient => watched(ioRedisDriver(redis), seen, true),
    ) as [RedisClient, RedisClient];
    return { client: { session, userSessions }, close };
  },
};

describe.each(Object.entries(drivers))("%s", (name, open) => {
  const prefix = `many-${name.replace(/\W/g, "")}-${process.pid}`;
  const databases: [Redis, Redis] = [inspectors[0] as Redis, inspectors[name === "two clients" ? 1 : 0] as Redis];

  test("nothing grows with the number of sessions but the number of steps", async () => {
    const ids = await seed(prefix, databases);
    const seen: Seen = { largest: 0 };
    const { client, close } = await open(seen);
    const store: RecordStore<SessionRecord<unknown>> = createRecordStore(client, {
      record: sessionModel,
      sessionPrefix: `${prefix}:s:`,
      userSessionsPrefix: `${prefix}:u:`,
    });
    const current = ids[7] as string;
    const listed = await turnsDuring(() => store.list("u1", { current }));
    expect(listed.answer.map(({ handle }) => handle)).toEqual([...ids].reverse());
    expect(listed.answer.filter((item) => item.current).map(({ handle }) => handle)).toEqual([current]);
    expect(listed.turns).toBeGreaterThan(SESSIONS / 500);
    expect(await store.count("u1")).toBe(SESSIONS);

    const ended = await turnsDuring(() => store.deleteAll("u1", { except: current }));
    expect(ended.answer).toBe(SESSIONS - 1);
    expect((await store.list("u1")).map(({ handle }) => handle)).toEqual([current]);
    expect(await store.deleteAll("u1")).toBe(1);
    expect(seen.largest).toBeLessThan(MOST);
    await close();
  });
});
