import { startRedis } from "@redis-keyspace/scripts/servers";
import autocannon from "autocannon";
import { Meter } from "../measure/meter.mjs";
import { median, rounded, shuffled } from "../measure/statistics.mjs";
import { startContestant } from "./contestants.mjs";

/** Requests that are counted one after another. */
const COUNTED = 20;

const kinds = ["read", "write"];

/**
 * Web servers in turns under load on one Redis, a session for each connection.
 *
 * @param {{ rounds: number, loads: [connections: number, requests: number][] }} effort
 * @param {readonly string[]} names The first one is ours.
 * @param {(text: string) => void} progress
 */
export async function measureHttp({ rounds, loads }, names, progress) {
  const redis = await startRedis();
  const contestants = [];
  try {
    const sessions = Math.max(...loads.map(([connections]) => connections));
    for (const name of names) contestants.push(await startContestant(name, redis, sessions));
    const rows = [];
    for (const kind of kinds) {
      const costs = new Map();
      for (const name of names) costs.set(name, await count(name, kind, redis));
      for (const [connections, requests] of loads) {
        progress(`HTTP ${kind} at ${connections}`);
        const samples = await inTurns(contestants, rounds, (contestant) =>
          load(contestant, kind, requests, connections),
        );
        for (const name of names) {
          const ratios = samples.get(names[0]).map((ours, round) => ours / samples.get(name)[round]);
          rows.push({
            ...{ kind, connections, name, perSecond: rounded(median(samples.get(name))) },
            ...{ oursToTheirs: rounded(median(ratios)), ...costs.get(name) },
          });
        }
      }
    }
    return rows;
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.stop()));
    await redis.stop();
  }
}

/** The first round lets every server's code get warm and counts for nothing. */
export async function inTurns(contestants, rounds, measure) {
  const samples = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of shuffled(contestants)) {
      const sample = await measure(contestant);
      if (round > 0) samples.get(contestant.name).push(sample);
    }
  }
  return samples;
}

async function load({ origin, cookies }, kind, requests, connections) {
  let next = 0;
  /** @type {number[]} */
  const answered = [];
  // It ends with a tick of its sampling clock, so the answers are timed here.
  const running = autocannon({
    url: `${origin}/${kind}`,
    connections,
    amount: requests,
    sampleInt: 50,
    setupClient: (client) => client.setHeaders({ cookie: cookies[next++ % cookies.length] }),
  });
  running.on("response", () => answered.push(performance.now()));
  const result = await running;
  if (result["2xx"] !== requests) throw new Error(`${requests - result["2xx"]} of ${requests} requests failed`);
  return (1000 * (requests - connections)) / (answered[requests - 1] - answered[connections - 1]);
}

/** What one request costs on the wire to Redis, of a session that the server knows. */
async function count(name, kind, redis) {
  const meter = new Meter();
  const contestant = await startContestant(name, await meter.proxy(redis), 1);
  try {
    const headers = { cookie: contestant.cookies[0] };
    const request = async () => void (await (await fetch(`${contestant.origin}/${kind}`, { headers })).text());
    // The first runs tell the server the scripts.
    for (let n = 0; n < 2; n++) await request();
    const { roundTrips, commands, sentBytes } = await meter.count(async () => {
      for (let n = 0; n < COUNTED; n++) await request();
    });
    const each = (total) => rounded(total / COUNTED);
    return { roundTrips: each(roundTrips), commands: each(commands), sentBytes: each(sentBytes) };
  } finally {
    await contestant.stop();
    await meter.close();
  }
}
