import { type Driver, MEMBERS_AT_ONCE, runScript, type Signal } from "./driver.js";
import { hidden, watcher } from "./tracers.js";

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

/** Of node-redis from 5.12, of Sentry for earlier ones, and of Datadog. */
const isWatched = watcher(
  ["node-redis:command", "orchestrion:@redis/client:command", "orchestrion:@redis/client:executor"],
  ["node-redis:command:reply", "apm:redis:command:start"],
);

interface CommandOptions {
  timeout: number;
  typeMapping: undefined;
  abortSignal?: Signal;
}

type ClusterNode = unknown;

interface Extras {
  /** What the caller set: on a client, pool and sentinel, and on a cluster for itself or for its nodes. */
  readonly _commandOptions?: { readonly timeout?: number };
  readonly _options?: { readonly defaults?: { readonly commandOptions?: { readonly timeout?: number } } };
  readonly clientSideCache?: unknown;
  /** The prefix that was configured: the one property that client, pool, sentinel and cluster all have for it. */
  readonly _keyPrefix?: string;
  readonly masters?: readonly ClusterNode[];
  nodeClient?(node: ClusterNode): Promise<NodeRedisClient & Extras> | (NodeRedisClient & Extras);
  withCommandOptions?(options: CommandOptions): NodeRedisClient & Extras;
  sortRo?(key: string, options: { BY: string; LIMIT: typeof LIMIT; GET: string[] }): Promise<unknown>;
  scan?(cursor: unknown, options: { MATCH: string; COUNT: number }): Promise<{ cursor: unknown; keys: string[] }>;
  /** A cluster is told the first key and whether the command only reads, a sentinel the latter. */
  sendCommand?(...given: readonly unknown[]): Promise<unknown>;
  /** A Sentinel client has it. */
  readonly getSentinelNode?: unknown;
  readonly _executeWithPolicies?: unknown;
  readonly isOpen?: boolean;
  /** A client and a sentinel have it. */
  readonly isReady?: boolean;
  readonly options?: { readonly legacyMode?: boolean };
  readonly execAsPipeline?: unknown;
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
  refuseLegacy(given);
  const cluster = given.nodeClient !== undefined;
  // Replies must be strings, whatever the caller maps them to. node-redis 6 makes a timer for every command, which the
  // executor does at less cost; node-redis 4 has neither.
  const quick = given.withCommandOptions?.(plain) ?? given;
  const shown = (texts: readonly string[]): readonly string[] =>
    given._keyPrefix === undefined && isWatched() ? hidden(texts) : texts;
  const getMany = (keys: readonly string[]): Promise<(string | null)[]> =>
    quick.mGet(shown(keys) as string[]) as Promise<(string | null)[]>;
  // Most print the key of GET, also one with the client's prefix, and nobody those of MGET.
  const get = (key: string): Promise<string | null> =>
    isWatched() ? getMany([key]).then(([value]) => value ?? null) : (quick.get(key) as Promise<string | null>);
  const send = sender(given, cluster);
  return {
    name: "node-redis",
    cluster,
    keyPrefix: given._keyPrefix ?? "",
    timeoutMs: given._commandOptions?.timeout ?? given._options?.defaults?.commandOptions?.timeout,
    // A Sentinel client tries again when it has lost the master.
    repeats: given.getSentinelNode !== undefined,
    // A client-side cache would keep each MGET under its whole list of keys.
    // Redis reads 16 KB at a time: larger pieces would wait for one another.
    batches: { from: 2, maxBytes: 12_000 },
    coalesceReads: given.clientSideCache === undefined,
    get,
    getMany: cluster ? (keys) => getEach(get, keys) : getMany,
    run: (script, keys, args, signal) => {
      const evaluate = send === undefined ? byMethods(quick, keys, args) : bySending(send, given, keys, args, signal);
      return runScript(script, evaluate.byHash, evaluate.bySource, signal);
    },
    membersWithValues:
      cluster || quick.sortRo === undefined || given._keyPrefix !== undefined
        ? undefined
        : (key, pattern) => {
            const [index, values] = shown([key, pattern]) as [string, string];
            const options = { BY: "nosort", LIMIT, GET: ["#", values] };
            return (quick.sortRo as NonNullable<Extras["sortRo"]>)(index, options) as Promise<(string | null)[]>;
          },
    // Behind the greeting of a new connection it writes all that it keeps, to a server that may not answer.
    isReady: () => given.isReady !== false,
    ping: send === undefined ? undefined : () => send(undefined, ["PING"], undefined),
    scan: (pattern) => scan(given, pattern),
  };
}

