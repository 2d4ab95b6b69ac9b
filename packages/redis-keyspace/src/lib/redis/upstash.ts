import { type Driver, runScript } from "./driver.js";
import { alone, malformed, pipelined, type Requester, type Send } from "./upstash-requests.js";

/** The part of an `@upstash/redis` client (1.20 to 1.39; Node, Cloudflare or Fastly) by which it is known. */
export interface UpstashClient {
  mget(...keys: string[]): Promise<unknown>;
  evalsha(sha: string, keys: string[], args: string[]): Promise<unknown>;
  createScript(script: string): unknown;
}

interface Extras {
  readonly client?: Requester;
  readonly enableAutoPipelining?: boolean;
}

/**
 * Drives `@upstash/redis` 1.20 to 1.39, whatever its options: one HTTP request and one command for each call. With the
 * client's auto-pipelining, scripts of one turn share a request.
 *
 * @throws {TypeError} if this is no `@upstash/redis` client.
 */
export function upstashDriver(client: UpstashClient): Driver {
  const { client: requester, enableAutoPipelining } = isUpstash(client) ? (client as Extras) : {};
  if (typeof requester?.request !== "function") {
    throw new TypeError('option "client" must be an @upstash/redis client, from 1.20 to 1.39');
  }
  const read = alone(requester);
  const write = enableAutoPipelining === true ? pipelined(requester) : read;
  return {
    name: "upstash",
    cluster: false,
    keyPrefix: "",
    timeoutMs: undefined,
    // The client's option `retry: false` still makes one repetition.
    repeats: requester.retry?.attempts !== 0,
    batches: { from: 2, maxBytes: 100_000 },
    coalesceReads: true,
    async get(key) {
      const [value] = texts([await read(["get", key])], 1);
      return value as string | null;
    },
    getMany: async (keys) => texts(await read(["mget", ...keys]), keys.length),
    run: (script, keys, args, signal) =>
      runScript(
        script,
        (sha) => write(["evalsha", sha, String(keys.length), ...keys, ...args], signal),
        (source) => write(["eval", source, String(keys.length), ...keys, ...args], signal),
        signal,
      ),
    scan: (pattern) => scan(read, pattern),
  };
}

export function isUpstash(client: unknown): client is UpstashClient {
  const { mget, evalsha, createScript } = (client ?? {}) as Partial<Record<string, unknown>>;
  return [mget, evalsha, createScript].every((method) => typeof method === "function");
}

function texts(values: unknown, count: number): (string | null)[] {
  if (!Array.isArray(values) || values.length !== count) throw malformed();
  if (!values.every((value) => value === null || typeof value === "string")) throw malformed();
  return values;
}

async function* scan(read: Send, pattern: string): AsyncIterable<readonly string[]> {
  let cursor = "0";
  do {
    const page = await read(["scan", cursor, "match", pattern, "count", "500"]);
    if (!Array.isArray(page) || !Array.isArray(page[1])) throw malformed();
    yield page[1] as string[];
    cursor = String(page[0]);
  } while (cursor !== "0");
}
