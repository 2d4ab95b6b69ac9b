import type { IncomingMessage } from "node:http";
import type { RedisCommand } from "./commands.js";
import type { RequestEvent } from "./options.js";

/** Refused before Redis was asked. */
export class RequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a request asks for. A stream's arguments are its one command. */
export interface Call {
  endpoint: NonNullable<RequestEvent["endpoint"]>;
  commands: RedisCommand[];
}

export interface Target {
  /** As it came, percent-encoded. */
  path: string;
  /** The query without `_token`, as more arguments. */
  query: string[];
  /** From the header, else from `_token`. */
  token: string;
}

/** Refuses nothing: the token comes first. */
export function readTarget(request: IncomingMessage): Target {
  const [path = "", ...rest] = (request.url ?? "/").split("?");
  const parameters = new URLSearchParams(rest.join("?"));
  const header = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1];
  const token = header ?? parameters.get("_token") ?? "";
  parameters.delete("_token");
  const query = [...parameters].flatMap(([name, value]) => (value === "" ? [name] : [name, value]));
  return { path, query, token };
}

/** The parts of a path: none for `/`. An address that ends with a slash puts a second one before them. */
function decode(path: string): string[] {
  const parts = path.replace(/^\/+/, "");
  try {
    return parts === "" ? [] : parts.split("/").map(decodeURIComponent);
  } catch {
    throw new RequestError(400, "ERR the path is not percent-encoded UTF-8");
  }
}

/** @throws RequestError 413 as soon as the body is too large, without keeping it */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = (): RequestError => new RequestError(413, `ERR max request size exceeded. Limit: ${maxBytes} bytes`);
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
  const endedEarly = (): RequestError => new RequestError(400, "ERR the request ended early");
  if (request.destroyed) throw endedEarly();
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        chunks.length = 0;
        reject(tooLarge());
      } else chunks.push(chunk);
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("close", () => reject(endedEarly()));
  });
}

const streams = ["subscribe", "psubscribe", "monitor"] as const;

/** @throws RequestError */
export function readCall(target: Target, body: Buffer): Call {
  const path = decode(target.path);
  const [first = "", ...others] = path;
  const endpoint = first.toLowerCase();
  const isAlone = path.length === 1 || (path.length === 2 && others[0] === "");
  if (path.length === 0) return { endpoint: "command", commands: [toCommand(parse(body))] };
  if (isAlone && (endpoint === "pipeline" || endpoint === "multi-exec")) {
    const commands = parse(body).map(toCommand);
    if (commands.length === 0) throw new RequestError(400, "ERR empty pipeline request");
    return { endpoint, commands };
  }
  const stream = streams.find((name) => name === endpoint);
  if (stream !== undefined) {
    const wrong = stream === "monitor" ? !isAlone : others.join("") === "";
    if (wrong) throw new RequestError(400, `ERR wrong number of arguments for '${stream}' command`);
    return { endpoint: stream, commands: [{ name: stream.toUpperCase(), args: stream === "monitor" ? [] : others }] };
  }
  const value = body.length === 0 ? [] : [body];
  return { endpoint: "command", commands: [toCommand([...path, ...value, ...target.query])] };
}

function parse(body: Buffer): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    throw new RequestError(400, "ERR failed to parse the request body as JSON");
  }
  if (!Array.isArray(parsed)) throw new RequestError(400, "ERR the request body must be a JSON array");
  return parsed;
}

function toCommand(words: unknown): RedisCommand {
  if (!Array.isArray(words)) throw new RequestError(400, "ERR each command must be a JSON array");
  const [name, ...args] = words.map(toWord);
  if (name === undefined || name.length === 0) throw new RequestError(400, "ERR empty command");
  return { name: String(name).toUpperCase(), args };
}

function toWord(value: unknown): string | Buffer {
  if (typeof value === "string" || Buffer.isBuffer(value)) return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new RequestError(400, "ERR a command's words must be strings, numbers or booleans");
}
