// What client tracking costs while other processes write: broadcast for a prefix on a connection of its own (BCAST), which tells
// of every write, and by default, which tells of what the connection has read: node bench/live/tracking-modes.mjs, after
// `npm run build`.
//
// A process touches 10,000 sessions at random. Another one holds some of them, and reads each again when it was touched; without
// tracking it reads as many. Redis's CPU is that of touches, reads and tracking, for each touch.
import { fork } from "node:child_process";
import { once } from "node:events";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { createClient } from "redis";
import { createSessionStore } from "redis-keyspace";
import { inParallel } from "../data/pool.mjs";
import { median, rounded, shuffled } from "../measure/statistics.mjs";
import { plainTable } from "../report/tables.mjs";

const SESSIONS = 10_000;
const HELD = [100, 2000];
const MODES = ["none", "BCAST", "default"];
const TOUCHES_A_SECOND = 4500;
const ROUNDS = 3;
const WINDOW_MS = 4000;

const options = { sessionPrefix: "s:", userSessionsPrefix: "u:", hashIds: false };
const [role, url, ...given] = process.argv.slice(2);
process.on("disconnect", () => process.exit());
if (role === "writer") await write(url);
else if (role === "listener") await listen(url, given[0], Number(given[1]));
else await compare();

async function compare() {
  const redis = await startRedis();
  const client = await createClient({ url: redis.url }).connect();
  const sessions = createSessionStore(client, { ...options });
  await inParallel(SESSIONS, 64, (n) => sessions.create({ id: `session-${n}`, userId: `u${n}`, data: { n } }));
  const writer = start("writer", redis.url);
  await once(writer, "message");
  const table = plainTable([
    "held",
    "tracking",
    "touches a second",
    "Redis, µs a touch",
    "the listener, CPU ms a second",
  ]);
  for (const held of HELD) {
    const seen = Object.fromEntries(MODES.map((mode) => [mode, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const mode of shuffled(MODES)) seen[mode].push(await look(redis, writer, mode, held));
    }
    for (const mode of MODES) {
      const middle = (name) => rounded(median(seen[mode].map((one) => one[name])));
      table.push([held, mode, middle("touches"), middle("redisUs"), middle("listenerMs")]);
    }
  }
  writer.kill();
  client.destroy();
  await redis.stop();
  console.log(table.toString());
}

/** One window of one mode. */
async function look(redis, writer, mode, held) {
  const listener = start("listener", redis.url, mode, String(held));
  await once(listener, "message");
  const before = await counts(redis, writer, listener);
  await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
  const after = await counts(redis, writer, listener);
  listener.kill();
  await once(listener, "exit");
  const touches = after.touches - before.touches;
  const seconds = (after.at - before.at) / 1000;
  return {
    touches: touches / seconds,
    redisUs: (after.redisUs - before.redisUs) / touches,
    listenerMs: (after.listenerUs - before.listenerUs) / 1000 / seconds,
  };
}

async function counts(redis, writer, listener) {
  const [info, touches, listenerUs] = await Promise.all([redis.command("INFO", "cpu"), ask(writer), ask(listener)]);
  const [, system = "", user = ""] = /used_cpu_sys:(\S+)\s+used_cpu_user:(\S+)/.exec(String(info)) ?? [];
  return { at: performance.now(), redisUs: (Number(system) + Number(user)) * 1e6, touches, listenerUs };
}

function start(...args) {
  const child = fork(new URL(import.meta.url), args, { stdio: "inherit" });
  return child.once("exit", (code) => code && process.exit(code));
}

async function ask(child) {
  child.send("count");
  const [answer] = await once(child, "message");
  return answer;
}

async function write(url) {
  const client = await createClient({ url }).connect();
  const sessions = createSessionStore(client, { ...options, touchAfterSeconds: 0 });
  let touches = 0;
  process.on("message", () => process.send(touches));
  process.send("ready");
  const began = performance.now();
  for (let sent = 0; ; ) {
    const due = ((performance.now() - began) / 1000) * TOUCHES_A_SECOND;
    for (; sent < due; sent++)
      void sessions.touch(`session-${Math.floor(Math.random() * SESSIONS)}`).then(() => touches++);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function listen(url, mode, number) {
  const client = await createClient({ url, RESP: 3, emitInvalidate: mode === "default" }).connect();
  const held = new Set();
  const read = (key) => client.get(key);
  const onWrite = (key) => held.has(String(key)) && read(String(key));
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  process.on("message", () => process.send(cpu()));
  // The client itself turns it on, by default.
  if (mode === "default") client.on("invalidate", onWrite);
  if (mode === "BCAST") {
    const own = await client.duplicate({ emitInvalidate: true }).connect();
    own.on("invalidate", onWrite);
    await own.sendCommand(["CLIENT", "TRACKING", "OFF"]);
    await own.sendCommand(["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", options.sessionPrefix]);
  }
  for (let n = 0; n < number; n++) held.add(`${options.sessionPrefix}session-${n}`);
  await Promise.all(Array.from(held, read));
  if (mode === "none") {
    const all = [...held];
    const began = performance.now();
    let sent = 0;
    setInterval(() => {
      const due = ((performance.now() - began) / 1000) * TOUCHES_A_SECOND * (number / SESSIONS);
      for (; sent < due; sent++) read(all[sent % all.length]);
    }, 10);
  }
  process.send("ready");
}
