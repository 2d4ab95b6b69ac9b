import { startCluster } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import { createClient, createCluster } from "redis";
import { createClient as createClient4 } from "redis-4";
import { createClient as createClient5 } from "redis-5";
import { createSessionStore, type KeyspaceError, type SessionStore, type StoreClient } from "redis-keyspace";
import type { Driver } from "redis-keyspace/driver";
import { memoryDriver } from "redis-keyspace/memory";
import { afterAll, describe, expect, test } from "vitest";
import { sharedRedis } from "./targets.js";

// A client that cannot work says so by name, and nothing that it answers is taken for a session that is not there.

type Sessions = SessionStore<{ n: number }>;

const url = sharedRedis();
const closing: (() => unknown)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

function open(client: unknown): Sessions {
  const unique = crypto.randomUUID();
  return createSessionStore<{ n: number }>(client as StoreClient, {
    hashIds: false,
    sessionPrefix: `${unique}:s:`,
    userSessionsPrefix: `${unique}:u:`,
    commandTimeoutMs: 2000,
  });
}

/** What each operation comes to: an error's code and message, or its answer. */
async function outcomes(sessions: Sessions): Promise<unknown[]> {
  const operations = [
    () => sessions.get("id"),
    () => Promise.all([sessions.get("id"), sessions.get("other")]),
    () => sessions.create({ userId: "u1", data: { n: 1 } }),
    () => sessions.touch("id"),
    () => sessions.delete("id"),
    () => sessions.list("u1"),
    () => sessions.count("u1"),
  ];
  const found: unknown[] = [];
  for (const operation of operations) {
    found.push(
      await operation().catch(({ code, message }: KeyspaceError) => (code === "ERR_REDIS_REPLY" ? message : code)),
    );
  }
  return found;
}

test.each<[string, () => unknown, RegExp]>([
  ["node-redis 4 in legacy mode", () => createClient4({ legacyMode: true }), /no legacy client/],
  ["the legacy client of node-redis 5", () => createClient5().legacy(), /no legacy client/],
  ["the legacy client of node-redis 6", () => createClient().legacy(), /no legacy client/],
  ["a multi of node-redis 6", () => createClient().multi(), /its multi\(\)/],
  ["a multi of node-redis 4", () => createClient4().multi(), /its multi\(\)/],
  ["a pipeline of ioredis", () => lazy(Redis).pipeline(), /its multi\(\)/],
  ["a multi of ioredis 5", () => lazy(Redis5).multi(), /its multi\(\)/],
])("%s is refused by name", (_, client, message) => {
  expect(() => open(client())).toThrow(message);
});

function lazy<Client>(kind: new (url: string, options: { lazyConnect: boolean }) => Client): Client {
  return new kind(url, { lazyConnect: true });
}

test("a client inside a MULTI is named at each answer", async () => {
  const client = new Redis(url);
  closing.push(() => client.disconnect());
  await client.multi({ pipeline: false });
  for (const outcome of await outcomes(open(client))) expect(outcome).toMatch(/inside a MULTI/);
});

test("a subscriber is refused by name, also one that becomes it later", async () => {
  const [five, four] = [new Redis5(url), createClient4({ url })];
  closing.push(
    () => five.disconnect(),
    () => four.disconnect(),
  );
  const before = open(five);
  await five.subscribe("channel");
  await four.connect();
  const ofFour = open(four);
  await four.subscribe("channel", () => {});
  expect(() => open(five)).toThrow(/subscriber mode/);
  for (const sessions of [before, ofFour]) {
    for (const outcome of await outcomes(sessions)) expect(outcome).toMatch(/subscriber mode/);
  }
});

