import { CliError } from "./cli-error.js";
import { connectCluster, connectSentinel, connectServer, isCluster, type RetryOptions } from "./connect-redis.js";
import type { Connection } from "./connection.js";
import { exitCodes } from "./exit-codes.js";

export interface ConnectOptions extends RetryOptions {
  readonly url: string;
  /** Of Upstash's REST API. */
  readonly token?: string | undefined;
}

/**
 * Connects to what an address names:
 *
 *     redis://user:password@host:port/db, rediss://…    a server, or any node of a Cluster
 *     redis+sentinel://user:password@host:port,host:port/mymaster/db, rediss+sentinel://…    the master that Sentinels name
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

async function connectTo({ url, token, forever }: ConnectOptions): Promise<Connection> {
  const retries = { forever };
  if (/^rediss?\+sentinel:\/\//i.test(url)) return await connectSentinel(url, retries);
  const server = address(url);
  if (/^https?:$/.test(server.protocol)) {
    // Whatever fails on the way would quote it.
    if (server.username !== "" || server.password !== "")
      throw unusable("Upstash takes a token, and no password in it");
    const { connectUpstash } = await import("./connect-upstash.js");
    return await connectUpstash(server, token);
  }
  if (!/^rediss?:$/.test(server.protocol))
    throw unusable("it must begin with redis://, rediss://, redis+sentinel:// or https://");
  const connection = await connectServer(server, retries);
  if (!(await isCluster(connection))) return connection;
  await connection.close();
  return await connectCluster(server, retries);
}

function address(url: string): URL {
  if (!URL.canParse(url)) throw unusable("it is no URL");
  // What precedes it would be taken for a host, which is shown.
  if (/^[^/]*\/\/[^/?#]*[/?#].*@/.test(url)) throw unusable("in a password, / is %2F, ? is %3F, and # is %23");
  return new URL(url);
}

/** Without the address itself, which can hold a password. */
function unusable(why: string): CliError {
  return new CliError(`the address of Redis cannot be used: ${why}`, exitCodes.usage, {
    advice: "For example: redis://127.0.0.1:6379, or in the variable REDIS_URL",
  });
}
