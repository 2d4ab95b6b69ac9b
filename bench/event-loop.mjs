// How long `list` and `deleteAll` of one user with very many sessions stop the event loop at most:
//
//     npx pnpm@12.21.0 run build && node --expose-gc bench/event-loop.mjs [sessions] [contestant]
//
// A stop is what passes between two turns of the event loop, and `ofCpuMs` how long this process computed in one. Half a
// second of idle turns before each operation shows what the machine itself does.
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { createSessionStore } from "redis-keyspace";

const SESSIONS = Number(process.argv[2] ?? 100_000);
const only = process.argv[3] ?? "";
const text = "x".repeat(200);

/** @type {Record<string, (urls: [string, string]) => Promise<{ client: any, close(): unknown }>>} */
const contestants = {
  "node-redis, atomic": async ([url]) => {
    const client = await createClient({ url })
      .on("error", () => {})
      .connect();
    return { client, close: () => client.destroy() };
  },
  "ioredis, atomic": async ([url]) => {
    const client = new Redis(url).on("error", () => {});
    return { client, close: () => client.disconnect() };
  },
  "node-redis, two clients": async ([one, two]) => {
    const session = await createClient({ url: one })
      .on("error", () => {})
      .connect();
    const userSessions = await createClient({ url: two })
      .on("error", () => {})
      .connect();
    return {
      client: { session, userSessions },
      close() {
        session.destroy();
        userSessions.destroy();
      },
    };
  },
  "ioredis, two clients": async ([one, two]) => {
    const [session, userSessions] = [new Redis(one), new Redis(two)];
    return {
      client: { session, userSessions },
      close() {
        session.disconnect();
        userSessions.disconnect();
      },
    };
  },
};

/** @param {() => Promise<unknown>} work */
async function longestStop(work) {
  let longest = 0;
  let longestCpu = 0;
  let over = false;
  const watch = (async () => {
    for (let last = performance.now(), cpu = process.cpuUsage(); !over; ) {
      await turn();
      const now = performance.now();
      const cpuNow = process.cpuUsage();
      longest = Math.max(longest, now - last);
      longestCpu = Math.max(longestCpu, (cpuNow.user + cpuNow.system - cpu.user - cpu.system) / 1000);
      last = now;
      cpu = cpuNow;
    }
  })();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  over = true;
  await watch;
  return { ms: Math.round(ms), longestStopMs: Math.round(longest), ofCpuMs: Math.round(longestCpu) };
}

const [one, two] = await Promise.all([startRedis(), startRedis()]);
try {
  const rows = [];
  for (const [name, connect] of Object.entries(contestants)) {
    if (!name.includes(only)) continue;
    const { client, close } = await connect([one.url, two.url]);
    const sessions = createSessionStore(client, { commandTimeoutMs: 120_000 });
    let made = 0;
    const signIn = async () => {
      while (made++ < SESSIONS) await sessions.create({ userId: "u1", data: { text } });
    };
    await Promise.all(Array.from({ length: 200 }, signIn));
    for (const [operation, work] of /** @type {const} */ ([
      ["idle", () => delay(500)],
      ["list", async () => (await sessions.list("u1")).length],
      ["idle", () => delay(500)],
      ["deleteAll", () => sessions.deleteAll("u1")],
    ])) {
      globalThis.gc?.();
      rows.push({ name, operation, ...(await longestStop(work)) });
    }
    await close();
  }
  console.table(rows);
} finally {
  await Promise.all([one.stop(), two.stop()]);
}
