import { isOperationKey, type StoredKey } from "@redis-keyspace/demo-kit/keyspace";
import type { RedisClient } from "@redis-keyspace/demo-kit/redis";
import type { Demo } from "./demos.js";

/** What a demo keeps in Redis. */
export interface Keyspace {
  /** The first of its keys, by name. */
  readonly keys: readonly StoredKey[];
  /** How many there are. */
  readonly total: number;
}

// Somebody else's Redis may hold more than a page can look through.
const MAX_SCANNED = 20_000;
const MAX_KEYS = 3;
const MAX_MEMBERS = 10;

/** The keys of each demo, told apart by what they begin with. One pass through the database for all. */
export async function readKeyspaces(client: RedisClient, demos: readonly Demo[]): Promise<Map<Demo, Keyspace>> {
  const names = new Map(demos.map((demo) => [demo, [] as string[]]));
  let scanned = 0;
  for await (const batch of client.scanIterator({ COUNT: 1_000 })) {
    for (const key of batch) {
      const demo = demos.find(({ keyPrefixes }) => keyPrefixes.some((prefix) => key.startsWith(prefix)));
      if (demo !== undefined && !isOperationKey(key)) names.get(demo)?.push(key);
    }
    scanned += batch.length;
    if (scanned >= MAX_SCANNED) break;
  }
  return new Map(
    await Promise.all(
      [...names].map(async ([demo, found]): Promise<[Demo, Keyspace]> => {
        // SCAN may name a key twice.
        const unique = [...new Set(found)].sort();
        const keys = await Promise.all(unique.slice(0, MAX_KEYS).map((key) => readKey(client, key)));
        return [demo, { keys: keys.flat(), total: unique.length }];
      }),
    ),
  );
}

async function readKey(client: RedisClient, key: string): Promise<StoredKey[]> {
  const [type, ttlMs] = await Promise.all([client.type(key), client.pTTL(key)]);
  // It has ended since SCAN named it.
  if (ttlMs === -2) return [];
  return [{ key, type, ttlMs: ttlMs === -1 ? null : ttlMs, value: await readValue(client, key, type) }];
}

async function readValue(client: RedisClient, key: string, type: string): Promise<string> {
  if (type === "string") return (await client.get(key)) ?? "";
  if (type === "set") return (await client.sRandMemberCount(key, MAX_MEMBERS)).sort().join("\n");
  if (type !== "zset") return "";
  const members = await client.zRangeWithScores(key, 0, MAX_MEMBERS - 1);
  return members.map(({ value, score }) => `${value}  ${score}`).join("\n");
}
