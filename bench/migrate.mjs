// Migrates sessions of connect-redis under load, kills the command twice, and looks at every session afterwards:
//
//     npx pnpm@12.21.0 run build && node bench/migrate.mjs [sessions] [adopt|hash] [operations a second]
//
// `adopt`: sessions are taken over where they are, beside connect-redis. `hash`: they move to hashed ids, beside stores
// that wait and stores that move.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { RedisStore } from "@redis-keyspace/express-session";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { RedisStore as LegacyStore } from "connect-redis";
import { Redis } from "ioredis";
import { createClient } from "redis";

const SESSIONS = Number(process.argv[2] ?? 1_000_000);
const kind = process.argv[3] ?? "adopt";
const RATE = Number(process.argv[4] ?? 300);
const binary = fileURLToPath(new URL("../packages/cli/dist/bin.js", import.meta.url));

const server = await startRedis();
const [reader, client] = [new Redis(server.url), await createClient({ url: server.url }).connect()];
const userIdFrom = (/** @type {any} */ { userId }) => userId;
const former = { hashIds: false };
const stores =
  kind === "adopt"
    ? [new LegacyStore({ client }), new RedisStore({ client: reader, userIdFrom })]
    : [false, true].map(
        (moves) => new RedisStore({ client: reader, userIdFrom, hashIds: true, migratingFrom: { ...former, moves } }),
      );

const cookie = { originalMaxAge: 86_400_000, expires: new Date(Date.now() + 86_400_000).toISOString(), path: "/" };
const ids = Array.from({ length: SESSIONS }, (_, i) => `session-${i}`);
for (let from = 0; from < SESSIONS; from += 5000) {
  const pipeline = reader.pipeline();
  for (const [i, id] of ids.slice(from, from + 5000).entries()) {
    pipeline.set(
      `sess:${id}`,
      JSON.stringify({ cookie, userId: `u${(from + i) % (SESSIONS / 2)}`, n: 0 }),
      "EX",
      86_400,
    );
  }
  await pipeline.exec();
}

/** What each session holds, and which have been ended. */
const [numbers, ended, busy] = [new Int32Array(SESSIONS), new Uint8Array(SESSIONS), new Uint8Array(SESSIONS)];
const found = { lost: 0, signedOut: 0, revived: 0 };
/** @type {number[]} */
let latencies = [];
let isOver = false;

async function use() {
  const i = Math.floor(Math.random() * SESSIONS);
  if (busy[i] === 1) return;
  busy[i] = 1;
  const id = /** @type {string} */ (ids[i]);
  const store = /** @type {any} */ (stores[i % 2]);
  const startedAt = performance.now();
  const session = await store.get(id);
  if (ended[i] === 1) {
    if (session) found.revived++;
  } else if (!session) {
    found.signedOut++;
  } else {
    if (session.n !== numbers[i]) found.lost++;
    if (i % 20 === 0) {
      await store.destroy(id);
      ended[i] = 1;
    } else {
      session.n = ++/** @type {any} */ (numbers)[i];
      await store.set(id, session);
    }
  }
  latencies.push(performance.now() - startedAt);
  busy[i] = 0;
}

async function load() {
  for (let due = performance.now(); !isOver; due += 1000 / RATE) {
    const wait = due - performance.now();
    if (wait > 1) await delay(wait);
    use().catch((error) => console.error(error));
  }
}

function p99() {
  const sorted = latencies.sort((one, other) => one - other);
  latencies = [];
  return `${(sorted[Math.floor(sorted.length * 0.99)] ?? 0).toFixed(1)} ms`;
}

function migrate() {
  const args = ["migrate", "--url", server.url, "--yes", "--json", "--from", "express-session", "--user-id", "userId"];
  if (kind !== "adopt") args.push("--to-hash-ids");
  return spawn(process.execPath, [binary, ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

const loading = load();
await delay(5000);
const before = p99();
const startedAt = performance.now();
for (const _ of [1, 2]) {
  const child = migrate();
  const closed = once(child, "close");
  await delay(1000 + (30_000 * SESSIONS) / 1_000_000);
  child.kill("SIGKILL");
  await closed;
}
const last = migrate();
let summary = "";
last.stdout.on("data", (text) => {
  summary += text;
});
await once(last, "close");
const seconds = (performance.now() - startedAt) / 1000;
const during = p99();
isOver = true;
await loading;
await delay(1000);

const now = new RedisStore({ client: reader, userIdFrom, hashIds: kind !== "adopt" });
for (let from = 0; from < SESSIONS; from += 1000) {
  await Promise.all(
    ids.slice(from, from + 1000).map(async (id, offset) => {
      const i = from + offset;
      const session = /** @type {any} */ (await now.get(id));
      if (ended[i] === 1) found.revived += session ? 1 : 0;
      else if (!session) found.signedOut++;
      else if (session.n !== numbers[i]) found.lost++;
    }),
  );
}
let unlisted = 0;
for (let user = 0; user < SESSIONS / 2; user += 997) {
  const own = [user, user + SESSIONS / 2].filter((i) => ended[i] === 0);
  if ((await now.count(`u${user}`)) !== own.length) unlisted++;
}

const { found: all, done, there, gone } = JSON.parse(summary);
console.log(
  JSON.stringify({
    ...{ kind, sessions: SESSIONS, seconds: Math.round(seconds), perSecond: Math.round(SESSIONS / seconds) },
    ...{ p99Before: before, p99During: during, loadAverage: loadavg()[0]?.toFixed(1) },
    summary: { found: all, done, there, gone },
    ...found,
    usersWithAWrongList: unlisted,
  }),
);
reader.disconnect();
client.destroy();
await server.stop();
