import { startRedis } from "@redis-keyspace/scripts/servers";
import { connectUpstash } from "../clients.mjs";
import { ours, published } from "../next-auth/contestants.mjs";
import { countMethods } from "../next-auth/count.mjs";
import { measureTimes } from "../next-auth/measure.mjs";
import { costTable, judgeNextAuth, timeTable } from "../next-auth/report.mjs";

const LATENCIES_MS = [0, 5, 25];

/** Both adapters on `@upstash/redis`. */
export const nextAuth = {
  measure,
  tables: ({ costs, times }) => ({
    "NextAuth: HTTP requests and billed commands per method": costTable(costs),
    "NextAuth: milliseconds, one after another": timeTable(times),
  }),
  judge: judgeNextAuth,
};

async function measure({ effortFor }, progress) {
  const redis = await startRedis();
  const open = [];
  try {
    for (const latencyMs of LATENCIES_MS) open.push(await connectUpstash(redis.url, latencyMs));
    const [direct] = open;
    progress("NextAuth: requests per method");
    const costs = {};
    for (const contestantOf of [ours, published]) {
      const { name, adapter } = contestantOf(direct);
      costs[name] = await countMethods(adapter, direct.server);
    }
    const times = [];
    for (const connection of open) {
      times.push(...(await measureTimes({ redis, connection, direct, effortFor }, progress)));
    }
    return { costs, times };
  } finally {
    await Promise.all(open.map((connection) => connection.close()));
    await redis.stop();
  }
}
