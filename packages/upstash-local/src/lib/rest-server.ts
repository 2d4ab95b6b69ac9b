import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { noPermission } from "./commands.js";
import { RedisConnection, RedisUnavailableError } from "./connection.js";
import type { RequestEvent, Settings } from "./options.js";
import { errorBody, type Reply, toEnvelope, toResp2 } from "./reply.js";
import { type Call, RequestError, readBody, readCall, readTarget } from "./request.js";
import { openStream } from "./streams.js";
import { accessChecker } from "./tokens.js";

/** What `onRequest` is told besides the outcome. */
type Seen = Pick<RequestEvent, "endpoint" | "commands">;

/** Answers requests by what Redis answers. */
export class RestServer {
  requests = 0;
  commands = 0;
  readonly #settings: Settings;
  readonly #accessOf: ReturnType<typeof accessChecker>;
  readonly #redis: RedisConnection;
  readonly #server: Server;
  readonly #running = new Set<ServerResponse>();
  #answers = 0;
  readonly #streams = new Set<ServerResponse>();
  #closing: Promise<void> | undefined;

  constructor(settings: Settings) {
    const { token, readOnlyToken, requestTimeoutMs } = settings;
    this.#settings = settings;
    this.#accessOf = accessChecker(token, readOnlyToken);
    this.#redis = new RedisConnection(settings);
    this.#server = createServer(
      {
        requestTimeout: requestTimeoutMs,
        headersTimeout: requestTimeoutMs,
        connectionsCheckingInterval: Math.min(requestTimeoutMs, 1_000),
      },
      (request, response) => void this.#answer(request, response),
    );
  }

  /** The port that it listens on. */
  async open(): Promise<number> {
    const { host, port } = this.#settings;
    await this.#redis.open();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once("error", reject);
        this.#server.listen(port, host, resolve);
      });
    } catch (error) {
      this.#redis.close();
      throw error;
    }
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const stream of this.#streams) stream.end();
    this.#hangUp();
    const late = setTimeout(() => this.#server.closeAllConnections(), this.#settings.commandTimeoutMs);
    await closed;
    clearTimeout(late);
    this.#redis.close();
  }

  /** Callers keep connections open for requests that may never come. */
  #hangUp(): void {
    if (this.#running.size === 0) this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const start = performance.now();
    const seen: Seen = { endpoint: null, commands: [] };
    this.#running.add(response);
    response.once("close", () => {
      this.#running.delete(response);
      if (this.#closing !== undefined) this.#hangUp();
      const { method = "" } = request;
      const event = { ...seen, method, status: response.statusCode, durationMs: performance.now() - start };
      try {
        this.#settings.onRequest?.(event);
      } catch {}
    });
    this.requests++;
    try {
      if (this.#settings.latencyMs > 0) await delay(this.#settings.latencyMs);
      await this.#serve(request, response, seen);
    } catch (error) {
      const known = error instanceof RequestError || error instanceof RedisUnavailableError;
      // What is not known may name a value.
      this.#respond(response, known ? error.status : 500, errorBody(known ? error.message : "ERR internal error"));
      request.resume();
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse, seen: Seen): Promise<void> {
    const target = readTarget(request);
    const access = this.#accessOf(target.token);
    if (access === "none") throw new RequestError(401, "Unauthorized");
    if (!["HEAD", "GET", "POST", "PUT"].includes(request.method ?? "")) {
      response.setHeader("allow", "HEAD, GET, POST, PUT");
      throw new RequestError(405, "ERR method not allowed");
    }
    const format = readFormat(request);
    const call = readCall(target, await readBody(request, this.#settings.maxRequestBytes));
    const { endpoint } = call;
    seen.endpoint = endpoint;
    if (endpoint === "subscribe" || endpoint === "psubscribe" || endpoint === "monitor") {
      if (access === "read") throw new RequestError(400, noPermission(endpoint).message);
      return await this.#stream(call, response, seen);
    }
    const replies = await this.#run(call, access === "read", seen);
    const status = endpoint === "command" && replies[0] instanceof Error ? 400 : 200;
    if (format === "resp2" && endpoint !== "multi-exec") {
      return this.#respond(response, status, Buffer.concat(replies.map(toResp2)), "application/octet-stream");
    }
    const envelopes = replies.map((reply) => toEnvelope(reply, format === "base64"));
    this.#respond(response, status, endpoint === "command" ? envelopes.join() : `[${envelopes.join()}]`);
  }

  async #stream(call: Call, response: ServerResponse, seen: Seen): Promise<void> {
    await openStream(this.#redis.client, call, response);
    this.#streams.add(response);
    response.once("close", () => this.#streams.delete(response));
    if (this.#closing !== undefined) response.end();
    this.commands++;
    seen.commands = [call.endpoint.toUpperCase()];
  }

  /** Sends the commands that this token may send. */
  async #run({ endpoint, commands }: Call, readOnly: boolean, seen: Seen): Promise<Reply[]> {
    const refusals = await Promise.all(commands.map((command) => this.#redis.refusal(command, readOnly)));
    const first = refusals.find((refusal) => refusal !== undefined);
    if (endpoint === "multi-exec" && first) throw new RequestError(400, first.message);
    this.commands += refusals.filter((refusal) => refusal === undefined).length;

    let replies: Reply[];
    if (endpoint === "multi-exec") {
      const outcome = await this.#redis.transaction(commands);
      if (outcome instanceof Error) throw new RequestError(400, outcome.message);
      replies = outcome;
    } else {
      replies = await Promise.all(commands.map((command, index) => refusals[index] ?? this.#redis.send(command)));
    }
    seen.commands = commands
      .map(({ name }, index) => (isUnknown(replies[index]) ? "?" : name))
      .filter((_, index) => refusals[index] === undefined);
    return replies;
  }

  #respond(
    response: ServerResponse,
    status: number,
    body: string | Buffer,
    type = "application/json; charset=utf-8",
  ): void {
    if (response.headersSent) return void response.end();
    // One Redis has no replica that could be behind, so a token only has to be another one than those before it.
    const syncToken = Buffer.from(`local:${++this.#answers}`).toString("base64");
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "upstash-sync-token": syncToken,
      // A body that was not read would be taken for the next request.
      ...(this.#closing !== undefined || status === 413 ? { connection: "close" } : {}),
    });
    response.end(body);
  }
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
