// Where Redis can be, and what can be wrong with the way to it.

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import {
  beginMove,
  type RedisCluster,
  type RedisServer,
  startCluster,
  startProxy,
  startRedis,
  startSentinel,
} from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Cluster, Redis } from "ioredis";
import { createSessionStore, type StoreClient } from "redis-keyspace";
import { expect, onTestFinished, test, vi } from "vitest";
import { keysUnder, sharedUrl, unique } from "./environment.js";
import { runCli, startCli } from "./run-cli.js";

/** Lists, counts and revokes there. */
async function works(client: StoreClient, flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const prefix = unique();
  const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
  const sessions = createSessionStore<object>(client, prefixes);
  await Promise.all(["ada", "ada", "bob", "eve"].map((userId) => sessions.create({ userId, data: {} })));
  const all = ["--prefix", prefixes.sessionPrefix, "--user-sessions-prefix", prefixes.userSessionsPrefix, ...flags];
  const [list, stats] = await Promise.all([
    runCli(["list", "ada", "--scan", "--json", ...all], env),
    runCli(["stats", "--json", ...all], env),
  ]);
  expect([list.stderr, stats.stderr]).toEqual(["", ""]);
  expect(list.json<{ sessions: unknown[] }>().sessions).toHaveLength(2);
  expect(stats.json()).toMatchObject({ sessions: 4, users: 3, isWhole: true });
  const revoked = await runCli(["revoke", "ada", "--all", "--yes", ...all], env);
  expect([revoked.stderr, revoked.stdout]).toEqual(["", "2 sessions of ada ended\n"]);
  const erased = await runCli(["erase", "bob", "--yes", "--json", ...all], env);
  expect([erased.stderr, erased.json()]).toEqual(["", expect.objectContaining({ left: 0 })]);
  const everybody = await runCli(["revoke", "--all-users", "--yes", ...all], env);
  expect([everybody.stderr, everybody.stdout]).toEqual(["", "1 session ended\n"]);
}

/** A session that has left the master of its slot, as far as others know, while the slot is on the move. */
async function readsWhatMoves(client: Cluster, { servers, urls }: RedisCluster) {
  const prefixes = { sessionPrefix: "{moves}s:", userSessionsPrefix: "{moves}u:" };
  await createSessionStore<object>(client, prefixes).create({ userId: "ada", data: {} });
  const slot = Number(await client.call("CLUSTER", "KEYSLOT", "moves"));
  const from = Math.floor((slot * servers.length) / 16_384);
  const [source, target] = [servers[from], servers[(from + 1) % servers.length]] as [RedisServer, RedisServer];
  const move = await beginMove(servers, slot, source, target);
  await move.move(await move.keys());
  const where = ["--prefix", prefixes.sessionPrefix, "--user-sessions-prefix", prefixes.userSessionsPrefix];
  const flags = ["--json", "--url", urls[0] ?? "", ...where];
  const [list, doctor] = await Promise.all([runCli(["list", "ada", "--scan", ...flags]), runCli(["doctor", ...flags])]);
  expect(doctor.json()).toMatchObject({ sessions: 1 });
  expect([list.stderr, list.json<{ sessions: unknown[] }>().sessions.length]).toEqual(["", 1]);
  await move.finish();
}

test("a Cluster, by the address of one of its nodes", async () => {
  const cluster = await startCluster();
  const client = new Cluster(cluster.nodes);
  onTestFinished(async () => {
    client.disconnect();
    await cluster.stop();
  });
  await works(client, ["--url", cluster.urls[1] ?? ""]);
  await readsWhatMoves(client, cluster);
  // Without a hash tag: of `redisAuthSessions`.
  const auth = await runCli(["list", "ada", "--preset", "next-auth", "--url", cluster.urls[0] ?? ""]);
  expect([auth.exitCode, auth.stdout]).toEqual([1, "no sessions of ada\n"]);
});

