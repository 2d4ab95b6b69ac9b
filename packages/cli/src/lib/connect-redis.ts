import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { Connection, Node } from "./connection.js";
import { toCliError } from "./redis-errors.js";

/** How often a lost server is tried again before the command gives up: for about ten seconds. */
const RETRIES = 14;

/** What Redis calls our connections, in CLIENT LIST and SLOWLOG. */
export const CONNECTION_NAME = "redis-keyspace-cli";

const common = {
  lazyConnect: true,
  connectTimeout: 5000,
  // A server that hangs takes connections.
  commandTimeout: 5000,
  maxRetriesPerRequest: RETRIES,
  connectionName: CONNECTION_NAME,
  // It asks for INFO, which not every user may.
  enableReadyCheck: false,
} satisfies RedisOptions;

/** What an address says. */
interface Address {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
  readonly db?: number;
}

export interface RetryOptions {
  /** Whether a lost server is tried again for ever. */
  readonly forever?: boolean | undefined;
}

export async function connectServer(url: URL, retries: RetryOptions): Promise<Connection> {
  return await connectOne({ topology: "standalone", name: url.host, options: optionsOf(url) }, retries);
}

/**
 * `redis+sentinel://user:password@host:port,host:port/name/db`: the name and the password are those of the master. With
 * `rediss`, Sentinels and master are spoken to over TLS.
 */
export async function connectSentinel(text: string, retries: RetryOptions): Promise<Connection> {
  const [address, secure = "", login = "", hosts = "", name = "mymaster", db = "0"] =
    /^redis(s?)\+sentinel:\/\/([^@/?#]*@)?([^@/?#]+)(?:\/([^@/?#]+))?(?:\/(\d+))?\/?$/i.exec(text) ?? [];
  if (address === undefined) throw new TypeError("not of this form");
  const { host: _, port: __, tls, ...options } = optionsOf(new URL(`redis${secure}://${login}sentinel/${db}`));
  const sentinels = hosts.split(",").map((sentinel) => {
    const { hostname, port } = new URL(`redis://${sentinel}`);
    return { host: hostname, port: Number(port || 26_379) };
  });
  // Either alone leaves the other in the clear.
  const secured = tls === undefined ? {} : { tls, enableTLSForSentinelMode: true, sentinelTLS: tls };
  return await connectOne(
    { topology: "sentinel", name: `${name} (${hosts})`, options: { ...options, ...secured, sentinels, name } },
    retries,
  );
}

interface Server {
  readonly topology: "standalone" | "sentinel";
  readonly name: string;
  readonly options: Address | (Omit<Address, "host" | "port"> & Sentinels);
}

interface Sentinels {
  readonly sentinels: { host: string; port: number }[];
  readonly name: string;
}

async function connectOne(server: Server, retries: RetryOptions): Promise<Connection> {
  const { topology, name, options } = server;
  const again = new Retries(retries);
  const { delayMs } = again;
  const client = new Redis({ ...common, ...options, retryStrategy: delayMs, sentinelRetryStrategy: delayMs });
  await opened(client, name);
  again.isUp = true;
  const node = nodeOf(client, name);
  return {
    topology,
    name,
    client,
    nodes: () => [node],
    refresh: async () => {},
    command: node.command,
    duplicate: () => connectOne(server, retries),
    close: async () => client.disconnect(),
  };
}

/** The Cluster that this node belongs to. */
export async function connectCluster(url: URL, retries: RetryOptions): Promise<Connection> {
  const { host, port, db: _, ...options } = optionsOf(url);
  const again = new Retries(retries);
  const client = new Cluster([{ host, port }], {
    lazyConnect: true,
    clusterRetryStrategy: again.delayMs,
    redisOptions: { ...common, ...options },
  });
  await opened(client, url.host);
  again.isUp = true;
  return {
    topology: "cluster",
    name: url.host,
    client,
    nodes: () => client.nodes("master").map((node) => nodeOf(node, `${node.options.host}:${node.options.port}`)),
    refresh: () =>
      new Promise((resolve, reject) => {
        client.refreshSlotsCache((error) => (error ? reject(error) : resolve()));
      }),
    command: (name, ...args) => client.call(name, ...args),
    duplicate: () => connectCluster(url, retries),
    close: async () => client.disconnect(),
  };
}

/** How long to wait before a lost server is tried again. One that was never there is not. */
class Retries {
  readonly #most: number;
  isUp = false;

  constructor({ forever = false }: RetryOptions) {
    this.#most = forever ? Number.POSITIVE_INFINITY : RETRIES;
  }

  readonly delayMs = (times: number): number | null =>
    this.isUp && times <= this.#most ? Math.min(times * 100, 1000) : null;
}

async function opened(client: Redis | Cluster, name: string): Promise<void> {
  // What made a connection fail is told here, and the promise says only that it is closed.
  let reason: unknown;
  client.on("error", (error: unknown) => {
    reason = error;
  });
  try {
    await client.connect();
    // A server that cannot write to its disk says so to every PING, and can be looked at.
    await client.ping().catch((error: unknown) => {
      if (!/^MISCONF/.test(String((error as Error).message))) throw error;
    });
    // Otherwise it goes on with the first database.
    if (isOfSelect(reason)) throw reason;
  } catch (error) {
    client.disconnect();
    throw toCliError(reason ?? error, name);
  }
}

/** What ioredis adds to what a server answers: https://redis.github.io/ioredis */
function isOfSelect(error: unknown): boolean {
  return (error as { readonly command?: { readonly name?: unknown } } | undefined)?.command?.name === "select";
}

function nodeOf(client: Redis, name: string): Node {
  return {
    name,
    command: (command, ...args) => client.call(command, ...args),
    async pipeline(commands) {
      const pipeline = client.pipeline();
      for (const [command, ...args] of commands) pipeline.call(command, ...args);
      return ((await pipeline.exec()) ?? []).map(([error, answer]) => error ?? answer);
    },
  };
}

/**
 * Whether a server belongs to a Cluster of several masters. One that has all slots is used as a server of its own: it may not
 * even know its address. One that does not let us ask is taken for none.
 */
export async function isCluster({ command }: Connection): Promise<boolean> {
  const info = await command("INFO", "cluster").catch(() => "");
  if (!/^cluster_enabled:1/m.test(String(info))) return false;
  const slots = (await command("CLUSTER", "SLOTS").catch(() => null)) as readonly SlotRange[] | null;
  return slots === null || new Set(slots.map(([, , [host, port]]) => `${host}:${port}`)).size > 1;
}

/** https://redis.io/docs/latest/commands/cluster-slots/ */
type SlotRange = readonly [first: number, last: number, master: readonly [host: string | null, port: number]];

function optionsOf({ protocol, hostname, port, username, password, pathname, search }: URL): Address {
  const db = Number(pathname.slice(1) || new URLSearchParams(search).get("db") || 0);
  if (!Number.isInteger(db)) throw new TypeError("a database has a number");
  return {
    host: hostname.replace(/^\[|\]$/g, "") || "127.0.0.1",
    port: Number(port || 6379),
    ...(username !== "" && { username: decodeURIComponent(username) }),
    ...(password !== "" && { password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" && { tls: {} }),
    ...(db !== 0 && { db }),
  };
}