describe("answers that are none", () => {
  const answering = (answer: unknown): Driver => {
    const reply = async () => answer as never;
    return { ...memoryDriver(), coalesceReads: true, get: reply, getMany: reply, run: reply };
  };

  test.each([undefined, true, {}, "QUEUED", Buffer.from("a")])("%s is an error of each operation", async (answer) => {
    for (const outcome of await outcomes(open(answering(answer)))) expect(outcome).toBeTypeOf("string");
  });

  test("null is no answer of a script, and a batch of another length none of a batch", async () => {
    const sessions = open(answering(null));
    for (const operation of [() => sessions.touch("id"), () => sessions.delete("id"), () => sessions.list("u1")]) {
      await expect(operation()).rejects.toMatchObject({ code: "ERR_REDIS_REPLY" });
    }
    const reads = open(answering([null]));
    await expect(Promise.all([reads.get("a"), reads.get("b")])).rejects.toMatchObject({ code: "ERR_REDIS_REPLY" });
  });

  test("a client that answers with callbacks is named", async () => {
    const callback = (() => undefined) as never;
    const sessions = open({ ...memoryDriver(), get: callback, run: callback });
    await expect(sessions.get("id")).rejects.toThrow(/no promise/);
  });
});

test("a client that knows one node of a Cluster is told so, and misses no session", async () => {
  const cluster = await startCluster();
  const [whole, plain] = [createCluster({ rootNodes: cluster.rootNodes }), new Redis(cluster.urls[0] ?? "")];
  await whole.connect();
  closing.push(async () => {
    whole.destroy();
    plain.disconnect();
    await cluster.stop();
  });
  const prefixes = { sessionPrefix: "s:", userSessionsPrefix: "u:" };
  const right = createSessionStore<{ n: number }>(whole, { ...prefixes, hashIds: false });
  const wrong = createSessionStore<{ n: number }>(plain, { ...prefixes, hashIds: false });
  const created = await Promise.all(
    Array.from({ length: 30 }, (_, n) => right.create({ userId: `u${n}`, data: { n } })),
  );
  const read = await Promise.allSettled(created.map(({ id }) => wrong.get(id)));
  for (const outcome of read) {
    if (outcome.status === "fulfilled") expect(outcome.value).not.toBeNull();
    else expect(outcome.reason).toMatchObject({ code: "ERR_REDIS_REPLY", message: expect.stringContaining("Cluster") });
  }
  await expect(wrong.get("whatever")).rejects.toThrow(/Cluster client/);
  await expect(wrong.create({ userId: "u", data: { n: 1 } })).rejects.toThrow(/Cluster client/);
});

describe("a client that throws when it is looked at, as a proxy does whose environment is not there yet", () => {
  const later = (client: () => object): object => new Proxy({}, { get: (_, name) => Reflect.get(client(), name) });

  test("is recognised when it is first used", async () => {
    let made: Redis | undefined;
    const sessions = open(
      later(() => {
        if (made === undefined) throw new Error("Missing required environment variables");
        return made;
      }),
    );
    await expect(sessions.get("id")).rejects.toMatchObject({
      code: "ERR_REDIS_UNAVAILABLE",
      cause: { message: "Missing required environment variables" },
    });
    made = new Redis(url);
    closing.push(() => made?.disconnect());
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    expect(await Promise.all([sessions.get(session.id), sessions.get("other")])).toEqual([session, null]);
    expect((await sessions.list("u1")).map(({ session: { data } }) => data)).toEqual([{ n: 1 }]);
  });

  test.each([
    ["none", {}, /must be a node-redis/],
    ["one with a key prefix", new Redis(url, { keyPrefix: "p:", lazyConnect: true }), /has a key prefix/],
    ["a Cluster", new Cluster([url], { lazyConnect: true }), /is a Cluster/],
  ])("and refused then if it is %s", async (_, client, message) => {
    let isThere = false;
    const sessions = open(
      later(() => {
        if (!isThere) throw new Error("not yet");
        return client;
      }),
    );
    isThere = true;
    await expect(sessions.get("id")).rejects.toThrow(message);
    await expect(sessions.create({ userId: "u1", data: { n: 1 } })).rejects.toThrow(TypeError);
  });
});
