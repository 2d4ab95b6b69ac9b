// How long `redis-keyspace doctor` takes for a million sessions, how much memory, and what others wait for Redis meanwhile:
//
//     npx pnpm@12.21.0 run build && node bench/doctor.mjs [sessions] [reads a second]
//
// Others are one connection that reads sessions at a steady rate, in a thread of its own.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";

const SESSIONS = Number(process.argv[2] ?? 1_000_000);
const RATE = Number(process.argv[3] ?? 1000);
const ALONE_MS = 15_000;

if (isMainThread) await measure();
else await readSteadily(workerData);

async function measure() {
  const redis = await startRedis();
  try {
    await fill(redis.url);
    const load = new Worker(fileURLToPath(import.meta.url), { workerData: redis.url });
    await delay(2000);
    const alone = await during(load, () => delay(ALONE_MS));
    const before = await cpuOf(redis);
    const beside = await during(load, () => runDoctor(redis.url));
    await load.terminate();
    const { summary, peakMb, cpuSeconds } = beside.result;
    const redisSeconds = (await cpuOf(redis)) - before;
    const info = String(await redis.command("INFO", "commandstats"));
    console.log(
      `load average ${loadavg()
        .map((load) => load.toFixed(1))
        .join(", ")}`,
    );
    console.table({
      alone: { "p50 ms": alone.p50, "p99 ms": alone.p99, "p99.9 ms": alone.p999 },
      "beside doctor": { "p50 ms": beside.p50, "p99 ms": beside.p99, "p99.9 ms": beside.p999 },
    });
    console.log(
      `doctor: ${summary.sessions} sessions, ${summary.keys} keys in ${(summary.tookMs / 1000).toFixed(1)} s`,
    );
    console.log(`findings: ${summary.findings.map((finding) => `${finding.name} ${finding.count}`).join(", ")}`);
    console.log(`CPU: doctor ${cpuSeconds.toFixed(1)} s, Redis ${redisSeconds.toFixed(1)} s with the reads of others`);
    for (const name of ["eval", "scan"]) {
      const [, calls, usec] = new RegExp(`cmdstat_${name}:calls=(\\d+).*?usec_per_call=([\\d.]+)`).exec(info) ?? [];
      console.log(`${name}: ${calls} times, ${usec} µs of Redis each`);
    }
    console.log(`its own PINGs: p99 ${summary.p99Ms.toFixed(1)} ms; at most ${peakMb} MB of memory`);
  } finally {
    await redis.stop();
  }
}

/** Seconds of CPU that Redis has used. */
async function cpuOf(redis) {
  const info = String(await redis.command("INFO", "cpu"));
  return [/used_cpu_user:([\d.]+)/, /used_cpu_sys:([\d.]+)/].reduce(
    (sum, field) => sum + Number(field.exec(info)[1]),
    0,
  );
}

/** Two sessions a user, as `createSessionStore` keeps them, of about 300 bytes. */
async function fill(url) {
  const client = new Redis(url);
  const end = Date.now() + 7 * 24 * 3600 * 1000;
  for (let from = 0; from < SESSIONS; from += 5000) {
    const pipeline = client.pipeline();
    for (let n = from; n < Math.min(from + 5000, SESSIONS); n++) {
      const userId = `user-${n >> 1}`;
      const id = `~${String(n).padStart(32, "0")}`;
      const text = `{"expiresAt":${end + n},"endsAt":null,"userId":"${userId}","createdAt":${end - 1e9},"data":{"text":"${"x".repeat(200)}"}}`;
      pipeline.set(`session:${id}`, text, "PXAT", end + n).zadd(`user-sessions:${userId}`, end + n, id);
      if (n % 2 === 1) pipeline.pexpireat(`user-sessions:${userId}`, end + n);
    }
    await pipeline.exec();
  }
  client.disconnect();
}

async function during(load, task) {
  load.postMessage("begin");
  const result = await task();
  load.postMessage("end");
  const times = await new Promise((resolve) => load.once("message", resolve));
  const sorted = times.sort((one, other) => one - other);
  const at = (share) => Number(sorted[Math.floor(sorted.length * share)].toFixed(2));
  return { result, p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

async function runDoctor(url) {
  const binary = fileURLToPath(new URL("../packages/cli/dist/bin.js", import.meta.url));
  const child = spawn(process.execPath, [binary, "doctor", "--json", "--url", url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  let [peakMb, cpuSeconds] = [0, 0];
  const watching = setInterval(() => {
    const [, peak] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
    if (peak !== undefined) peakMb = Math.round(Number(peak) / 1000);
    const [user, system] = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(" ").slice(13, 15).map(Number);
    cpuSeconds = (user + system) / 100;
  }, 250);
  child.once("exit", () => clearInterval(watching));
  await new Promise((resolve) => child.once("close", resolve));
  return { summary: JSON.parse(stdout), peakMb, cpuSeconds };
}

/** Reads at the rate, however long each takes. */
async function readSteadily(url) {
  const client = new Redis(url);
  let times = [];
  parentPort.on("message", (word) => {
    if (word === "end") parentPort.postMessage(times);
    times = [];
  });
  const start = performance.now();
  for (let sent = 0; ; ) {
    const elapsed = performance.now() - start;
    for (; sent < (RATE * elapsed) / 1000; sent++) {
      const due = performance.now();
      const id = String(Math.floor(Math.random() * SESSIONS)).padStart(32, "0");
      void client.get(`session:~${id}`).then(() => times.push(performance.now() - due));
    }
    await delay(1);
  }
}
