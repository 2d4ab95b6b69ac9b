import { startRedis } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis } from "@upstash/redis";
import { createSessionStore, type Session, type SessionStore } from "redis-keyspace";
import { type Driver, type UpstashClient, upstashDriver } from "redis-keyspace/driver";
import { afterAll, describe, expect, test } from "vitest";
import { upstashClients } from "./upstash-clients.js";

const redis = await startRedis();
const endpoint = await startUpstashLocal({ redis: redis.url, port: 0 });
afterAll(async () => {
  await endpoint.close();
  await redis.stop();
});

interface Data {
  readonly n: number;
}

function open(client: UpstashClient): SessionStore<Data> {
  const unique = crypto.randomUUID();
  return createSessionStore<Data>(client, {
    hashIds: false,
    sessionPrefix: `${unique}:s:`,
    userSessionsPrefix: `${unique}:u:`,
  });
}

/** HTTP requests and billed commands of an operation. */
async function cost(operation: () => Promise<unknown>): Promise<{ requests: number; commands: number }> {
  const { requests, commands } = endpoint;
  await operation();
  return { requests: endpoint.requests - requests, commands: endpoint.commands - commands };
}

const one = { requests: 1, commands: 1 };

const lookalikes = [
  "12345",
  "0",
  "1e3",
  "-0",
  "1.0",
  "true",
  "null",
  "[]",
  '{"a":1}',
  '{"a": 1.0}',
  '"q"',
  " 1 ",
  "OK",
];
lookalikes.push("12345678901234567890", "NaN", "T0s=", "undefined", "é😀", "\u0000");

const echo = { name: "list", source: "return {KEYS[1], unpack(ARGV)}" } as const;

async function pages(driver: Driver, pattern: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of driver.scan(pattern)) found.push(...page);
  return found.sort();
}

