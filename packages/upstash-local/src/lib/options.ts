import { randomBytes } from "node:crypto";
import { BlockList, isIP } from "node:net";

/** What `startUpstashLocal` takes. Everything has a default. */
export interface UpstashLocalOptions {
  /** The Redis to serve: `redis:` or `rediss:`. Default `redis://127.0.0.1:6379`. */
  redis?: string | undefined;
  /** The address to listen on. Default `127.0.0.1`. Any address that is not loopback needs a `token`. */
  host?: string | undefined;
  /** The port to listen on, 0 to 65535; 0 takes a free one. Default 8079. */
  port?: number | undefined;
  /** The token that may do everything: printable ASCII without spaces. Default: a random one, on a loopback address only. */
  token?: string | undefined;
  /** A second token that may only read. Default: none. */
  readOnlyToken?: string | undefined;
  /** The largest request body, in bytes, 1 to 536,870,912. Default 1,048,576, as in Upstash's free plan. */
  maxRequestBytes?: number | undefined;
  /** How long a request may take to arrive, in milliseconds, 1 to 600,000. Default 30,000. */
  requestTimeoutMs?: number | undefined;
  /** How long Redis may take to answer, in milliseconds, 1 to 600,000. Default 10,000. */
  commandTimeoutMs?: number | undefined;
  /** Delay added to each request, in milliseconds, 0 to 60,000: the network of production. Default 0. */
  latencyMs?: number | undefined;
  /** Called after each request. It sees no key, value or token; what it throws is ignored. */
  onRequest?: ((event: RequestEvent) => void) | undefined;
}

/** One request, for `onRequest`. */
export interface RequestEvent {
  /** The HTTP method. */
  method: string;
  /** What was asked for; null when the request was refused before that was known. */
  endpoint: "command" | "pipeline" | "multi-exec" | "subscribe" | "psubscribe" | "monitor" | null;
  /** Names of the commands that Redis answered, in capitals; `?` for one it does not know, which may be a key or a token. */
  commands: readonly string[];
  /** The HTTP status. */
  status: number;
  /** From the request's arrival to the end of its response, in milliseconds. */
  durationMs: number;
}

/** @internal */
export type Settings = {
  [Name in Exclude<keyof UpstashLocalOptions, Absent>]-?: NonNullable<UpstashLocalOptions[Name]>;
} & Pick<UpstashLocalOptions, Absent>;

type Absent = "readOnlyToken" | "onRequest";

const fiveHundredTwelveMiB = 536_870_912;
const tenMinutes = 600_000;

/**
 * @internal
 * @throws TypeError that names the option, never its value when that may be a secret
 */
export function readOptions(options: UpstashLocalOptions): Settings {
  const host = options.host ?? "127.0.0.1";
  if (typeof host !== "string" || host === "") throw new TypeError('option "host" must be an address or a name');
  if (options.token === undefined && !isLoopback(host)) {
    throw new TypeError('option "token" must be given when "host" is not a loopback address');
  }
  const token = tokenOption("token", options.token ?? randomBytes(32).toString("base64url"));
  const readOnlyToken =
    options.readOnlyToken === undefined ? undefined : tokenOption("readOnlyToken", options.readOnlyToken);
  if (readOnlyToken === token) throw new TypeError('option "readOnlyToken" must differ from "token"');
  if (options.onRequest !== undefined && typeof options.onRequest !== "function") {
    throw new TypeError('option "onRequest" must be a function');
  }
  return {
    redis: redisUrl(options.redis ?? "redis://127.0.0.1:6379"),
    host,
    port: integer("port", options.port ?? 8079, 0, 65_535),
    token,
    readOnlyToken,
    maxRequestBytes: integer("maxRequestBytes", options.maxRequestBytes ?? 1_048_576, 1, fiveHundredTwelveMiB),
    requestTimeoutMs: integer("requestTimeoutMs", options.requestTimeoutMs ?? 30_000, 1, tenMinutes),
    commandTimeoutMs: integer("commandTimeoutMs", options.commandTimeoutMs ?? 10_000, 1, tenMinutes),
    latencyMs: integer("latencyMs", options.latencyMs ?? 0, 0, 60_000),
    onRequest: options.onRequest,
  };
}

function integer(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`option "${name}" must be an integer from ${min} to ${max}`);
  }
  return value;
}

function tokenOption(name: string, value: string): string {
  if (typeof value !== "string" || !/^[!-~]+$/.test(value)) {
    throw new TypeError(`option "${name}" must be printable ASCII without spaces`);
  }
  return value;
}

function redisUrl(value: string): string {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.hostname === undefined || url.hostname === "" || !/^rediss?:$/.test(url.protocol)) {
    throw new TypeError('option "redis" must be a URL that starts with redis:// or rediss://');
  }
  if (!/^\/?\d*$/.test(url.pathname)) throw new TypeError('option "redis" must name the database by its number');
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    throw new TypeError('option "redis" must have its user and password percent-encoded');
  }
  return value;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === "localhost";
  return loopback.check(host, version === 6 ? "ipv6" : "ipv4");
}