const plain: CommandOptions = { timeout: 0, typeMapping: undefined };

type SendCommand = (key: string | undefined, command: string[], signal: Signal | undefined) => Promise<unknown>;

/**
 * Sends any command. node-redis keeps what it cannot write yet, and to take a command out by a signal breaks the queue of
 * its versions from 4.6 to 6.0. So a command that nobody waits for any more becomes a PING where it stands.
 */
function sender(client: Extras, cluster: boolean): SendCommand | undefined {
  if (client.sendCommand === undefined) return undefined;
  const sentinel = client.getSentinelNode !== undefined;
  // A later cluster client copies the command, and takes it out by a signal as it should.
  const copies = cluster && client._executeWithPolicies !== undefined;
  return (key, command, signal) => {
    const routing = cluster ? [key, false] : sentinel ? [false] : [];
    const options = copies && signal !== undefined ? { ...plain, abortSignal: signal } : plain;
    if (!copies) signal?.addEventListener("abort", () => command.splice(0, command.length, "PING"));
    return (client.sendCommand as NonNullable<Extras["sendCommand"]>)(...routing, command, options);
  };
}

interface Evaluate {
  byHash(sha: string): Promise<unknown>;
  bySource(source: string): Promise<unknown>;
}

function bySending(
  send: SendCommand,
  { _keyPrefix: prefix }: Extras,
  given: readonly string[],
  args: readonly string[],
  signal: Signal | undefined,
): Evaluate {
  const keys = prefix === undefined ? given : given.map((key) => prefix + key);
  const all = [...keys, ...args];
  const evaluate = (command: string, code: string): Promise<unknown> =>
    send(keys[0], [command, code, String(keys.length), ...(isWatched() ? hidden(all) : all)], signal);
  return { byHash: (sha) => evaluate("EVALSHA", sha), bySource: (source) => evaluate("EVAL", source) };
}

/**
 * A cluster client follows redirections, and writes at once what belongs to one node. That of node-redis 4 mixes up those
 * that it follows at the same time, so what it gave up is read again by itself.
 */
async function getEach(
  get: (key: string) => Promise<string | null>,
  keys: readonly string[],
): Promise<(string | null | Error)[]> {
  const read = (key: string): Promise<string | null | Error> => get(key).catch((error: Error) => error);
  const values = await Promise.all(keys.map(read));
  for (const [i, value] of values.entries()) {
    if (value instanceof Error && /^(ASK|MOVED|TRYAGAIN) /.test(value.message))
      values[i] = await read(keys[i] as string);
  }
  return values;
}

/** For what has nothing but the methods. */
function byMethods(client: NodeRedisClient, keys: readonly string[], args: readonly string[]): Evaluate {
  const options = { keys: keys as string[], arguments: args as string[] };
  return { byHash: (sha) => client.evalSha(sha, options), bySource: (source) => client.eval(source, options) };
}

export function isNodeRedis(client: unknown): client is NodeRedisClient {
  const { get, mGet, evalSha } = (client ?? {}) as Partial<Record<string, unknown>>;
  return typeof get === "function" && typeof mGet === "function" && typeof evalSha === "function";
}

/** @throws {TypeError} for what has a client's methods and answers otherwise. */
function refuseLegacy(client: Extras): void {
  // What `legacy()` of node-redis 5 and 6 makes has its commands as members of its own.
  const legacy =
    isVersion4(client) &&
    client.isOpen === undefined &&
    client.sendCommand !== undefined &&
    Object.hasOwn(client, "get");
  if (client.options?.legacyMode === true || legacy) {
    throw new TypeError('option "client" must be no legacy client of node-redis: that one answers with callbacks');
  }
  if (client.execAsPipeline !== undefined) {
    throw new TypeError('option "client" must be a node-redis client and not its multi()');
  }
}

async function* scan(client: NodeRedisClient & Extras, pattern: string): AsyncIterable<readonly string[]> {
  for (const node of client.masters ?? [client]) {
    const found = client.masters === undefined ? client : await client.nodeClient?.(node);
    const target = found?.withCommandOptions?.(plain) ?? found;
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
