// `redis-keyspace migrate`: what peers wrote is taken over, and sessions move to other keys under load.
import { randomUUID } from "node:crypto";
import { UpstashRedisAdapter } from "@auth/upstash-redis-adapter";
import { redisStorage } from "@better-auth/redis-storage";
import { ioredis as luciaRedis } from "@lucia-auth/adapter-session-redis";
import { betterAuthLayout } from "@redis-keyspace/better-auth/layout";
import { expressSessionLayout } from "@redis-keyspace/express-session/layout";
import { luciaLayout, luciaV3Layout } from "@redis-keyspace/lucia/layout";
import { nextAuthLayout } from "@redis-keyspace/next-auth/layout";
import { startCluster, startRedis } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import LegacyStore from "connect-redis-7";
import { Cluster, Redis } from "ioredis";
import { LuciaError } from "lucia-2";
import { createSessionStore, type SessionStore } from "redis-keyspace";
import { createRecordStore, isOperationKey, type Layout } from "redis-keyspace/adapter";
import { seal } from "redis-keyspace/sealing";
import { afterAll, expect, inject, onTestFinished, test } from "vitest";
import { runCli, startCli } from "./run-cli.js";

const url = inject("redisUrl");
const redis = new Redis(url);
const endpoint = await startUpstashLocal({ redis: url, port: 0 });
afterAll(async () => {
  redis.disconnect();
  await endpoint.close();
});

/** But for what scripts remember for a while. */
async function keysLike(pattern: string): Promise<string[]> {
  return (await redis.keys(pattern)).filter((key) => !isOperationKey(key));
}

const unique = () => `cli-migrate-${randomUUID()}:`;
const inAnHour = () => new Date(Date.now() + 3_600_000);
const MIGRATE = ["migrate", "--url", url, "--yes", "--json", "--rate", "1000000"];

interface Result {
  readonly found: number;
  readonly done: number;
  readonly there: number;
  readonly gone: number;
  readonly ended: number;
  readonly endless: number;
  readonly unreadable: number;
  readonly resumed: boolean;
}

function sum({ done, there, gone, ended, endless, unreadable }: Result): number {
  return done + there + gone + ended + endless + unreadable;
}

const countIn = (layout: Layout, userId: string) => createRecordStore(redis, layout.sessions).count(userId);

test("what the published packages wrote is listed and ends, where it is", async () => {
  const p = unique();
  const express = new LegacyStore({ client: redis, prefix: `${p}sess:` });
  const session = { cookie: { originalMaxAge: null, expires: null }, userId: "u1" } as never;
  const lucia = luciaRedis(redis, { session: `${p}lucia`, userSessions: `${p}lucia-users` })(LuciaError as never);
  const upstash = new Upstash({ ...endpoint, enableTelemetry: false });
  const authJs = UpstashRedisAdapter(upstash, { baseKeyPrefix: p });
  const betterAuth = redisStorage({ client: redis as never, keyPrefix: `${p}better-auth:` });
  for (const n of [1, 2, 3]) {
    await express.set(`a${n}`, session);
    await lucia.setSession({
      id: `l${n}`,
      user_id: "u1",
      active_expires: Date.now(),
      idle_expires: Number(inAnHour()),
    });
    await authJs.createSession?.({ sessionToken: `t${n}`, userId: "u1", expires: inAnHour() });
    const stored = {
      session: { token: `b${n}`, userId: "u1", expiresAt: inAnHour().toISOString() },
      user: { id: "u1" },
    };
    await betterAuth.set(`b${n}`, JSON.stringify(stored), 3600);
  }
  await redis.sadd(`${p}lucia-users:u1`, "dead");
  const peers: [Layout, string, ...string[]][] = [
    [
      expressSessionLayout({ sessionPrefix: `${p}sess:`, userIdFrom: () => "u1" }),
      "express-session",
      "--user-id",
      "userId",
    ],
    [luciaLayout({ sessionPrefix: `${p}lucia:`, userSessionsPrefix: `${p}lucia-users:` }), "lucia"],
    [nextAuthLayout({ sessionPrefix: `${p}user:session:` }), "next-auth"],
    [betterAuthLayout({ sessionPrefix: `${p}better-auth:` }), "better-auth"],
  ];
  await Promise.all(
    peers.map(async ([layout, preset, ...more]) => {
      const { sessionPrefix } = layout.sessions;
      const args = [...MIGRATE, "--from", preset, "--from-prefix", sessionPrefix, ...more];
      if (preset === "lucia") args.push("--from-user-sessions-prefix", `${p}lucia-users:`);
      const dry = (await runCli([...args, "--dry-run"])).json<Result>();
      const before = preset === "lucia" ? 3 : 0;
      expect([preset, dry.done, await countIn(layout, "u1")]).toEqual([preset, 3, before]);
      const ran = await runCli(args);
      expect([preset, ran.exitCode, ran.stderr]).toEqual([preset, 0, ""]);
      const result = ran.json<Result>();
      expect([preset, result.done, sum(result), await countIn(layout, "u1")]).toEqual([preset, 3, result.found, 3]);
    }),
  );
  const keys = await keysLike(`${p}*`);
  const ttls = await Promise.all(keys.map(async (key) => [key, await redis.ttl(key)] as const));
  const endless = ttls.filter(([, ttl]) => ttl < 0).map(([key]) => key.slice(p.length));
  expect(endless).toEqual(["user:session:by-user-id:u1"]);
  expect((await redis.smembers(`${p}lucia-users:u1`)).sort()).toEqual(["l1", "l2", "l3"]);
  await redis.unlink(...keys, ...(await keysLike(`*${p}*`)));
});

