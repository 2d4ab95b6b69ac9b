import { type Driver, MEMBERS_AT_ONCE, runScript } from "./driver.js";
import { groupByNode } from "./key-slot.js";

const limit = ["LIMIT", "0", String(MEMBERS_AT_ONCE)] as const;

type Reply = [error: Error | null, result?: unknown];

/** The part of an ioredis client (5 or 6; `Redis`, with Sentinel or without, or `Cluster`) that the driver uses. */
export interface IoRedisClient {
  readonly isCluster: boolean;
  get(key: string): Promise<string | null>;
  mget(...keys: string[]): Promise<(string | null)[]>;
  evalsha(sha: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>;
  eval(source: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>;
  scan(cursor: string, match: "MATCH", pattern: string, count: "COUNT", size: string): Promise<[string, string[]]>;
  pipeline(commands: [command: string, ...args: string[]][]): { exec(): Promise<Reply[] | null> };
  call(command: string, ...args: string[]): Promise<unknown>;
}

interface Extras {
  readonly options?: {
    readonly keyPrefix?: string;
    readonly commandTimeout?: number;
    readonly stringNumbers?: boolean;
    readonly autoResendUnfulfilledCommands?: boolean;
    readonly redisOptions?: { readonly stringNumbers?: boolean };
  };
  readonly slots?: readonly (readonly string[] | undefined)[];
  nodes?(role: "master"): readonly IoRedisClient[];
}

/**
 * Drives ioredis 5 and 6: `Redis` (also with Sentinel) or `Cluster`.
 *
 * @throws {TypeError} if this is no ioredis client.
 */
export function ioRedisDriver(client: IoRedisClient): Driver {
  if (!isIoRedis(client)) throw new TypeError('option "client" must be an ioredis Redis or Cluster');
  const given: IoRedisClient & Extras = client;
  if (given.options?.stringNumbers || given.options?.redisOptions?.stringNumbers) {
    throw new TypeError('option "stringNumbers" of the ioredis client must be off: replies to scripts are numbers');
  }
  const keyPrefix = given.options?.keyPrefix ?? "";
  return {
    name: "ioredis",
    cluster: client.isCluster,
    keyPrefix,
    timeoutMs: given.options?.commandTimeout,
    // A Cluster tries again whatever its nodes' clients do.
    repeats: client.isCluster || given.options?.autoResendUnfulfilledCommands !== false,
    coalesceReads: true,
    get: (key) => client.get(key),
    getMany: client.isCluster ? (keys) => getFromNodes(given, keyPrefix, keys) : (keys) => client.mget(...keys),
    run: (script, keys, args) =>
      runScript(
        script,
        (sha) => client.evalsha(sha, keys.length, ...keys, ...args),
        (source) => client.eval(source, keys.length, ...keys, ...args),
      ),
    // ioredis puts its own prefix before keys, not into patterns.
    membersWithValues:
      client.isCluster || keyPrefix !== ""
        ? undefined
        : (key, pattern) =>
            client.call("SORT_RO", key, "BY", "nosort", ...limit, "GET", "#", "GET", pattern) as Promise<
              (string | null)[]
            >,
    scan: (pattern) => scan(given, pattern),
  };
}

export function isIoRedis(client: unknown): client is IoRedisClient {
  const { get, mget, evalsha, isCluster } = (client ?? {}) as Partial<Record<string, unknown>>;
  return [get, mget, evalsha].every((method) => typeof method === "function") && typeof isCluster === "boolean";
}

/** One pipeline to each node that has some of the keys; ioredis itself follows redirections. */
async function getFromNodes(
  cluster: IoRedisClient & Extras,
  keyPrefix: string,
  keys: readonly string[],
): Promise<(string | null)[]> {
  const values = new Array<string | null>(keys.length).fill(null);
  // ioredis compares a slot's whole list of nodes: keys of one pipeline must agree on all of them.
  const groups = groupByNode(keys, keyPrefix, (slot) => cluster.slots?.[slot]?.join());
  await Promise.all(
    groups.map(async ({ positions }) => {
      const replies = await cluster.pipeline(positions.map((position) => ["get", keys[position] as string])).exec();
      positions.forEach((position, i) => {
        const [error, value] = replies?.[i] ?? [new Error("the pipeline was cut short")];
        if (error !== null) throw error;
        values[position] = value as string | null;
      });
    }),
  );
  return values;
}

async function* scan(client: IoRedisClient & Extras, pattern: string): AsyncIterable<readonly string[]> {
  for (const node of client.isCluster ? (client.nodes?.("master") ?? []) : [client]) {
    let cursor = "0";
    do {
      const [next, keys] = await node.scan(cursor, "MATCH", pattern, "COUNT", "500");
      yield keys;
      cursor = next;
    } while (cursor !== "0");
  }
}