describe.each(Object.entries(upstashClients))("@upstash/redis %s", (_, connect) => {
  const client = connect(endpoint);
  const driver = upstashDriver(client);

  test("what looks like JSON comes back as it went in", async () => {
    expect(await driver.run(echo, ["7"], lookalikes)).toEqual(["7", ...lookalikes]);
    const keys: string[] = [];
    for (const text of lookalikes) {
      keys.push(`lookalike:${text}`);
      await driver.run({ name: "unlink", source: "return redis.call('SET', KEYS[1], ARGV[1])" }, keys.slice(-1), [
        text,
      ]);
      expect(await driver.get(keys.at(-1) as string)).toBe(text);
    }
    expect(await driver.getMany([...keys, "none"])).toEqual([...lookalikes, null]);
    expect(await pages(driver, "lookalike:*")).toEqual([...keys].sort());
    expect(await driver.run({ name: "unlink", source: "return redis.call('DEL', unpack(KEYS))" }, keys, [])).toBe(
      keys.length,
    );
    const bare = [...lookalikes].sort();
    const set = "for i = 1, #KEYS do redis.call('SET', KEYS[i], '1', 'PX', '60000') end return #KEYS";
    await driver.run({ name: "unlink", source: set }, bare, []);
    expect((await pages(driver, "*")).filter((key) => bare.includes(key))).toEqual(bare);
    await driver.run({ name: "unlink", source: "return redis.call('DEL', unpack(KEYS))" }, bare, []);
  });

  test("so do the ids of sessions and of users", async () => {
    const sessions = open(client);
    for (const [n, text] of lookalikes.entries()) await sessions.create({ id: text, userId: text, data: { n } });
    for (const [n, text] of lookalikes.entries()) {
      expect(await sessions.get(text)).toMatchObject({ id: text, userId: text, data: { n } });
      expect((await sessions.list(text)).map(({ handle }) => handle)).toEqual([text]);
    }
    const all: string[] = [];
    for await (const { handle } of sessions.all()) all.push(handle);
    expect(all.sort()).toEqual([...lookalikes].sort());
    for (const text of lookalikes) expect(await sessions.deleteAll(text)).toBe(1);
  });

  test("every operation is one request and one command", async () => {
    const sessions = open(client);
    const kept: Session<Data>[] = [];
    for (const n of [1, 2, 3]) kept.push(await sessions.create({ userId: "u1", data: { n } }));
    const [first, second] = kept as [Session<Data>, Session<Data>];
    const operations: Record<string, () => Promise<unknown>> = {
      create: () => sessions.create({ userId: "u1", data: { n: 4 } }),
      get: () => sessions.get(first.id),
      "get of none": () => sessions.get("none"),
      "get of many": () => Promise.all(kept.map(({ id }) => sessions.get(id))),
      touch: () => sessions.touch(first.id),
      update: () => sessions.update(second, () => ({ data: { n: 5 } })),
      rotate: () => sessions.rotate(first.id, { id: "rotated" }),
      list: () => sessions.list("u1"),
      count: () => sessions.count("u1"),
      delete: () => sessions.delete("rotated"),
      revoke: () => sessions.revoke("u1", second.id),
      deleteAll: () => sessions.deleteAll("u1"),
    };
    for (const [name, operation] of Object.entries(operations)) {
      // The server may not know the script yet, neither with its check of what this user may do nor without.
      for (let n = 0; n < 2; n++) await warm(name, sessions);
      expect(await cost(operation), name).toEqual(one);
    }
  });

  test("a script that the server does not know is two requests, once", async () => {
    const sessions = open(client);
    const { id } = await sessions.create({ userId: "u1", data: { n: 1 } });
    await sessions.touch(id);
    await redis.command("SCRIPT", "FLUSH");
    expect(await cost(() => sessions.touch(id))).toEqual({ requests: 2, commands: 2 });
    expect(await cost(() => sessions.touch(id))).toEqual(one);
    await sessions.deleteAll("u1");
  });

  test("what Redis refuses is an error, and so is what an id says", async () => {
    const sessions = createSessionStore<Data>(client, { hashIds: false, sessionPrefix: "wrong:" });
    for (const id of ["hash", "NOSCRIPT READONLY OOM NOPERM, command was: timed out"]) {
      await redis.command("HSET", `wrong:${id}`, "field", "value");
      await sessions.touch("none");
      expect(
        await cost(() => expect(sessions.touch(id)).rejects.toMatchObject({ code: "ERR_REDIS_WRONG_TYPE" })),
      ).toEqual(one);
    }
  });
});

/** Sends the operation's script where it finds nothing. */
async function warm(operation: string, sessions: SessionStore<Data>): Promise<void> {
  const other: Record<string, () => Promise<unknown>> = {
    create: () => sessions.create({ userId: null, data: { n: 0 } }).then(({ id }) => sessions.delete(id)),
    touch: () => sessions.touch("none"),
    update: () => sessions.create({ userId: null, data: { n: 0 } }).then((made) => sessions.update(made, () => ({}))),
    rotate: () => sessions.rotate("none"),
    list: () => sessions.list("nobody"),
    count: () => sessions.count("nobody"),
    delete: () => sessions.delete("none"),
    revoke: () => sessions.revoke("nobody", "none"),
    deleteAll: () => sessions.deleteAll("nobody"),
  };
  await other[operation]?.();
}

