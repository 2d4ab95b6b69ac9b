import { CliError } from "./cli-error.js";
import { connectCluster, connectSentinel, connectServer, isCluster } from "./connect-redis.js";
import type { Connection } from "./connection.js";
import { exitCodes } from "./exit-codes.js";

export interface ConnectOptions {
  readonly url: string;
  /** Of Upstash's REST API. */
  readonly token?: string | undefined;
}

/**
 * Connects to what an address names:
 *
 *     redis://user:password@host:port/db, rediss://…    a server, or any node of a Cluster
 *     redis+sentinel://password@host:port,host:port/mymaster    the master that Sentinels name
 *     https://….upstash.io    Upstash, with a token
 *
 * @throws {CliError} in a line for people.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  try {
    return await connectTo(options);
  } catch (error) {
    // `new URL` and `decodeURIComponent`.
    if (error instanceof TypeError || error instanceof URIError) throw unusable("a part of it is malformed");
    throw error;
  }
}

async function connectTo({ url, token }: ConnectOptions): Promise<Connection> {
  if (/^https?:\/\//i.test(url)) {
    const { connectUpstash } = await import("./connect-upstash.js");
    return await connectUpstash(address(url), token);
  }
  if (/^rediss?\+sentinel:\/\//i.test(url)) return await connectSentinel(url);
  const server = address(url);
  if (!/^rediss?:$/.test(server.protocol))
    throw unusable("it must begin with redis://, rediss://, redis+sentinel:// or https://");
  const connection = await connectServer(server);
  if (!(await isCluster(connection))) return connection;
  await connection.close();
  return await connectCluster(server);
}

function address(url: string): URL {
  if (!URL.canParse(url)) throw unusable("it is no URL");
  return new URL(url);
}

/** Without the address itself, which can hold a password. */
function unusable(why: string): CliError {
  return new CliError(`the address of Redis cannot be used: ${why}`, exitCodes.usage, {
    advice: "For example: redis://127.0.0.1:6379, or in the variable REDIS_URL",
  });
}
