import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis } from "@upstash/redis";
import { Redis as Redis120 } from "@upstash/redis-1.20";
import { createSessionStore, KeyspaceError, type SessionStore } from "redis-keyspace";
import type { UpstashClient } from "redis-keyspace/driver";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// K2 over HTTP: whatever is wrong with Redis, the endpoint or what lies between is a typed error without a secret in it,
// and never an absent session.

type Sessions = SessionStore<{ n: number }>;

const id = "the-secret-session-id";
const secret = /the-secret|eyJleHBpc/;

const operations: Readonly<Record<string, (sessions: Sessions) => Promise<unknown>>> = {
  get: (sessions) => sessions.get(id),
  "get of many": (sessions) => Promise.all([sessions.get(id), sessions.get("the-secret-other")]),
  create: (sessions) => sessions.create({ id, userId: "the-secret-user", data: { n: 1 } }),
  update: (sessions) => sessions.update(id, () => ({ data: { n: 2 } })),
  touch: (sessions) => sessions.touch(id),
  rotate: (sessions) => sessions.rotate(id),
  delete: (sessions) => sessions.delete(id),
  revoke: (sessions) => sessions.revoke("the-secret-user", id),
  list: (sessions) => sessions.list("the-secret-user"),
  deleteAll: (sessions) => sessions.deleteAll("the-secret-user"),
  count: (sessions) => sessions.count("the-secret-user"),
  all: async (sessions) => {
    for await (const { handle } of sessions.all()) return handle;
    return null;
  },
};

async function codeOf(outcome: Promise<unknown>): Promise<string> {
  try {
    return `answered ${inspect(await outcome)}`;
  } catch (error) {
    if (!(error instanceof KeyspaceError)) return `not ours: ${String(error)}`;
    const { stack: _, ...told } = { ...error, message: error.message, cause: error.cause };
    return secret.test(inspect(told, { depth: 10 })) ? `leaks: ${inspect(told)}` : error.code;
  }
}

/** Each operation by itself, so that none shares a request with another. */
async function codes(sessions: Sessions): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, operation] of Object.entries(operations)) found[name] = await codeOf(operation(sessions));
  return found;
}

/** All at once, so that those that can share one. */
async function codesAtOnce(sessions: Sessions): Promise<Record<string, string>> {
  const found = Object.entries(operations).map(async ([name, operation]) => [name, await codeOf(operation(sessions))]);
  return Object.fromEntries(await Promise.all(found)) as Record<string, string>;
}

const all = (code: string): Record<string, string> =>
  Object.fromEntries(Object.keys(operations).map((name) => [name, code]));

/** So that an id is a handle too. */
const rawIds = { hashIds: false };

const once = { retry: { retries: 0, backoff: () => 0 } };

const clients: Readonly<Record<string, (url: string, token?: string) => UpstashClient>> = {
  "1.39": (url, token = "t") => new Redis({ url, token, ...once }),
  "1.39, no pipelining and no encoding": (url, token = "t") =>
    new Redis({ url, token, ...once, enableAutoPipelining: false, responseEncoding: false }),
  "1.20": (url, token = "t") => new Redis120({ url, token, ...once }),
};

/** An endpoint that gives one answer to everything, or none. `SENT` in it becomes what was sent. */
const answer = { status: 200, type: "application/json", body: "" as string | null };
const fake = createServer(async (request, response) => {
  const sent = JSON.stringify(await text(request)).slice(1, -1);
  if (answer.body === null) return;
  response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body.replace("SENT", () => sent));
});
let fakeUrl = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => fake.listen(0, "127.0.0.1", resolve));
  fakeUrl = `http://127.0.0.1:${(fake.address() as AddressInfo).port}`;
});
afterAll(() => {
  fake.close();
  fake.closeAllConnections();
});

const html = "<!doctype html><title>504 Gateway Timeout OOM</title>";
const quoted = JSON.stringify({ result: "the-secret-value" }).slice(0, -4);

