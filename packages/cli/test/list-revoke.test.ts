import { redisStorage } from "@redis-keyspace/better-auth";
import { redisAuth } from "@redis-keyspace/next-auth";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createSessionStore, type SessionStoreOptions } from "redis-keyspace";
import { toHashedId } from "redis-keyspace/adapter";
import { createSessionStream, type EndReason } from "redis-keyspace/live";
import { seal } from "redis-keyspace/sealing";
import { expect, onTestFinished, test, vi } from "vitest";
import { keysUnder, proxiedUrl, sharedClient, sharedUrl, unique } from "./environment.js";
import { runCli, runInTerminal, startCli } from "./run-cli.js";

const client = sharedClient();
const soon = { timeout: 10_000 };

function open(options: SessionStoreOptions<object> = {}, { on = client, url = sharedUrl() } = {}) {
  const prefix = unique();
  const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
  const sessions = createSessionStore<object>(on, { ...prefixes, ...options });
  const flags = ["--url", url, "--prefix", `${prefix}s:`, "--user-sessions-prefix", `${prefix}u:`];
  return { prefix, prefixes, sessions, flags };
}

/** Where nobody else has keys: a glance at some of them is a glance at ours. */
async function ownServer() {
  const redis = await startRedis();
  const own = new Redis(redis.url);
  onTestFinished(async () => {
    own.disconnect();
    await redis.stop();
  });
  return { on: own, url: redis.url };
}

interface Listed {
  readonly sessions: readonly { readonly handle: string; readonly createdAt: string; readonly device: string | null }[];
}

