import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createSessionStore, type Session } from "redis-keyspace";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../run-cli.js";
import { handleOf } from "./handle-of.js";
import { doctor } from "./run-doctor.js";

const redis = await startRedis();
const client = new Redis(redis.url);
const sessions = createSessionStore<{ n: number }>(client);

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

/** Each test has the server for itself: what one leaves, another would find. */
async function emptied(): Promise<void> {
  const keys = await client.keys("*");
  if (keys.length > 0) await client.del(keys);
}

const keyOf = async (session: Session<unknown>): Promise<string> => `session:${await handleOf(session)}`;
const create = (userId: string): Promise<Session<{ n: number }>> => sessions.create({ userId, data: { n: 1 } });

/** A session and a fault in it, for each finding that `--fix` mends. */
const mendable: Readonly<Record<string, (session: Session<unknown>, index: string) => Promise<unknown>>> = {
  "unlisted-session": async (session, index) => client.zrem(index, await handleOf(session)),
  "unfinished-sign-out": async (session, index) => client.zadd(index, -1, await handleOf(session)),
  "index-ends-early": (_, index) => client.pexpire(index, 60_000),
  "session-without-ttl": async (session) => client.persist(await keyOf(session)),
  "index-without-ttl": (_, index) => client.persist(index),
  "entry-without-session": async (session) => client.del(await keyOf(session)),
  "ttl-beyond-deadline": async (session) => client.pexpire(await keyOf(session), 10 ** 12),
  "costly-encoding": async (_, index) => {
    await client.zadd(index, 1, "x".repeat(100));
    await client.zrem(index, "x".repeat(100));
  },
};

test("what is safe to mend is found, mended, and not found again", async () => {
  await emptied();
  const faulty: Record<string, Session<{ n: number }>> = {};
  for (const [name, spoil] of Object.entries(mendable)) {
    const session = await create(`user of ${name}`);
    await create(`user of ${name}`);
    await spoil(session, `user-sessions:user of ${name}`);
    faulty[name] = session;
  }
  const { ran, names, finding, ...found } = await doctor(redis.url);
  expect(ran.exitCode).toBe(1);
  expect(names).toEqual(expect.arrayContaining(Object.keys(mendable)));
  for (const name of Object.keys(mendable)) {
    expect(finding(name), name).toMatchObject({
      count: 1,
      fixable: true,
      example: expect.stringMatching(/^(session:~|user-sessions:user)[^~]{0,4}…$/),
    });
  }
  expect(found).toMatchObject({ sessions: 15, users: 8, keys: 23, isComplete: true });

  const asked = await runCli(["doctor", "--fix", "--url", redis.url]);
  expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--yes") });

  const fixed = await doctor(redis.url, ["--fix", "--yes"]);
  expect(Object.fromEntries(fixed.mended.map(({ name, count, left }) => [name, [count, left]]))).toEqual(
    Object.fromEntries(Object.keys(mendable).map((name) => [name, [1, 0]])),
  );
  // The private server of a test keeps nothing on disk.
  expect(fixed.ran.exitCode).toBe(1);
  const after = await doctor(redis.url);
  expect(after.names.filter((name) => name in mendable)).toEqual([]);

  for (const [name, session] of Object.entries(faulty)) {
    const handle = await handleOf(session);
    const userId = `user of ${name}`;
    const isEnded = name === "entry-without-session" || name === "unfinished-sign-out";
    expect(await sessions.get(session.id), name).toEqual(isEnded ? null : expect.anything());
    expect(
      (await sessions.list(userId)).some((item) => item.handle === handle),
      name,
    ).toBe(!isEnded);
    expect(await sessions.count(userId), name).toBe(isEnded ? 1 : 2);
  }
  expect(await client.object("ENCODING", "user-sessions:user of costly-encoding")).toBe("listpack");
  for (const index of await client.keys("user-sessions:*"))
    expect(await client.pttl(index), index).toBeGreaterThan(10 ** 9);
});

test("what is not safe to mend is said, and left", async () => {
  await emptied();
  const session = await create("u1");
  const lucia = { id: "lucia", user_id: "u1", active_expires: Date.now() + 1e6, idle_expires: Date.now() + 1e6 };
  const others = createSessionStore<{ n: number }>(client, {
    sessionPrefix: "session:admin:",
    userSessionsPrefix: "admin:",
  });
  const another = await others.create({ userId: "u1", data: { n: 2 } });
  const text = String(await client.get(await keyOf(session)));
  const elapsed = Array.from({ length: 1001 }, (_, n) => [1000, `elapsed ${n}`]).flat();
  await Promise.all([
    client.lpush(`session:~${"l".repeat(32)}`, "1"),
    client.set("user-sessions:u2", "1"),
    client.set("session:lucia", JSON.stringify(lucia), "PX", 1e6),
    client.set(`session:~${"j".repeat(32)}`, "{}", "PX", 1e6),
    client.set("session:in-the-clear", text, "PX", 1e6),
    client.zadd("user-sessions:u3", ...elapsed),
    client.pexpire("user-sessions:u3", 1e6),
    client.set("sk_ioredis_session:abc", "{}", "PX", 1e6),
  ]);
  await client.pexpire("user-sessions:u3", 1e6);
  const { finding, ran, names } = await doctor(redis.url, ["--fix", "--yes"]);
  expect(finding("wrong-type").count).toBe(2);
  expect(finding("overlapping-prefixes")).toMatchObject({
    what: expect.stringContaining("session:admin:"),
    fixable: false,
  });
  expect(finding("unreadable-session")).toMatchObject({ count: 2, what: expect.stringContaining("Lucia 2") });
  expect(finding("other-id-form").what).toContain("session ids");
  expect(finding("many-sessions")).toMatchObject({ count: 1, what: expect.stringContaining("1,001") });
  expect(finding("keys-of-another-preset").what).toContain("--preset sveltekit-v1");
  expect(names).not.toContain("unlisted-session");
  for (const secret of [session.id, await handleOf(session), "in-the-clear", another.id, await handleOf(another)]) {
    expect(ran.stdout).not.toContain(secret);
  }
  expect(await others.get(another.id)).not.toBeNull();
  expect(await client.exists("user-sessions:u2", "session:lucia", "session:in-the-clear")).toBe(3);
});