const wrong: readonly [what: string, status: number, body: string, code: string][] = [
  ["an HTML page of a proxy", 502, html, "ERR_REDIS_UNAVAILABLE"],
  ["an HTML page for an answer", 200, html, "ERR_REDIS_UNAVAILABLE"],
  ["an answer that is cut off", 200, quoted, "ERR_REDIS_UNAVAILABLE"],
  ["an error that is cut off", 500, quoted, "ERR_REDIS_UNAVAILABLE"],
  ["no body", 200, "", "ERR_REDIS_UNAVAILABLE"],
  ["no body and an error", 503, "", "ERR_REDIS_UNAVAILABLE"],
  ["an answer without a result", 200, "{}", "ERR_REDIS_UNAVAILABLE"],
  ["null for an answer", 200, "null", "ERR_REDIS_UNAVAILABLE"],
  ["a list for an answer", 200, "[]", "ERR_REDIS_UNAVAILABLE"],
  ["a text for an answer", 200, '"OK"', "ERR_REDIS_UNAVAILABLE"],
  ["true for a result", 200, '{"result":true}', "ERR_REDIS_UNAVAILABLE"],
  ["half a number for a result", 200, '{"result":1.5}', "ERR_REDIS_UNAVAILABLE"],
  ["an error of the endpoint", 500, '{"error":"internal server error"}', "ERR_REDIS_UNAVAILABLE"],
  ["an endpoint that is overloaded", 429, '{"error":"Too Many Requests"}', "ERR_REDIS_UNAVAILABLE"],
  ["somebody else's error", 404, '{"message":"no such route"}', "ERR_REDIS_UNAVAILABLE"],
  ["no token", 401, '{"error":"Unauthorized"}', "ERR_REDIS_DENIED"],
  ["a wrong token", 401, '{"error":"WRONGPASS invalid or missing auth token"}', "ERR_REDIS_DENIED"],
  ["a token without the right", 403, `{"error":"NOPERM this user has no permissions"}`, "ERR_REDIS_DENIED"],
  ["an error with a good status", 200, '{"error":"WRONGPASS nobody"}', "ERR_REDIS_DENIED"],
  ["a plan that is used up", 400, '{"error":"ERR max requests limit exceeded."}', "ERR_REDIS_REPLY"],
  ["a database that is full", 400, '{"error":"ERR DB capacity quota exceeded"}', "ERR_REDIS_OUT_OF_MEMORY"],
  ["an error that quotes the command", 400, '{"error":"ERR what is SENT"}', "ERR_REDIS_REPLY"],
  ["a page that quotes the request", 400, "<p>SENT", "ERR_REDIS_UNAVAILABLE"],
  ["Redis away", 503, '{"error":"ERR Redis is not available"}', "ERR_REDIS_UNAVAILABLE"],
  ["Redis late", 504, '{"error":"ERR Redis did not answer in time"}', "ERR_REDIS_TIMEOUT"],
];

