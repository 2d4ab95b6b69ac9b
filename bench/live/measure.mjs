import { fork } from "node:child_process";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { createSessionStore } from "redis-keyspace";
import { createSessionStream } from "redis-keyspace/live";
import { inParallel } from "../data/pool.mjs";
import { median, rounded } from "../measure/statistics.mjs";
import { kinds } from "./clients.mjs";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

const data = { name: "Ada Lovelace", roles: ["editor", "author"], theme: "dark", note: "x".repeat(100) };

/** Everything about streams, on each client. */
export async function measureLive({ rounds, revocations, watchers }, progress) {
  const results = [];
  for (const kind of Object.keys(kinds)) {
    const redis = await startRedis();
    try {
      progress(`live: reads, ${kind}`);
      const reads = await measureReads(redis, kind, rounds);
      progress(`live: revocations, ${kind}`);
      const revoked = await measureRevocations(redis, kind, revocations);
      progress(`live: watchers, ${kind}`);
      results.push({ kind, ...reads, ...revoked, ...(await measureWatchers(redis, kind, watchers)) });
    } finally {
      await redis.stop();
    }
  }
  return results;
}

async function open(redis, kind, prefix, cache) {
  const own = await kinds[kind].connect(redis.url);
  const ofStream = await kinds[kind].connectStream(redis.url);
  const stream = createSessionStream(ofStream.client);
  const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
  const cached = createSessionStore(own.client, { ...prefixes, cache: { stream, maxAgeMs: 60_000, ...cache } });
  await stream.ready();
  return {
    client: own.client,
    cached,
    plain: createSessionStore(own.client, prefixes),
    async close() {
      await stream.close();
      ofStream.close();
      await own.close();
    },
  };
}

/** Microseconds of one, `concurrency` at once, each in turn in every round. */
async function takeTurns(rounds, concurrency, works) {
  const times = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, { count, run }] of Object.entries(works)) {
      collectGarbage({ type: "minor" });
      const start = performance.now();
      await inParallel(count, concurrency, run);
      // The first round warms up.
      if (round >= 0) times[name].push(((performance.now() - start) * 1000) / count);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

async function measureReads(redis, kind, rounds) {
  const hot = await open(redis, kind, "hot:");
  const cold = await open(redis, kind, "cold:", { maxEntries: 1 });
  const made = await Promise.all(
    Array.from({ length: 100 }, (_, n) => hot.cached.create({ userId: `u${n}`, data: { ...data, n } })),
  );
  const coldly = await Promise.all(
    Array.from({ length: 100 }, (_, n) => cold.cached.create({ userId: `u${n}`, data: { ...data, n } })),
  );
  const results = {};
  for (const concurrency of [1, 64]) {
    for (const { id } of [...made, ...made]) await hot.cached.get(id);
    const times = await takeTurns(rounds, concurrency, {
      raw: { count: concurrency * 200, run: (i) => hot.client.get(`hot:s:${made[i % 100].id}`) },
      hot: { count: 100_000, run: (i) => hot.cached.get(made[i % 100].id) },
      plain: { count: concurrency * 200, run: (i) => cold.plain.get(coldly[i % 100].id) },
      miss: { count: concurrency * 200, run: (i) => cold.cached.get(coldly[i % 100].id) },
    });
    results[`hotAt${concurrency}`] = rounded(times.raw / times.hot);
    results[`hotUsAt${concurrency}`] = rounded(times.hot);
    results[`missAt${concurrency}`] = rounded(times.miss / times.plain);
  }
  await hot.close();
  await cold.close();
  return results;
}

/** From when a revocation is answered here until another process, under load, refuses the session. */
async function measureRevocations(redis, kind, count) {
  const prefix = "far:";
  const here = await open(redis, kind, prefix);
  const other = fork(new URL("process.mjs", import.meta.url), [kind, redis.url, prefix], { stdio: "inherit" });
  await once(other, "message");
  const busy = await Promise.all(Array.from({ length: 100 }, () => here.plain.create({ userId: "busy", data })));
  other.send({ load: busy.map(({ id }) => id) });
  await once(other, "message");
  // Elsewhere sessions are touched all the time.
  let isBusy = true;
  const touching = (async () => {
    for (let i = 0; isBusy; i++) await here.plain.touch(busy[i % busy.length].id);
  })();
  const [refused, told] = [[], []];
  for (let i = 0; i < count; i++) {
    // All processes of an application have a stream, so that each tells.
    const { id } = await here.cached.create({ userId: "u1", data });
    other.send({ id });
    await once(other, "message");
    const ended = once(other, "message");
    await here.cached.delete(id);
    const answered = process.hrtime.bigint();
    const [{ refusedAt, toldAt }] = await ended;
    refused.push(Number(BigInt(refusedAt) - answered) / 1e6);
    told.push(Number(BigInt(toldAt) - answered) / 1e6);
  }
  isBusy = false;
  await touching;
  other.send({ end: true });
  await once(other, "exit");
  await here.close();
  return { refusedMs: spread(refused), toldMs: spread(told) };
}

/** Of what was negative, the other process was faster than the answer. */
function spread(all) {
  const sorted = all.map((ms) => Math.max(0, ms)).sort((a, b) => a - b);
  const at = (part) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]);
  return { median: at(0.5), p99: at(0.99), worst: rounded(sorted.at(-1)) };
}

async function measureWatchers(redis, kind, count) {
  const here = await open(redis, kind, "watched:");
  const made = [];
  for (let n = 0; n < count; n += 500) {
    const some = Array.from({ length: 500 }, (_, i) => here.plain.create({ userId: `u${n + i}`, data }));
    made.push(...(await Promise.all(some)).map(({ id }) => id));
  }
  collectGarbage();
  const heap = process.memoryUsage().heapUsed;
  const { cpu } = await spent(async () => {
    for (const id of made) here.cached.watch(id, { onEnd() {} });
    // Looked at in the order in which they began.
    const last = new Promise((resolve) => here.cached.watch("not there", { onEnd: () => resolve() }));
    await last;
  });
  collectGarbage();
  const bytes = (process.memoryUsage().heapUsed - heap) / count;
  const idle = await spent(() => new Promise((resolve) => setTimeout(resolve, 3_000)));
  await here.close();
  return { watcherBytes: Math.round(bytes), watchUs: rounded(cpu / count), idleMsPerSecond: rounded(idle.cpu / 3_000) };
}

async function spent(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpu: user + system };
}