describe("auto-pipelining", () => {
  const signIns = async (
    client: UpstashClient,
    count: number,
    data: string,
  ): Promise<Awaited<ReturnType<typeof cost>>> => {
    const unique = crypto.randomUUID();
    const sessions = createSessionStore<string>(client, {
      hashIds: false,
      sessionPrefix: `${unique}:s:`,
      userSessionsPrefix: `${unique}:u:`,
    });
    for (let n = 0; n < 2; n++) await sessions.create({ userId: "u1", data });
    const spent = await cost(async () => {
      const created = Array.from({ length: count }, () => sessions.create({ userId: "u1", data }));
      expect(new Set((await Promise.all(created)).map(({ id }) => id)).size).toBe(count);
    });
    expect(await sessions.deleteAll("u1")).toBe(count + 2);
    return spent;
  };

  test("on: sign-ins of one turn share a request, 256 at most", async () => {
    const client = new Redis(endpoint);
    expect(await signIns(client, 64, "")).toEqual({ requests: 1, commands: 64 });
    expect(await signIns(client, 257, "")).toEqual({ requests: 2, commands: 257 });
  });

  test("on: a request stays well below the megabyte that it may have", async () => {
    const { requests, commands } = await signIns(new Redis(endpoint), 64, "é😀\u0001".repeat(5000));
    expect(commands).toBe(64);
    expect(requests).toBeGreaterThanOrEqual(13);
    expect(requests).toBeLessThanOrEqual(64);
  });

  test("off: each has its own", async () => {
    const client = new Redis({ ...endpoint, enableAutoPipelining: false });
    expect(await signIns(client, 64, "")).toEqual({ requests: 64, commands: 64 });
  });

  test.each([true, false])("touches of one turn are a command for 32 of them, pipelining %s", async (pipelining) => {
    const client = new Redis({ ...endpoint, enableAutoPipelining: pipelining });
    const sessions = createSessionStore<string>(client, { sessionPrefix: `${crypto.randomUUID()}:s:` });
    const made = await Promise.all(Array.from({ length: 64 }, () => sessions.create({ userId: "toucher", data: "" })));
    const touch = () => Promise.all(made.map(({ id }) => sessions.touch(id)));
    // Twice: with the question what this user may do, and without.
    for (let time = 0; time < 2; time++) await touch();
    expect(await cost(touch)).toEqual({ requests: pipelining ? 1 : 2, commands: 2 });
    expect(await sessions.deleteAll("toucher")).toBe(64);
  });

  test("one that fails fails alone", async () => {
    const sessions = createSessionStore<Data>(new Redis(endpoint), { hashIds: false, sessionPrefix: "mixed:" });
    await redis.command("HSET", "mixed:hash", "field", "value");
    const { id } = await sessions.create({ userId: "mixed", data: { n: 1 } });
    await sessions.touch(id);
    const outcomes = await Promise.allSettled([sessions.touch(id), sessions.touch("hash"), sessions.touch("none")]);
    expect(outcomes).toMatchObject([
      { status: "fulfilled", value: expect.any(Date) },
      { status: "rejected", reason: { code: "ERR_REDIS_WRONG_TYPE" } },
      { status: "fulfilled", value: null },
    ]);
    await sessions.deleteAll("mixed");
  });
});

describe("the client stays the caller's", () => {
  test("it deserializes as before", async () => {
    const client = new Redis(endpoint);
    const before = Object.keys(client);
    const sessions = open(client);
    await sessions.create({ userId: "u1", data: { n: 1 } });
    await client.set("mine", { a: 1 });
    expect(await client.get("mine")).toEqual({ a: 1 });
    expect(Object.keys(client)).toEqual(before);
    await sessions.deleteAll("u1");
  });

  test("its middleware sees the commands, and so does one that is added later", async () => {
    const client = new Redis(endpoint);
    const sessions = open(client);
    const seen: unknown[] = [];
    client.use((request, next) => {
      seen.push(request.body);
      return next(request);
    });
    await sessions.get("id");
    expect(seen).toEqual([["get", expect.stringMatching(/:s:id$/)]]);
  });

  test("what only looks like one is refused", () => {
    const { mget, evalsha, createScript } = new Redis(endpoint);
    const refused = /option "client" must be an @upstash\/redis client/;
    expect(() => upstashDriver({ mget, evalsha, createScript })).toThrow(refused);
    expect(() => createSessionStore({ mget, evalsha, createScript })).toThrow(refused);
    expect(() => upstashDriver({} as UpstashClient)).toThrow(TypeError);
    expect(() => createSessionStore({} as UpstashClient)).toThrow(
      'option "client" must be a node-redis, ioredis or @upstash/redis client, or a driver',
    );
  });
});