/** What became of a session that is used all the time. */
interface Used {
  readonly id: string;
  readonly userId: string;
  n: number;
  isEnded: boolean;
}

/** Uses sessions by stores of old and of new processes until it is told to stop. */
function useSessions(all: readonly Used[], stores: readonly SessionStore<{ n: number }>[]) {
  let isStopped = false;
  const faults: string[] = [];
  const work = async (first: number): Promise<void> => {
    for (let i = first; !isStopped; i = (i + 10) % all.length) {
      const used = all[i] as Used;
      const store = stores[(i + used.n) % stores.length] as SessionStore<{ n: number }>;
      const found = await store.get(used.id);
      if (used.isEnded ? found !== null : found?.data.n !== used.n)
        faults.push(`${i}: ${used.isEnded} ${found?.data.n}`);
      if (used.isEnded) continue;
      if (i % 7 === 0) {
        used.isEnded = true;
        await (i % 2 === 0 ? store.delete(used.id) : store.deleteAll(used.userId));
      } else {
        used.n++;
        await store.update(used.id, ({ data }) => ({ data: { n: data.n + 1 } }));
      }
    }
  };
  const working = Promise.all(Array.from({ length: 10 }, (_, i) => work(i)));
  return {
    faults,
    async stop(): Promise<void> {
      isStopped = true;
      await working;
    },
  };
}

test("sessions of Lucia 2 become those of Lucia 3", async () => {
  const p = unique();
  const [prefixes, now] = [
    { sessionPrefix: `${p}s:`, userSessionsPrefix: `${p}u:` },
    { sessionPrefix: `${p}t:`, userSessionsPrefix: `${p}v:` },
  ];
  const expires = { active_expires: Date.now(), idle_expires: Number(inAnHour()) };
  const before = createRecordStore(redis, luciaLayout(prefixes).sessions);
  await before.create("a", { id: "a", user_id: "u1", ...expires, color: "red" });
  const args = ["--from-prefix", prefixes.sessionPrefix, "--from-user-sessions-prefix", prefixes.userSessionsPrefix];
  args.push("--to", "lucia-v3", "--to-prefix", now.sessionPrefix, "--to-user-sessions-prefix", now.userSessionsPrefix);
  const ran = await runCli([...MIGRATE, "--from", "lucia", ...args]);
  expect([ran.stderr, ran.json<Result>().done]).toEqual(["", 1]);
  const store = createRecordStore(redis, luciaV3Layout(now).sessions);
  expect(await store.get("a")).toMatchObject({
    userId: "u1",
    expiresAt: new Date(expires.idle_expires),
    data: { attributes: { color: "red" } },
  });
  expect([await store.deleteAll("u1"), await keysLike(`${p}*`)]).toEqual([1, []]);
});