test("a table of handles, times and devices, the last used first; 1 where there are none", async () => {
  const { sessions, flags } = open({ idleTimeoutSeconds: 7200 }, await ownServer());
  const userAgent =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
  await sessions.create({
    userId: "ada",
    data: { device: { userAgent, ip: "203.0.113.7\u001b[2J" } },
    idleTimeoutSeconds: 60,
  });
  await sessions.create({ userId: "ada", data: {} });
  const [listed, nobody] = await Promise.all([runCli(["list", "ada", ...flags]), runCli(["list", "eve", ...flags])]);
  expect(listed.stderr).toBe("");
  const [head, ...lines] = listed.stdout.trimEnd().split("\n");
  expect(head?.split(/ {2,}/)).toEqual(["handle", "created", "last used", "expires", "device"]);
  expect(lines[0]).toMatch(/^~[\w-]{32} {2}\d+ sec. ago +in (1 hr|2 hr|119 min)\.$/);
  expect(lines[1]).toMatch(/ {2}Safari on iOS, 203\.0\.113\.7�\[2J$/);
  expect(nobody.exitCode).toBe(1);
  expect(nobody.stdout).toBe("no sessions of eve\n");
  expect(nobody.stderr).toBe("");
});

test("options that do not fit what is there are told where nothing is found", async () => {
  const server = await ownServer();
  const sealed = open({ codec: seal("a secret of the tests which is long and random 8f3a91c2") }, server);
  const plain = open({}, server);
  await sealed.sessions.create({ userId: "ada", data: {} });
  await plain.sessions.create({ userId: "ada", data: {} });
  const [withoutSecrets, withSecrets, withIds, elsewhere] = await Promise.all([
    runCli(["list", "ada", ...sealed.flags]),
    runCli(["list", "ada", "--json", ...sealed.flags], {
      KEYSPACE_SECRETS: "a secret of the tests which is long and random 8f3a91c2",
    }),
    runCli(["list", "ada", "--no-hash-ids", ...plain.flags]),
    runCli(["list", "ada", "--url", server.url, "--prefix", "nowhere:", "--user-sessions-prefix", "u:"]),
  ]);
  expect([withoutSecrets.exitCode, withoutSecrets.stderr]).toEqual([
    1,
    "Sessions here are sealed: give their secrets in KEYSPACE_SECRETS\n",
  ]);
  expect(withSecrets.stderr).toBe("");
  expect(withSecrets.json<Listed>().sessions).toHaveLength(1);
  expect([withIds.exitCode, withIds.stderr]).toEqual([1, "Keys here hold hashes of ids: --hash-ids\n"]);
  expect(elsewhere.stderr).toBe('At a glance no key starts with "nowhere:": is it the right --preset and --prefix?\n');
});

test("one, all but one, all: running processes with a near cache and sockets are told at once", async () => {
  const listener = new Redis(sharedUrl(), { lazyConnect: true });
  await listener.connect();
  const stream = createSessionStream(listener);
  onTestFinished(async () => {
    await stream.close();
    listener.disconnect();
  });
  const { sessions, flags } = open({ cache: { stream, maxAgeMs: 60_000 } });
  await stream.ready();
  const created = await Promise.all(Array.from({ length: 5 }, () => sessions.create({ userId: "ada", data: {} })));
  const bobs = await sessions.create({ userId: "bob", data: {} });
  const told = new Map<string, EndReason>();
  const handles = await Promise.all(created.map(({ id }) => toHashedId(id)));
  for (const [i, handle] of handles.entries()) {
    const id = created[i]?.id ?? "";
    await sessions.get(id);
    sessions.watch(id, { onEnd: (reason) => void told.set(handle, reason) });
  }
  const [one, two, kept] = handles as [string, string, string];
  const left = async () => (await sessions.list("ada")).map(({ handle }) => handle).sort();

  // With and without the tilde, which a shell may take for a folder.
  const some = await runCli([
    "revoke",
    "ada",
    one.slice(0, 9),
    "--yes",
    ...flags,
    "--",
    two.slice(1, 12),
    "AAAAAAAAAAAA",
  ]);
  expect([some.exitCode, some.stdout]).toEqual([1, "2 sessions of ada ended\n"]);
  expect(some.stderr).toBe("no session of ada begins with AAAAAAAAA…\n");
  await vi.waitFor(() => expect(new Set(told.keys())).toEqual(new Set([one, two])), soon);

  const slip = await runCli(["revoke", "ada", "--except", "AAAAAAAAAAAA", "--yes", ...flags]);
  expect([slip.exitCode, slip.stdout]).toEqual([1, "no such session of ada\n"]);
  const others = await runCli(["revoke", "ada", "--except", kept, "--yes", "--json", ...flags]);
  expect([others.exitCode, others.json<{ ended: string[] }>().ended.length, await left()]).toEqual([0, 2, [kept]]);

  const all = await runCli(["revoke", "ada", "--all", "--yes", ...flags]);
  expect([all.exitCode, all.stdout, await left()]).toEqual([0, "1 session of ada ended\n", []]);
  await vi.waitFor(() => expect([...told.values()]).toEqual(created.map(() => "revoked")), soon);
  expect(await sessions.get(created[0]?.id ?? "")).toBeNull();
  expect(await sessions.get(bobs.id)).not.toBeNull();
});

test("everybody, under one prefix, and what is no session is left alone", async () => {
  const { adapter } = redisAuth(client, { baseKeyPrefix: unique() });
  const { prefix, sessions, flags } = open();
  await Promise.all(Array.from({ length: 700 }, (_, n) => sessions.create({ userId: `u${n % 50}`, data: {} })));
  await client.set(`${prefix}s:no-session`, "{}");
  const user = await adapter.createUser({ id: unique(), email: `${unique()}@example.com` });
  const sessionToken = unique();
  await adapter.createSession({ sessionToken, userId: user.id, expires: new Date(Date.now() + 60_000) });
  const { exitCode, stdout } = await runCli(["revoke", "--all-users", "--yes", "--json", ...flags]);
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, { ended: 700, others: 1 }]);
  expect(await keysUnder(client, prefix)).toEqual([`${prefix}s:no-session`]);
  expect(await adapter.getSessionAndUser(sessionToken)).not.toBeNull();
});

test("sessions of the replaced packages: by their own lists, and by --scan where there are none", async () => {
  const [auth, better, sess] = [unique(), unique(), unique()];
  const expires = new Date(Date.now() + 3_600_000);
  // Auth.js with @auth/upstash-redis-adapter: a pointer to the user's last session.
  const token = "a-token-of-the-replaced-package";
  const key = `${auth}user:session:${token}`;
  await client.set(key, JSON.stringify({ sessionToken: token, userId: "ada", expires }));
  await client.set(`${auth}user:session:by-user-id:ada`, key);
  // better-auth with @better-auth/redis-storage: a list.
  const session = { id: "1", token, userId: "ada", expiresAt: expires };
  await client.set(`${better}${token}`, JSON.stringify({ session, user: { id: "ada" } }), "EX", 3600);
  const list = JSON.stringify([{ token, expiresAt: Number(expires) }]);
  await client.set(`${better}active-sessions-ada`, list, "EX", 3600);
  // connect-redis: nothing.
  await client.set(`${sess}${token}`, JSON.stringify({ cookie: {}, userId: "ada" }), "EX", 3600);

  const revoke = (...flags: string[]) => runCli(["revoke", "ada", "--all", "--yes", "--url", sharedUrl(), ...flags]);
  const ran = await Promise.all([
    revoke("--preset", "next-auth", "--prefix", `${auth}user:session:`),
    revoke("--preset", "better-auth", "--prefix", better),
    revoke("--preset", "express-session", "--prefix", sess, "--user-id", "userId"),
  ]);
  expect(ran.map(({ stdout }) => stdout)).toEqual([
    "1 session of ada ended\n",
    "1 session of ada ended\n",
    "no sessions of ada to end\n",
  ]);
  const advice = "Sessions that the replaced package has written may be in no list: --scan looks at every session\n";
  expect(ran.map(({ stderr }) => stderr)).toEqual(["", "", advice]);
  const scanned = await revoke("--preset", "express-session", "--prefix", sess, "--user-id", "userId", "--scan");
  expect([scanned.exitCode, scanned.stdout, scanned.stderr]).toEqual([0, "1 session of ada ended\n", ""]);
  expect(await client.exists(key, `${better}${token}`, `${sess}${token}`)).toBe(0);
  await redisStorage({ client, keyPrefix: better }).clear();
});

