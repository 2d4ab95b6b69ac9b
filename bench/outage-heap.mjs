// The heap of a process that signs people in while Redis is down, and how many of those sign-ins are carried out once it is back:
//
//     npx pnpm@12.21.0 run build && node --expose-gc bench/outage-heap.mjs [seconds] [sign-ins a second]
//
// Redis keeps its scripts and data: a proxy before it refuses connections. Heaps are in MB, after a collection; the peak is the
// highest of those of each second of the outage.
import { setTimeout as delay } from "node:timers/promises";
import { startProxy, startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { createSessionStore } from "redis-keyspace";

const SECONDS = Number(process.argv[2] ?? 30);
const RATE = Number(process.argv[3] ?? 400);
const BATCH_MS = 25;

/** @type {Record<string, (url: string) => Promise<{ client: any, close(): void }>>} */
const contestants = {
  "node-redis 6": async (url) => {
    const client = await createClient({ url })
      .on("error", () => {})
      .connect();
    return { client, close: () => client.destroy() };
  },
  "ioredis 6": async (url) => {
    const client = new Redis(url).on("error", () => {});
    return { client, close: () => client.disconnect() };
  },
};

function heap() {
  globalThis.gc?.();
  return Number((process.memoryUsage().heapUsed / 1e6).toFixed(1));
}

/** @param {import("@redis-keyspace/scripts/servers").RedisServer} redis */
async function scriptsRun(redis) {
  const stats = String(await redis.command("INFO", "commandstats"));
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

/** @param {string} name @param {(url: string) => Promise<{ client: any, close(): void }>} connect */
async function measure(name, connect) {
  const redis = await startRedis();
  const proxy = await startProxy(redis);
  const { client, close } = await connect(proxy.url);
  const sessions = createSessionStore(client);
  let [tried, failed] = [0, 0];
  const signIn = () =>
    sessions.create({ userId: `u${tried++ % 1000}`, data: { text: "x".repeat(200) } }).catch(() => failed++);
  /** @param {number} seconds */
  const load = async (seconds) => {
    let peak = 0;
    const start = performance.now();
    for (let sent = 0, second = 1; second <= seconds; ) {
      const elapsed = performance.now() - start;
      for (; sent < (RATE * elapsed) / 1000; sent++) void signIn();
      if (elapsed > second * 1000) {
        second++;
        peak = Math.max(peak, heap());
      }
      await delay(BATCH_MS);
    }
    return peak;
  };
  try {
    await load(3);
    await sessions.count("u0");
    const start = heap();
    await proxy.refuse();
    [tried, failed] = [0, 0];
    const peak = await load(SECONDS);
    // Those of the last five seconds have their time limit still before them: Redis stays away until it is over.
    while (failed < tried) await delay(BATCH_MS);
    const before = await scriptsRun(redis);
    await proxy.resume();
    const back = createSessionStore(client, { commandTimeoutMs: 20_000 });
    // Whatever the client still has for Redis goes before it.
    await back.get("none");
    const after = await scriptsRun(redis);
    return { name, tried, failed, start, peak, end: heap(), "run afterwards": after - before };
  } finally {
    close();
    await proxy.stop();
    await redis.stop();
  }
}

const rows = [];
for (const [name, connect] of Object.entries(contestants)) rows.push(await measure(name, connect));
console.table(rows);