test("sessions get hashed ids and are sealed under load, and a run that is killed goes on", {
  timeout: 60_000,
}, async () => {
  const p = unique();
  const secret = "a secret of thirty-two characters and more";
  const before = { sessionPrefix: `${p}s:`, userSessionsPrefix: `${p}u:`, hashIds: false };
  const now = { sessionPrefix: `${p}t:`, userSessionsPrefix: `${p}v:`, hashIds: true, codec: seal(secret) };
  const clients = [new Redis(url), new Redis(url)];
  onTestFinished(() => {
    for (const client of clients) client.disconnect();
  });
  const [waiting, moving] = clients.map((client, i) =>
    createSessionStore<{ n: number }>(client, { ...now, migratingFrom: { ...before, moves: i === 1 } }),
  ) as [SessionStore<{ n: number }>, SessionStore<{ n: number }>];
  const sessions: Used[] = await Promise.all(
    Array.from({ length: 4000 }, async (_, i) => {
      const { id } = await waiting.create({ userId: `u${i}`, data: { n: 0 } });
      return { id, userId: `u${i}`, n: 0, isEnded: false };
    }),
  );
  const load = useSessions(sessions, [waiting, moving]);
  const args = ["migrate", "--url", url, "--yes", "--json", "--from", "core", "--no-from-hash-ids", "--to-hash-ids"];
  args.push("--from-prefix", before.sessionPrefix, "--from-user-sessions-prefix", before.userSessionsPrefix);
  args.push("--to-prefix", now.sessionPrefix, "--to-user-sessions-prefix", now.userSessionsPrefix);
  const env = { KEYSPACE_TO_SECRETS: secret };
  const states = new Set(await keysLike("redis-keyspace:migration:*"));
  const first = startCli([...args, "--rate", "4000"], env);
  await expect
    .poll(async () => (await keysLike("redis-keyspace:migration:*")).some((key) => !states.has(key)), {
      timeout: 20_000,
    })
    .toBe(true);
  first.kill("SIGKILL");
  expect((await first.ended).exitCode).toBeNull();
  const second = startCli([...args, "--rate", "4000"], env);
  await expect.poll(() => second.stderr() + second.stdout(), { timeout: 1000, interval: 250 }).toBe("");
  second.kill("SIGINT");
  const stopped = await second.ended;
  const third = await runCli([...args, "--rate", "1000000"], env);
  await load.stop();
  expect(load.faults).toEqual([]);
  expect([third.exitCode, third.stderr]).toEqual([0, ""]);
  const result = third.json<Result>();
  expect(sum(result)).toBe(result.found);
  if (stopped.exitCode === 130) expect(stopped.stderr).toContain("The same command goes on from here");
  expect([result.ended, result.endless, result.unreadable]).toEqual([0, 0, 0]);
  const texts = await Promise.all(sessions.map(async ({ id }) => (await moving.get(id))?.data.n ?? null));
  expect(texts).toEqual(sessions.map(({ n, isEnded }) => (isEnded ? null : n)));
  expect(await keysLike(`${p}s:*`)).toEqual([]);
  expect(await keysLike(`${p}u:*`)).toEqual([]);
  expect(await keysLike("redis-keyspace:migration:*")).toEqual([...states]);
  await redis.unlink(...(await keysLike(`${p}*`)));
});

