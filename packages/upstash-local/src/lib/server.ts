import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { noPermission } from "./commands.js";
import { RedisConnection, RedisUnavailableError } from "./connection.js";
import { type RequestEvent, readOptions, type UpstashLocalOptions } from "./options.js";
import { errorBody, type Reply, toEnvelope, toResp2 } from "./reply.js";
import { RequestError, readBody, readCall, readTarget } from "./request.js";
import { openStream } from "./streams.js";
import { accessChecker } from "./tokens.js";

/** A running server. */
export interface UpstashLocal {
  /** What `@upstash/redis` takes as `url`, e.g. `http://127.0.0.1:8079`. */
  readonly url: string;
  /** What it takes as `token`: the one given, or the random one. */
  readonly token: string;
  /** The port it listens on. */
  readonly port: number;
  /** HTTP requests answered so far, refused ones included. */
  readonly requests: number;
  /** Commands sent to Redis so far: what Upstash would bill. */
  readonly commands: number;
  /** Stops listening, ends the event streams, waits for the running requests and disconnects. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Serves the Upstash Redis REST API over your own Redis.
 *
 * @returns once Redis answers and the port is open
 * @throws TypeError for an option out of its bounds; Error when Redis does not answer or the port is taken
 * @see https://upstash.com/docs/redis/features/restapi
 */
export async function startUpstashLocal(options: UpstashLocalOptions = {}): Promise<UpstashLocal> {
  const settings = readOptions(options);
  const { host, token, readOnlyToken, latencyMs, requestTimeoutMs } = settings;
  const accessOf = accessChecker(token, readOnlyToken);
  const redis = new RedisConnection(settings);
  const running = new Set<ServerResponse>();
  const streams = new Set<ServerResponse>();
  const count = { requests: 0, commands: 0 };
  let closing: Promise<void> | undefined;

  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(requestTimeoutMs, 1_000),
    },
    (request, response) => void answer(request, response),
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const start = performance.now();
    const seen: Pick<RequestEvent, "endpoint" | "commands"> = { endpoint: null, commands: [] };
    running.add(response);
    response.once("close", () => {
      running.delete(response);
      if (closing !== undefined) hangUp();
      const { method = "" } = request;
      const event = { ...seen, method, status: response.statusCode, durationMs: performance.now() - start };
      try {
        settings.onRequest?.(event);
      } catch {}
    });
    count.requests++;
    try {
      if (latencyMs > 0) await delay(latencyMs);
      await serve(request, response, seen);
    } catch (error) {
      const known = error instanceof RequestError || error instanceof RedisUnavailableError;
      // What is not known may name a value.
      respond(response, known ? error.status : 500, errorBody(known ? error.message : "ERR internal error"));
      request.resume();
    }
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    seen: Pick<RequestEvent, "endpoint" | "commands">,
  ): Promise<void> {
    const target = readTarget(request);
    const access = accessOf(target.token);
    if (access === "none") throw new RequestError(401, "Unauthorized");
    if (!["HEAD", "GET", "POST", "PUT"].includes(request.method ?? "")) {
      response.setHeader("allow", "HEAD, GET, POST, PUT");
      throw new RequestError(405, "ERR method not allowed");
    }
    const format = readFormat(request);
    const call = readCall(target, await readBody(request, settings.maxRequestBytes));
    const { endpoint, commands } = call;
    seen.endpoint = endpoint;

    if (endpoint === "subscribe" || endpoint === "psubscribe" || endpoint === "monitor") {
      if (access === "read") throw new RequestError(400, noPermission(endpoint).message);
      await openStream(redis.client, call, response);
      streams.add(response);
      response.once("close", () => streams.delete(response));
      if (closing !== undefined) response.end();
      count.commands++;
      seen.commands = [endpoint.toUpperCase()];
      return;
    }

    const refusals = await Promise.all(commands.map((command) => redis.refusal(command, access === "read")));
    const first = refusals.find((refusal) => refusal !== undefined);
    if (endpoint === "multi-exec" && first) throw new RequestError(400, first.message);
    count.commands += refusals.filter((refusal) => refusal === undefined).length;

    let replies: Reply[];
    if (endpoint === "multi-exec") {
      const outcome = await redis.transaction(commands);
      if (outcome instanceof Error) throw new RequestError(400, outcome.message);
      replies = outcome;
    } else {
      replies = await Promise.all(commands.map((command, index) => refusals[index] ?? redis.send(command)));
    }
    seen.commands = commands
      .map(({ name }, index) => (isUnknown(replies[index]) ? "?" : name))
      .filter((_, index) => refusals[index] === undefined);
    const status = endpoint === "command" && replies[0] instanceof Error ? 400 : 200;
    if (format === "resp2" && endpoint !== "multi-exec") {
      return respond(response, status, Buffer.concat(replies.map(toResp2)), "application/octet-stream");
    }
    const envelopes = replies.map((reply) => toEnvelope(reply, format === "base64"));
    respond(response, status, endpoint === "command" ? envelopes.join() : `[${envelopes.join()}]`);
  }

  function respond(
    response: ServerResponse,
    status: number,
    body: string | Buffer,
    type = "application/json; charset=utf-8",
  ): void {
    if (response.headersSent) return void response.end();
    // One Redis has no replica that could be behind, so the token only has to exist.
    const syncToken = Buffer.from(`local:${count.commands}`).toString("base64");
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "upstash-sync-token": syncToken,
      // A body that was not read would be taken for the next request.
      ...(closing !== undefined || status === 413 ? { connection: "close" } : {}),
    });
    response.end(body);
  }

  /** Callers keep connections open for requests that may never come. */
  function hangUp(): void {
    if (running.size === 0) server.closeAllConnections();
  }

  async function close(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const stream of streams) stream.end();
    hangUp();
    const late = setTimeout(() => server.closeAllConnections(), settings.commandTimeoutMs);
    await closed;
    clearTimeout(late);
    redis.close();
  }

  await redis.open();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(settings.port, host, resolve);
    });
  } catch (error) {
    redis.close();
    throw error;
  }
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : settings.port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    token,
    port,
    get requests() {
      return count.requests;
    },
    get commands() {
      return count.commands;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function isUnknown(reply: Reply | undefined): boolean {
  return reply instanceof Error && reply.message.startsWith("ERR unknown command");
}

/** @throws RequestError */
function readFormat({ headers }: IncomingMessage): "text" | "base64" | "resp2" {
  const format = String(headers["upstash-response-format"] ?? "json").toLowerCase();
  const base64 = String(headers["upstash-encoding"] ?? "").toLowerCase() === "base64";
  if (format === "json") return base64 ? "base64" : "text";
  if (format !== "resp2") throw new RequestError(400, "ERR Upstash-Response-Format must be json or resp2");
  if (base64) throw new RequestError(400, "ERR Upstash-Encoding base64 does not go with Upstash-Response-Format resp2");
  return "resp2";
}