test("the master that Sentinels name", async () => {
  const sentinel = await startSentinel();
  const client = new Redis({ sentinels: sentinel.sentinels, name: sentinel.name });
  onTestFinished(async () => {
    client.disconnect();
    await sentinel.stop();
  });
  const hosts = sentinel.sentinels.map(({ host, port }: { host: string; port: number }) => `${host}:${port}`).join(",");
  const sessions = createSessionStore<object>(client);
  await sessions.create({ userId: "ada", data: {} });
  const { stderr, stdout } = await runCli([
    ...["revoke", "ada", "--all", "--yes"],
    ...["--url", `redis+sentinel://${hosts}/${sentinel.name}`],
  ]);
  expect([stderr, stdout]).toEqual(["", "1 session of ada ended\n"]);

  // Over TLS or not at all: neither Sentinel nor master is given the password in the clear.
  const [master] = sentinel.servers;
  await master?.command("CONFIG", "RESETSTAT");
  const secured = `rediss+sentinel://:pa55word@${hosts.split(",")[0]}/${sentinel.name}`;
  const { exitCode } = await runCli(["list", "ada", "--url", secured]);
  expect(exitCode).toBe(3);
  expect(await master?.command("INFO", "commandstats")).not.toMatch(/cmdstat_(auth|hello):calls=\d+/);
});

test("Upstash, with a token that is never told", async () => {
  const upstash = await startUpstashLocal({ redis: sharedUrl(), port: 0 });
  const client = new Redis(sharedUrl());
  onTestFinished(async () => {
    client.disconnect();
    await upstash.close();
  });
  await works(client, ["--url", upstash.url], { UPSTASH_REDIS_REST_TOKEN: upstash.token });
  const [none, wrong] = await Promise.all([
    runCli(["list", "ada", "--url", upstash.url]),
    runCli(["list", "ada", "--url", upstash.url, "--token", "a-wrong-token"]),
  ]);
  expect(none.stderr).toBe(
    "error: Upstash wants a token\nGive it in the variable UPSTASH_REDIS_REST_TOKEN, or with --token\n",
  );
  expect(wrong.stderr).toBe(`error: ${new URL(upstash.url).host} refuses the user name, the password or the token\n`);
  expect([none.exitCode, wrong.exitCode]).toEqual([2, 4]);
});

test("addresses, options and commands that cannot be", async () => {
  const address = "error: the address of Redis cannot be used";
  const advice = "For example: redis://127.0.0.1:6379, or in the variable REDIS_URL\n";
  const ran = await Promise.all([
    runCli(["list", "ada", "--url", "127.0.0.1"]),
    runCli(["list", "ada", "--url", "mysql://user:pa55word@host/"]),
    runCli(["list", "ada", "--url", "redis://:pa55word@127.0.0.1:1"]),
    runCli(["list", "ada", "--url", "redis+sentinel://:pa55word@127.0.0.1:99999/mymaster"]),
    runCli(["list", "ada", "--url", new URL("/99999", sharedUrl()).href]),
    runCli(["list", "ada", "--preset", "lucia-4"]),
    runCli(["list", "ada", "--preset", "express-session"]),
    runCli(["list", "ada", "--prefix", "app:", "--user-sessions-prefix", "app:u:", "--url", sharedUrl()]),
    runCli(["list", "ada", "--prefix", "app:session:"]),
    runCli(["stats", "--preset", "lucia", "--user-sessions-prefix", "app:user_sessions:"]),
    runCli(["list", "ada", "--preset", "next-auth", "--user-sessions-prefix", "app:user-sessions:"]),
    runCli(["erase", "ada", "--email", "ada@example.com", "--yes", "--url", sharedUrl()]),
    runCli(["list"]),
    runCli(["lost"]),
    runCli(["list", "ada", "--tokens=pa55word"]),
    runCli(["stats", "--rate", "0"]),
    runCli([]),
  ]);
  expect(ran.map(({ exitCode, stderr }) => [exitCode, stderr.split("\n", 1)[0]])).toEqual([
    [2, `${address}: it is no URL`],
    [2, `${address}: it must begin with redis://, rediss://, redis+sentinel:// or https://`],
    [3, "error: 127.0.0.1:1 does not answer: connect ECONNREFUSED 127.0.0.1:1"],
    [2, `${address}: a part of it is malformed`],
    [4, expect.stringContaining("answers ERR DB index is out of range")],
    [2, expect.stringContaining("Allowed choices are core, lucia, lucia-v3, next-auth")],
    [2, "error: sessions of express-session do not say whose they are"],
    [2, expect.stringContaining('option "sessionPrefix"')],
    [2, "error: --user-sessions-prefix is missing: one prefix does not follow from the other"],
    [2, "error: --prefix is missing: one prefix does not follow from the other"],
    [2, "error: next-auth takes no --user-sessions-prefix: it follows from --prefix"],
    [2, "error: this preset keeps no e-mail addresses"],
    [2, "error: missing required argument 'user'"],
    [2, "error: unknown command 'lost'"],
    [2, "error: unknown option '--tokens'"],
    [2, expect.stringContaining("It must be a whole number above 0.")],
    [2, "Usage: redis-keyspace [options] [command]"],
  ]);
  expect(ran[0]?.stderr).toContain(advice);
  expect(ran[8]?.stderr).toContain("\nWhere the application has not set it: --user-sessions-prefix user-sessions:\n");
  for (const { stdout, stderr } of ran) expect(stdout + stderr).not.toContain("pa55word");
});

