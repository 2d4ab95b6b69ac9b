import { type Driver, MEMBERS_AT_ONCE, runScript } from "./driver.js";
import { groupByNode } from "./key-slot.js";
import { hidden, watcher } from "./tracers.js";

/** Of ioredis 6, of Sentry for earlier ones, and of Datadog. */
const isWatched = watcher(["ioredis:command", "orchestrion:ioredis:command"], ["apm:ioredis:command:start"]);

const shown = (texts: readonly string[]): readonly string[] => (isWatched() ? hidden(texts) : texts);

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
  readonly status?: string;
  readonly mode?: string;
  readonly isPipeline?: boolean;
  readonly options?: {
    readonly host?: string;
    readonly port?: number;
    readonly keyPrefix?: string;
    readonly commandTimeout?: number;
    readonly stringNumbers?: boolean;
    readonly autoResendUnfulfilledCommands?: boolean;
    readonly scaleReads?: unknown;
    readonly redisOptions?: { readonly stringNumbers?: boolean; readonly commandTimeout?: number };
  };
  readonly slots?: readonly (readonly string[] | undefined)[];
  nodes?(role: "master"): readonly (IoRedisClient & Extras)[];
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
  if (given.isPipeline === true) throw new TypeError('option "client" must be an ioredis client and not its multi()');
  if (given.mode === "subscriber" || given.mode === "monitor") {
    throw new TypeError(`option "client" must be a client of its own, not one in ${given.mode} mode`);
  }
  const keyPrefix = given.options?.keyPrefix ?? "";
  return {
    name: "ioredis",
    cluster: client.isCluster,
    keyPrefix,
    timeoutMs: given.options?.commandTimeout ?? given.options?.redisOptions?.commandTimeout,
    // A Cluster tries again whatever its nodes' clients do.
    repeats: client.isCluster || given.options?.autoResendUnfulfilledCommands !== false,
    // It writes each command at once, so that Redis is at work while the next one is made: few are better sent so.
    batches: { from: 32, maxBytes: 12_000 },
    coalesceReads: true,
    // Most print the key of GET, also one with the client's prefix, and nobody those of MGET.
    get: (key) => (isWatched() ? client.mget(...shown([key])).then(([value]) => value ?? null) : client.get(key)),
    getMany: client.isCluster ? (keys) => getFromNodes(given, keyPrefix, keys) : (keys) => client.mget(...shown(keys)),
    run: (script, keys, args, signal) => {
      const sent = shown([...keys, ...args]);
      return runScript(
        script,
        (sha) => client.evalsha(sha, keys.length, ...sent),
        (source) => client.eval(source, keys.length, ...sent),
        signal,
      );
    },
    // ioredis puts its own prefix before keys, not into patterns.
    membersWithValues:
      client.isCluster || keyPrefix !== ""
        ? undefined
        : (key, pattern) => {
            const args = shown([key, "BY", "nosort", ...limit, "GET", "#", "GET", pattern]);
            return client.call("SORT_RO", ...args) as Promise<(string | null)[]>;
          },
    // Nothing can be taken back from ioredis's queue of what it cannot send yet.
    isReady: () => given.status === undefined || given.status === "ready",
    ping: () => client.call("PING"),
    scan: (pattern) => scan(given, pattern),
  };
}

export function isIoRedis(client: unknown): client is IoRedisClient {
  const { get, mget, evalsha, isCluster } = (client ?? {}) as Partial<Record<string, unknown>>;
  return [get, mget, evalsha].every((method) => typeof method === "function") && typeof isCluster === "boolean";
}

/**
 * One pipeline to each node that has some of the keys. A pipeline of the Cluster client would be sent again as a whole
 * where a slot is on the move, to a node that has only some of its keys yet; so these go to the nodes themselves, and the
 * Cluster client reads again, one by one, what a node did not answer.
 */
async function getFromNodes(
  cluster: IoRedisClient & Extras,
  keyPrefix: string,
  keys: readonly string[],
): Promise<(string | null | Error)[]> {
  const values = new Array<string | null | Error>(keys.length).fill(null);
  const again = (position: number): Promise<unknown> =>
    cluster.get(keys[position] as string).then(
      (value) => (values[position] = value),
      (error: Error) => (values[position] = error),
    );
  const nodes = readyNodes(cluster);
  await Promise.all(
    groupByNode(keys, keyPrefix, (slot) => nodes.get(cluster.slots?.[slot]?.[0])).map(async ({ node, positions }) => {
      if (node === undefined) {
        await Promise.all(positions.map(again));
        return;
      }
      // The Cluster client puts the prefix in front; its nodes know it if it stands in their own options.
      const prefix = node.options?.keyPrefix ? "" : keyPrefix;
      const command = isWatched() ? "mget" : "get";
      const replies = await node
        .pipeline(positions.map((position) => [command, ...shown([prefix + keys[position]])]))
        .exec();
      await Promise.all(
        positions.map((position, i) => {
          const [error, value] = replies?.[i] ?? [new Error("the pipeline was cut short")];
          if (error !== null) return again(position);
          values[position] = (Array.isArray(value) ? value[0] : value) as string | null;
          return undefined;
        }),
      );
    }),
  );
  return values;
}

/** By host and port. None where reads go to replicas: the Cluster client knows which. */
function readyNodes(cluster: IoRedisClient & Extras): Map<string | undefined, IoRedisClient & Extras> {
  if (cluster.options?.scaleReads !== "master") return new Map();
  const nodes = cluster.nodes?.("master") ?? [];
  return new Map(
    nodes
      .filter(({ status }) => status === "ready")
      .map((node) => [`${node.options?.host}:${node.options?.port}`, node] as const),
  );
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
