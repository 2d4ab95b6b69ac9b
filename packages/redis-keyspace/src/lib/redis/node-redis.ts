import { type Driver, MEMBERS_AT_ONCE, runScript, type Script } from "./driver.js";
import { type ClusterNode, groupByNode } from "./key-slot.js";

const LIMIT = { offset: 0, count: MEMBERS_AT_ONCE };

/** The part of a node-redis client (4, 5 or 6; client, pool or sentinel) that the driver uses. */
export interface NodeRedisClient {
  get(key: string): Promise<unknown>;
  mGet(keys: string[]): Promise<unknown>;
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(source: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** The part of a node-redis cluster client that the driver uses besides. */
export interface NodeRedisCluster extends NodeRedisClient {
  readonly masters: readonly unknown[];
  nodeClient(node: never): unknown;
}

interface CommandOptions {
  timeout: number;
  typeMapping: undefined;
}

interface Extras {
  /** What the caller set: on a client, pool and sentinel, and on a cluster for itself or for its nodes. */
  readonly _commandOptions?: { readonly timeout?: number };
  readonly _options?: { readonly defaults?: { readonly commandOptions?: { readonly timeout?: number } } };
  readonly clientSideCache?: unknown;
  /** The prefix that was configured: the one property that client, pool, sentinel and cluster all have for it. */
  readonly _keyPrefix?: string;
  readonly slots?: readonly ({ readonly master: ClusterNode } | undefined)[];
  readonly masters?: readonly ClusterNode[];
  nodeClient?(node: ClusterNode): Promise<NodeRedisClient & Extras> | (NodeRedisClient & Extras);
  withCommandOptions?(options: CommandOptions): NodeRedisClient & Extras;
  sortRo?(key: string, options: { BY: string; LIMIT: typeof LIMIT; GET: string[] }): Promise<unknown>;
  scan?(cursor: unknown, options: { MATCH: string; COUNT: number }): Promise<{ cursor: unknown; keys: string[] }>;
  sendCommand?(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>;
  /** A Sentinel client has it. */
  getSentinelNode?: unknown;
  multi?(): { get(key: string): unknown; execAsPipeline(): Promise<unknown> };
}

/**
 * Drives node-redis 4.6, 5 and 6: a client, a pool, a sentinel or a cluster, connected or yet to be.
 *
 * @throws {TypeError} if this is no node-redis client.
 */
export function nodeRedisDriver(client: NodeRedisClient | NodeRedisCluster): Driver {
  if (!isNodeRedis(client))
    throw new TypeError('option "client" must be a node-redis client, pool, sentinel or cluster');
  const given = client as NodeRedisClient & Extras;
  // node-redis 6 makes a timer for every command, which the executor does at less cost. Replies must be strings,
  // whatever the caller maps them to.
  const quick = quickly(given);
  const cluster = given.nodeClient !== undefined;
  return {
    name: "node-redis",
    cluster,
    keyPrefix: given._keyPrefix ?? "",
    timeoutMs: given._commandOptions?.timeout ?? given._options?.defaults?.commandOptions?.timeout,
    // A Sentinel client tries again when it has lost the master.
    repeats: given.getSentinelNode !== undefined,
    // A client-side cache would keep each MGET under its whole list of keys.
    coalesceReads: given.clientSideCache === undefined,
    get: (key) => quick.get(key) as Promise<string | null>,
    getMany: cluster
      ? (keys) => getFromNodes(given, quick, keys)
      : (keys) => quick.mGet(keys as string[]) as Promise<(string | null)[]>,
    run: (script, keys, args) => {
      if (cluster && isVersion4(given)) return runOnVersion4Cluster(given, script, keys, args);
      const options = { keys: keys as string[], arguments: args as string[] };
      return runScript(
        script,
        (sha) => quick.evalSha(sha, options),
        (source) => quick.eval(source, options),
      );
    },
    membersWithValues:
      cluster || quick.sortRo === undefined || given._keyPrefix !== undefined
        ? undefined
        : (key, pattern) =>
            (quick.sortRo as NonNullable<Extras["sortRo"]>)(key, {
              BY: "nosort",
              LIMIT,
              GET: ["#", pattern],
            }) as Promise<(string | null)[]>,
    scan: (pattern) => scan(given, pattern),
  };
}

/** The same client without its own timers and type mapping; node-redis 4 has neither. */
function quickly(client: NodeRedisClient & Extras): NodeRedisClient & Extras {
  return client.withCommandOptions?.({ timeout: 0, typeMapping: undefined }) ?? client;
}

export function isNodeRedis(client: unknown): client is NodeRedisClient {
  const { get, mGet, evalSha } = (client ?? {}) as Partial<Record<string, unknown>>;
  return typeof get === "function" && typeof mGet === "function" && typeof evalSha === "function";
}

/** The cluster client of node-redis 4 sends EVAL and EVALSHA to any node, because it takes the script for the key. */
function runOnVersion4Cluster(
  cluster: Extras,
  script: Script,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  const send = async (command: string, code: string): Promise<unknown> =>
    await cluster.sendCommand?.(keys[0] as string, false, [command, code, String(keys.length), ...keys, ...args]);
  return runScript(
    script,
    (sha) => send("EVALSHA", sha),
    (source) => send("EVAL", source),
  );
}

/** One pipeline to each node that has some of the keys; `cluster.get`, which follows redirections, where that fails. */
async function getFromNodes(
  cluster: NodeRedisClient & Extras,
  quick: NodeRedisClient,
  keys: readonly string[],
): Promise<(string | null)[]> {
  const values = new Array<string | null>(keys.length).fill(null);
  const groups = groupByNode(keys, cluster._keyPrefix ?? "", (slot) => cluster.slots?.[slot]?.master);
  await Promise.all(
    groups.map(async ({ node, positions }) => {
      let replies: unknown[];
      try {
        const target = await cluster.nodeClient?.(node);
        const multi = target === undefined ? undefined : quickly(target).multi?.();
        if (multi === undefined) throw new Error("this node takes no pipeline");
        // The cluster puts the prefix in front; its nodes' own clients do not know of it.
        const prefix = target?._keyPrefix === undefined ? (cluster._keyPrefix ?? "") : "";
        for (const position of positions) multi.get(prefix + keys[position]);
        replies = (await multi.execAsPipeline()) as unknown[];
      } catch {
        replies = await Promise.all(positions.map((position) => quick.get(keys[position] as string)));
      }
      positions.forEach((position, i) => {
        values[position] = replies[i] as string | null;
      });
    }),
  );
  return values;
}

async function* scan(client: NodeRedisClient & Extras, pattern: string): AsyncIterable<readonly string[]> {
  for (const node of client.masters ?? [client]) {
    const found = client.masters === undefined ? client : await client.nodeClient?.(node);
    const target = found === undefined ? undefined : quickly(found);
    // node-redis 4 counts cursors in numbers, later ones in strings.
    let cursor: unknown = isVersion4(target) ? 0 : "0";
    do {
      const page = await target?.scan?.(cursor, { MATCH: pattern, COUNT: 500 });
      if (page === undefined) throw new TypeError("this client cannot scan");
      yield page.keys;
      cursor = page.cursor;
    } while (String(cursor) !== "0");
  }
}

function isVersion4(client: unknown): boolean {
  return typeof (client as { withCommandOptions?: unknown }).withCommandOptions !== "function";
}
