// How long the writes of one turn hold Redis, by SLOWLOG (from 30 µs on), and how long a lone command beside them waits:
// node bench/batches.mjs, after `npm run build`.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { connect } from "./clients.mjs";
import { ours } from "./contestants/ours.mjs";
import { inParallel } from "./data/pool.mjs";
import { newUserIds } from "./data/values.mjs";
import { rounded } from "./measure/statistics.mjs";
import { plainTable } from "./report/tables.mjs";

const AT_ONCE = 64;
const ROUNDS = 500;

const server = await startRedis({ config: ["slowlog-log-slower-than 30", "slowlog-max-len 1000000"] });
const table = plainTable([
  "client",
  "operation",
  "scripts",
  "µs, median",
  "p99",
  "longest",
  "PING beside, ms, median",
  "p99",
]);
try {
  for (const name of ["node-redis 6", "ioredis 6"]) {
    const [connection, other] = [await connect[name](server.url), await connect["ioredis 6"](server.url)];
    const contestant = ours(connection);
    for (const op of ["touch", "update", "delete"]) {
      const seeded = await contestant.seed(newUserIds(AT_ONCE * (op === "delete" ? ROUNDS + 20 : 2)), 1);
      const sessions = seeded.map(({ sessions: [session] }) => session);
      const pings = [];
      let at = 0;
      const round = () => inParallel(AT_ONCE, AT_ONCE, () => contestant[op](sessions[at++ % sessions.length]));
      for (let i = 0; i < 20; i++) await round();
      await other.client.slowlog("RESET");
      for (let i = 0; i < ROUNDS; i++) {
        const started = performance.now();
        const ping = other.client.ping().then(() => pings.push(performance.now() - started));
        await Promise.all([round(), ping]);
      }
      const held = (await other.client.slowlog("GET", "-1"))
        .filter(([, , , [command]]) => /^evalsha$/i.test(command))
        .map(([, , micros]) => micros);
      const [of, beside] = [quantiles(held), quantiles(pings)];
      table.push([name, op, held.length, of.median, of.p99, of.longest, beside.median, beside.p99]);
    }
    await Promise.all([connection.close(), other.close()]);
  }
} finally {
  await server.stop();
}
console.log(table.toString());

function quantiles(values) {
  const sorted = values.toSorted((one, another) => one - another);
  const at = (share) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { median: at(0.5), p99: at(0.99), longest: at(1) };
}