test("a server that is restarted on the way, or between two runs, hides no session", async () => {
  const server = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "no"] });
  const client = new Redis(server.url).on("error", () => {});
  onTestFinished(async () => {
    client.disconnect();
    await server.stop();
  });
  const before = { sessionPrefix: "s:", userSessionsPrefix: "u:", hashIds: false };
  const args = ["migrate", "--url", server.url, "--yes", "--json", "--from", "core", "--no-from-hash-ids"];
  args.push("--from-prefix", before.sessionPrefix, "--from-user-sessions-prefix", before.userSessionsPrefix);
  args.push("--to-prefix", "t:", "--to-user-sessions-prefix", "v:");
  const begun = async () => {
    const sessions = createSessionStore<object>(client, before);
    await Promise.all(Array.from({ length: 1500 }, (_, n) => sessions.create({ userId: `u${n}`, data: {} })));
    const running = startCli([...args, "--rate", "2000"]);
    await expect
      .poll(() => client.keys("redis-keyspace:migration:*"), { timeout: 20_000, interval: 20 })
      .toHaveLength(1);
    return running;
  };
  const left = async () => (await client.keys("s:*")).filter((key) => !isOperationKey(key));

  const cut = await begun();
  await server.restart();
  const ran = await cut.ended;
  const again = "Redis runs on other servers, or anew: all keys are looked at again\n";
  expect([ran.exitCode, ran.stderr, await left()]).toEqual([0, again, []]);

  const killed = await begun();
  killed.kill("SIGKILL");
  await killed.ended;
  await server.restart();
  const rest = await runCli([...args, "--rate", "1000000"]);
  expect([rest.stderr, rest.json<Result>().resumed, await left()]).toEqual([again, true, []]);
});

test("what cannot be migrated is refused with a line, and nothing is done", async () => {
  const refused: [RegExp, ...string[]][] = [
    [/lucia cannot become sessions of core/, "--from", "lucia", "--to", "core"],
    [/next-auth cannot move/, "--from", "next-auth", "--to-prefix", "other:"],
    [/do not say whose they are/, "--from", "express-session"],
    [/do not say whose they are/, "--from", "express-session", "--to-hash-ids"],
    [/do not say whose they are/, "--from", "curveball", "--to-prefix", "other-"],
    [/needs another key/, "--from", "lucia", "--to-secrets", "a secret of thirty-two characters and more"],
    [/required option '--from/],
    [/--from-user-sessions-prefix is missing/, "--from", "lucia", "--from-prefix", unique()],
  ];
  await Promise.all(
    refused.map(async ([line, ...args]) => {
      const { exitCode, stderr, stdout } = await runCli(["migrate", "--url", url, "--yes", ...args]);
      expect([stderr, exitCode, stdout]).toEqual([expect.stringMatching(line), 2, ""]);
    }),
  );
  const { exitCode, stderr } = await runCli(["migrate", "--url", url, "--from", "lucia"]);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining("nobody can be asked here")]);
});

test("on a Cluster sessions move within their slots, and on Upstash too", async () => {
  const cluster = await startCluster();
  const client = new Cluster(cluster.nodes);
  onTestFinished(async () => {
    client.disconnect();
    await cluster.stop();
  });
  const upstash = new Upstash({ ...endpoint, enableTelemetry: false });
  const on = async (given: Cluster | Upstash, prefix: string, address: readonly string[]) => {
    const before = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:`, hashIds: false };
    const former = createSessionStore<{ n: number }>(given, before);
    const created = await Promise.all([1, 2, 3].map((n) => former.create({ userId: "u1", data: { n } })));
    const args = [
      "migrate",
      ...address,
      "--yes",
      "--json",
      "--rate",
      "1000000",
      "--from",
      "core",
      "--no-from-hash-ids",
    ];
    args.push("--from-prefix", before.sessionPrefix, "--from-user-sessions-prefix", before.userSessionsPrefix);
    const ran = await runCli([...args, "--to-hash-ids"]);
    expect([ran.stderr, ran.exitCode]).toEqual(["", 0]);
    expect(ran.json<Result>()).toMatchObject({ found: 3, done: 3 });
    const now = createSessionStore<{ n: number }>(given, { ...before, hashIds: true });
    const found = await Promise.all(created.map(async ({ id }) => (await now.get(id))?.data.n));
    expect([found, await now.deleteAll("u1")]).toEqual([[1, 2, 3], 3]);
  };
  await Promise.all([
    on(client, "{app}", ["--url", cluster.urls[0] ?? ""]),
    on(upstash, unique(), ["--url", endpoint.url, "--token", endpoint.token]),
  ]);
  const apart = [
    "migrate",
    "--url",
    cluster.urls[0] ?? "",
    "--yes",
    "--from",
    "core",
    "--to-hash-ids",
    "--no-from-hash-ids",
  ];
  const { exitCode, stderr } = await runCli(apart);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/needs one \{hash tag\} in all prefixes/)]);
});