test("a server that hangs, a wrong password, a user who may not scan, and a server that goes away on the way", async () => {
  const hanging = createServer().listen(0, "127.0.0.1");
  await once(hanging, "listening");
  const where = `127.0.0.1:${(hanging.address() as AddressInfo).port}`;
  const hangs = runCli(["list", "ada", "--url", `redis://${where}`]);
  const redis = await startRedis();
  const { hostname, port } = new URL(redis.url);
  const proxy = await startProxy({ host: hostname, port: Number(port) });
  const client = new Redis(redis.url);
  onTestFinished(async () => {
    client.disconnect();
    hanging.close();
    await proxy.stop();
    await redis.stop();
  });
  await client.call("ACL", "SETUSER", "reader", "on", ">s3cret-password", "~*", "+@all", "-scan");
  const sessions = createSessionStore<object>(client);
  await Promise.all(Array.from({ length: 3000 }, (_, n) => sessions.create({ userId: `u${n}`, data: {} })));
  const left = async (): Promise<number> => (await keysUnder(client, "session:")).length;
  const host = `${hostname}:${port}`;
  const as = (login: string) => ["--url", `redis://${login}@${host}`];
  const [wrong, list, scan] = await Promise.all([
    runCli(["list", "u1", ...as("reader:wrong-password")]),
    runCli(["list", "u1", ...as("reader:s3cret-password")]),
    runCli(["stats", ...as("reader:s3cret-password")]),
  ]);
  expect([wrong.exitCode, wrong.stderr]).toEqual([
    4,
    `error: ${host} refuses the user name, the password or the token\n`,
  ]);
  expect(list.exitCode).toBe(0);
  expect([scan.exitCode, scan.stderr]).toEqual([4, `error: ${host} does not let this user use the command SCAN\n`]);

  const cut = startCli(["revoke", "--all-users", "--yes", "--rate", "2000", "--url", proxy.url]);
  await vi.waitFor(async () => expect(await left()).toBeLessThan(3000), { timeout: 20_000 });
  await proxy.refuse();
  const { exitCode, stderr } = await cut.ended;
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/^error: .+; [\d,]+ sessions had been ended\nThe same command goes on with the rest\n$/);
  const rest = await runCli(["revoke", "--all-users", "--yes", "--url", redis.url]);
  expect([rest.exitCode, await keysUnder(client, "session")]).toEqual([0, []]);

  const { exitCode: gaveUp, stderr: said } = await hangs;
  expect([gaveUp, said]).toEqual([3, `error: ${where} does not answer: Command timed out\n`]);
});

test("a password is never told, wherever it stands", async () => {
  const ran = await Promise.all([
    runCli(["redis://:pa55word@127.0.0.1:1"]),
    runCli(["doctor", "redis://:pa55word@127.0.0.1:1"]),
    runCli(["list", "ada", "--preset", "redis://:pa/pa55word@127.0.0.1:1"]),
    runCli(["list", "ada", "--url", "redis://pa55word?x@127.0.0.1:1"]),
    runCli(["list", "ada", "--url", "https://user:pa55word@127.0.0.1:1", "--token", "t"]),
    runCli(["list", "ada", "--url", "redis+sentinel://pa55word/x@127.0.0.1:1/mymaster"]),
    runCli(["list", "ada", "--url", "redis+sentinel://:x@pa55word@127.0.0.1:1/mymaster"]),
  ]);
  expect(ran.map(({ exitCode, stderr }) => [exitCode, stderr.split("\n", 1)[0]])).toEqual([
    [2, "error: unknown command 'redis://…@127.0.0.1:1'"],
    [3, "error: 127.0.0.1:1 does not answer: connect ECONNREFUSED 127.0.0.1:1"],
    [2, expect.stringContaining("argument 'redis://…@127.0.0.1:1' is invalid")],
    [2, expect.stringContaining("in a password, / is %2F")],
    [2, expect.stringContaining("Upstash takes a token")],
    [2, expect.stringContaining("a part of it is malformed")],
    [2, expect.stringContaining("a part of it is malformed")],
  ]);
  for (const { stdout, stderr } of ran) expect(stdout + stderr).not.toContain("pa55word");
});
