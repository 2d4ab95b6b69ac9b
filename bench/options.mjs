// What options cost: the core's store with one and without it, in turns on one Redis.
//
//     npx pnpm@12.21.0 run build && node --expose-gc bench/options.mjs [option] [rounds]
//
// Ratios are operations per second, with ÷ without, the median over the rounds with its interval; µs are CPU of this process
// an operation. Records are of 300 bytes, before they are sealed.
import { randomBytes } from "node:crypto";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { createSessionStore } from "redis-keyspace";
import { sessionModel } from "redis-keyspace/adapter";
import { instrument } from "redis-keyspace/opentelemetry";
import { seal } from "redis-keyspace/sealing";
import { connect } from "./clients.mjs";
import { inParallel } from "./data/pool.mjs";
import { fillingData, LIFETIME_MS } from "./data/values.mjs";
import { median, medianInterval, rounded, shuffled } from "./measure/statistics.mjs";

const [which = "codec", rounds = "25"] = process.argv.slice(2);
const ROUNDS = Number(rounds);
const SLICE_MS = 100;

const data = fillingData((filling) => {
  const createdAt = new Date();
  const expiresAt = new Date(createdAt.getTime() + LIFETIME_MS);
  return sessionModel.encode({ userId: "user-00000000", data: filling, createdAt, expiresAt, absoluteExpiresAt: null });
});

/** Each option's value, and what it is compared with. */
const options = {
  codec: [{ codec: seal(randomBytes(32).toString("base64")) }, {}],
  hashIds: [{ hashIds: true }, { hashIds: false }],
  // No SDK is registered: its spans and metrics go nowhere.
  observe: [{ observe: instrument() }, {}],
};
const [given, plain] = options[which] ?? [];
if (given === undefined) throw new Error(`known options are ${Object.keys(options).join(", ")}`);
const stores = {
  without: { sessionPrefix: "without:s:", userSessionsPrefix: "without:u:", ...plain },
  with: { sessionPrefix: "with:s:", userSessionsPrefix: "with:u:", ...given },
};

/** @type {Record<string, (store: any, session: any, n: number) => Promise<unknown>>} */
const operations = {
  get: (store, session) => store.get(session.id),
  create: (store, _, n) => store.create({ userId: `user-${n % 1000}`, data }),
  update: (store, session) => store.update(session.id, () => ({ data })),
  touch: (store, session) => store.touch(session.id),
  "list of 100": (store) => store.list("user-of-100"),
};

/** Operations per second, and microseconds of CPU for each. */
async function slice(operation, store, sessions, concurrency) {
  globalThis.gc?.();
  let done = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const worker = async () => {
    while (performance.now() - start < SLICE_MS) await operation(store, sessions[done % sessions.length], done++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (done / ms) * 1000, micros: (user + system) / done };
}

async function measure(name, made, concurrency) {
  const seen = [];
  for (let round = -2; round < ROUNDS; round++) {
    const at = {};
    for (const [kind, { store, sessions }] of shuffled(Object.entries(made))) {
      at[kind] = await slice(operations[name], store, sessions, concurrency);
    }
    if (round >= 0) seen.push(at);
  }
  const ratios = seen.map((at) => at.with.perSecond / at.without.perSecond);
  const micros = (kind) => rounded(median(seen.map((at) => at[kind].micros)));
  const interval = medianInterval(ratios).map(rounded).join(" to ");
  return {
    name,
    concurrency,
    ratio: rounded(median(ratios)),
    interval,
    without: micros("without"),
    with: micros("with"),
  };
}

const server = await startRedis();
try {
  const rows = [];
  for (const client of ["node-redis 6", "ioredis 6"]) {
    const connection = await connect[client](server.url);
    const made = {};
    for (const [kind, options] of Object.entries(stores)) {
      const store = createSessionStore(connection.client, options);
      const sessions = [];
      await inParallel(1000, 64, async (i) => sessions.push(await store.create({ userId: `user-${i}`, data })));
      await inParallel(100, 64, () => store.create({ userId: "user-of-100", data }));
      made[kind] = { store, sessions };
    }
    for (const name of Object.keys(operations)) {
      for (const concurrency of [1, 64]) rows.push({ client, ...(await measure(name, made, concurrency)) });
    }
    for (const { store } of Object.values(made)) await inParallel(1000, 64, (i) => store.deleteAll(`user-${i}`));
    for (const { store } of Object.values(made)) await store.deleteAll("user-of-100");
    await connection.close();
  }
  console.table(rows);

  const connection = await connect["ioredis 6"](server.url);
  const sizes = [];
  for (const [kind, options] of Object.entries(stores)) {
    const store = createSessionStore(connection.client, options);
    await store.create({ userId: "user-00000000", data });
    const [item] = await store.list("user-00000000");
    const key = options.sessionPrefix + item.handle;
    const [bytes, memory] = [await server.command("STRLEN", key), await server.command("MEMORY", "USAGE", key)];
    sizes.push({ kind, bytes, memory });
  }
  console.table(sizes);
  await connection.close();
} finally {
  await server.stop();
}