test("with options that are not the application's, nothing is mended", async () => {
  await emptied();
  for (const userId of ["u1", "u1", "u2"]) await create(userId);
  const wrongSessions = await doctor(redis.url, [
    "--prefix",
    "sessions:",
    "--user-sessions-prefix",
    "user-sessions:",
    "--fix",
    "--yes",
  ]);
  expect(wrongSessions.finding("entry-without-session")).toMatchObject({ count: 3, fixable: false });
  const wrongIndex = await doctor(redis.url, [
    "--prefix",
    "session:",
    "--user-sessions-prefix",
    "users:",
    "--fix",
    "--yes",
  ]);
  expect(wrongIndex.finding("unlisted-session")).toMatchObject({ count: 3, fixable: false });
  expect(await client.keys("users:*")).toEqual([]);
  expect((await sessions.list("u1")).length).toBe(2);
  const overlapping = await runCli(["doctor", "--url", redis.url, "--prefix", "a:", "--user-sessions-prefix", "a:b:"]);
  expect(overlapping).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("is the beginning of") });
});

test("keys of replaced packages are known, and those that are listed by them are no orphans", async () => {
  await emptied();
  const soon = Date.now() + 1e6;
  const expires = new Date(soon).toISOString();
  const token = { identifier: "ada@example.com", token: "abc", expires: new Date(1000).toISOString() };
  await client.mset({
    "user:session:token-1": JSON.stringify({ sessionToken: "token-1", userId: "u1", expires }),
    "user:session:by-user-id:u1": "user:session:token-1",
    "user:token:ada@example.com:abc": JSON.stringify(token),
    "session-curveball": "{}",
  });
  await client.set(
    "session:l1",
    JSON.stringify({ id: "l1", user_id: "u1", active_expires: soon, idle_expires: soon }),
    "PXAT",
    soon,
  );
  await client.sadd("user_sessions:u1", "l1");
  await client.set(
    "better-auth:tok",
    JSON.stringify({ session: { token: "tok", userId: "u1", expiresAt: expires } }),
    "PXAT",
    soon,
  );
  await client.set("better-auth:active-sessions-u1", JSON.stringify([{ token: "tok", expiresAt: soon }]), "PXAT", soon);

  const nextAuth = await doctor(redis.url, ["--preset", "next-auth", "--fix", "--yes"]);
  expect(nextAuth.names).not.toContain("unlisted-session");
  expect(nextAuth.finding("value-without-ttl")).toMatchObject({
    count: 1,
    what: expect.stringContaining("verification token"),
  });
  expect(nextAuth.finding("session-without-ttl").count).toBe(1);
  expect(await client.exists("user:token:ada@example.com:abc")).toBe(0);
  expect(await client.zscore("index:user:session:u1", "token-1")).toBe(String(soon));
  expect(await client.pexpiretime("user:session:token-1")).toBe(soon);

  const lucia = await doctor(redis.url, ["--preset", "lucia"]);
  expect(lucia.names).not.toContain("unlisted-session");
  expect(lucia.finding("legacy-sets")).toMatchObject({ count: 1, severity: "note" });

  const betterAuth = await doctor(redis.url, ["--preset", "better-auth"]);
  expect(betterAuth.names).not.toContain("unlisted-session");

  const curveball = await doctor(redis.url, ["--preset", "curveball"]);
  expect(curveball.finding("session-without-end").count).toBe(1);
  expect(curveball.names).toContain("owners-unknown");
});

test("people read findings with advice, and no id", async () => {
  await emptied();
  const session = await create("u1");
  await create("u1");
  await client.zrem("user-sessions:u1", await handleOf(session));
  const { stdout, exitCode } = await runCli(["doctor", "--url", redis.url]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("1 live session is in no list: a sign-out everywhere does not end it.");
  expect(stdout).toContain("→ redis-keyspace doctor --fix lists them again");
  expect(stdout).toMatch(/Looked at 2 sessions and 1 list among 3 keys in/);
  expect(stdout).not.toContain(await handleOf(session));
});

test("what --fix does not mend after all is left, and what others wrote does nothing to a terminal", async () => {
  await emptied();
  await client.zadd("user-sessions:\u001b[2J, and a long name", -1, "gone");
  const { mended, ran } = await doctor(redis.url, ["--fix", "--yes"]);
  expect(mended).toEqual([{ name: "index-without-ttl", count: 0, left: 1 }]);
  expect(ran.exitCode).toBe(1);
  const { stdout } = await runCli(["doctor", redis.url]);
  expect(stdout).toContain("index-without-ttl  user-sessions:\uFFFD[2J…");
  expect(stdout).not.toContain("\u001b");
});