describe.each(Object.entries(clients))("@upstash/redis %s", (_, connect) => {
  test.each(wrong)("%s (%i)", async (__, status, body, code) => {
    Object.assign(answer, { status, body, type: body.startsWith("<") ? "text/html" : "application/json" });
    const sessions: Sessions = createSessionStore(connect(fakeUrl), rawIds);
    expect(await codes(sessions)).toEqual(all(code));
    expect(await codesAtOnce(sessions)).toEqual(all(code));
  });

  test("an endpoint that hangs is a time-out", async () => {
    answer.body = null;
    const sessions: Sessions = createSessionStore(connect(fakeUrl), { ...rawIds, commandTimeoutMs: 100 });
    expect(await codesAtOnce(sessions)).toEqual(all("ERR_REDIS_TIMEOUT"));
  });

  test("tokens that may not", async () => {
    const redis = await startRedis();
    const endpoint = await startUpstashLocal({ redis: redis.url, port: 0, readOnlyToken: "reader" });
    try {
      expect(await codes(createSessionStore(connect(endpoint.url, "nobody"), rawIds))).toEqual(all("ERR_REDIS_DENIED"));
      const reader: Sessions = createSessionStore(connect(endpoint.url, "reader"), rawIds);
      expect(await reader.get(id)).toBeNull();
      expect(await codeOf(reader.touch(id))).toBe("ERR_REDIS_DENIED");
    } finally {
      await endpoint.close();
      await redis.stop();
    }
  });

  test("a Redis behind the endpoint that is full, read-only, down and back; an endpoint that is closed", async () => {
    const redis = await startRedis();
    const endpoint = await startUpstashLocal({ redis: redis.url, port: 0, commandTimeoutMs: 1000 });
    try {
      const sessions: Sessions = createSessionStore(connect(endpoint.url, endpoint.token), rawIds);
      await sessions.create({ id, userId: "the-secret-user", data: { n: 1 } });

      await redis.command("CONFIG", "SET", "maxmemory", "1");
      expect(await codeOf(sessions.touch(id))).toBe("ERR_REDIS_OUT_OF_MEMORY");
      expect((await sessions.get(id))?.data).toEqual({ n: 1 });
      await redis.command("CONFIG", "SET", "maxmemory", "0");

      await redis.command("REPLICAOF", "127.0.0.1", "1");
      expect(await codeOf(sessions.touch(id))).toBe("ERR_REDIS_READONLY");
      expect((await sessions.get(id))?.data).toEqual({ n: 1 });
      await redis.command("REPLICAOF", "NO", "ONE");

      await redis.kill();
      expect(await codesAtOnce(sessions)).toEqual(all("ERR_REDIS_UNAVAILABLE"));
      await redis.restart();
      await expect
        .poll(
          () => sessions.create({ id, userId: "the-secret-user", data: { n: 2 } }).then(() => "created", codeOfError),
          {
            timeout: 20_000,
          },
        )
        .toBe("created");
      expect((await sessions.get(id))?.data).toEqual({ n: 2 });

      await endpoint.close();
      expect(await codesAtOnce(sessions)).toEqual(all("ERR_REDIS_UNAVAILABLE"));
      const cause = await sessions.get(id).catch((error: KeyspaceError) => error.cause);
      expect(cause).toMatchObject({ name: "TypeError", message: "fetch failed", code: "ECONNREFUSED" });
    } finally {
      await endpoint.close();
      await redis.stop();
    }
  });
});

function codeOfError(error: unknown): unknown {
  return error instanceof KeyspaceError ? error.code : error;
}

test.each(['{"result":1}', '[{"result":1}]', "null"])("%s for two commands in one request", async (body) => {
  Object.assign(answer, { status: 200, type: "application/json", body });
  const sessions: Sessions = createSessionStore(
    new Redis({ url: fakeUrl, token: "t", ...once, responseEncoding: false }),
    { topology: "atomic" },
  );
  const [first, second] = await Promise.all(["u1", "u2"].map((userId) => codeOf(sessions.count(userId))));
  expect(first).toBe(body.startsWith("[") ? "answered 1" : "ERR_REDIS_UNAVAILABLE");
  expect(second).toBe("ERR_REDIS_UNAVAILABLE");
});

describe("the client's own signal", () => {
  const endless = () => Object.assign(answer, { body: null });
  const open = (signal: AbortSignal | (() => AbortSignal)): Sessions =>
    createSessionStore(new Redis({ url: fakeUrl, token: "t", ...once, signal }), rawIds);

  // The client itself answers with the reason, which would read as no session.
  test("one that is aborted is an error for good", async () => {
    endless();
    expect(await codesAtOnce(open(AbortSignal.abort()))).toEqual(all("ERR_REDIS_UNAVAILABLE"));
    expect(await codesAtOnce(open(AbortSignal.abort("bye")))).toEqual(all("ERR_REDIS_UNAVAILABLE"));
    const timed = open(AbortSignal.timeout(50));
    expect(await codesAtOnce(timed)).toEqual(all("ERR_REDIS_TIMEOUT"));
    expect(await codesAtOnce(timed)).toEqual(all("ERR_REDIS_TIMEOUT"));
  });

  test("one for each request is a time-out of that request", async () => {
    endless();
    expect(await codesAtOnce(open(() => AbortSignal.timeout(50)))).toEqual(all("ERR_REDIS_TIMEOUT"));
  });
});