test("Ctrl-C between two sessions says how many had been ended", async () => {
  const { sessions, flags } = open({}, { url: await proxiedUrl() });
  const created = await Promise.all(Array.from({ length: 300 }, () => sessions.create({ userId: "ada", data: {} })));
  const kept = await toHashedId(created[0]?.id ?? "");
  const running = startCli(["revoke", "ada", "--except", kept, "--yes", ...flags]);
  await vi.waitFor(async () => expect(await sessions.count("ada")).toBeLessThan(300), {
    timeout: 10_000,
    interval: 1,
  });
  running.kill("SIGINT");
  const { exitCode, stderr } = await running.ended;
  const left = await sessions.count("ada");
  const ended = `${300 - left} ${left === 299 ? "session" : "sessions"}`;
  expect([exitCode, stderr, left > 1]).toEqual([
    130,
    `error: stopped before its end; ${ended} had been ended\nThe same command goes on with the rest\n`,
    true,
  ]);
});

test("which sessions are to end has to be clear, and somebody has to say so", async () => {
  const { sessions, flags } = open();
  await sessions.create({ userId: "ada", data: {} });
  const [nothing, both, short, nobody, question, everybody] = await Promise.all([
    runCli(["revoke", "ada", ...flags]),
    runCli(["revoke", "ada", "--all", "--except", "~abcdefgh", ...flags]),
    runCli(["revoke", "ada", "~abcdefg", ...flags]),
    runCli(["revoke", "--all", ...flags]),
    runCli(["revoke", "ada", "--all", ...flags]),
    runCli(["revoke", "--all-users", ...flags]),
  ]);
  const advice = "One of: <user> <handle>, <user> --all, <user> --except <handle>, --all-users\n";
  expect(nothing.stderr).toBe(`error: it is not clear which sessions are to end\n${advice}`);
  expect(both.stderr).toBe(nothing.stderr);
  expect(short.stderr).toBe("error: a handle needs its first 8 characters\n");
  expect(nobody.stderr).toBe(`error: a user is missing\n${advice}`);
  const asked = "error: nobody can be asked here: this is no terminal\nWith --yes it is done without a question\n";
  expect([question.stderr, everybody.stderr]).toEqual([asked, asked]);
  expect([nothing, both, short, nobody, question, everybody].map(({ exitCode }) => exitCode)).toEqual(Array(6).fill(2));
  expect(await sessions.list("ada")).toHaveLength(1);
});

// `script` of util-linux gives it a terminal; that of other systems takes other options.
test.runIf(process.platform === "linux")("in a terminal it asks, and everybody's end needs a word", async () => {
  const { sessions, flags } = open();
  const left = async () => (await sessions.list("ada")).length;
  await Promise.all(Array.from({ length: 3 }, () => sessions.create({ userId: "ada", data: {} })));
  const [no, slip] = await Promise.all([
    runInTerminal(["revoke", "ada", "--all", ...flags], "End all 3 sessions of ada?", "n"),
    runInTerminal(["revoke", "--all-users", ...flags], 'Type "everybody":', "everyone\r"),
  ]);
  expect([no.exitCode, slip.exitCode, await left()]).toEqual([130, 130, 3]);
  for (const { stdout } of [no, slip]) expect(stdout).toContain("nothing was done");
  const yes = await runInTerminal(["revoke", "--all-users", ...flags], 'Type "everybody":', "everybody\r");
  expect([yes.exitCode, await left()]).toEqual([0, 0]);
});
