import { startRedis } from "@redis-keyspace/scripts/servers";
import { inParallel } from "../data/pool.mjs";
import { inTurns } from "../http/measure.mjs";
import { Meter } from "../measure/meter.mjs";
import { median, rounded } from "../measure/statistics.mjs";
import { names, startContestant } from "./contestants.mjs";

const SESSIONS = 10;

/**
 * What is asked of a contestant, for a user. A sign-in is undone and a revocation is prepared outside of what is measured, so
 * that every user keeps as many sessions.
 */
const kinds = {
  "sign-in": { run: "signIn", after: "revoke" },
  read: { run: "read" },
  list: { run: "list" },
  revoke: { before: "signIn", run: "revoke" },
};

/**
 * better-auth with each storage in turns on one Redis.
 *
 * @param {{ rounds: number, users: number }} effort
 * @param {(text: string) => void} progress
 */
export async function measureBetterAuth({ rounds, users }, progress) {
  const redis = await startRedis();
  const contestants = [];
  try {
    for (const name of names) contestants.push(await startContestant(name, redis, { users, sessions: SESSIONS }));
    const rows = [];
    const costs = await countAll(redis);
    for (const [kind, steps] of Object.entries(kinds)) {
      for (const connections of [1, 16]) {
        progress(`better-auth ${kind} at ${connections}`);
        const samples = await inTurns(contestants, rounds, (contestant) =>
          slice(contestant, steps, users, connections),
        );
        for (const name of names) {
          const ratios = samples.get(names[0]).map((ours, round) => ours / samples.get(name)[round]);
          rows.push({
            ...{ kind, connections, name, perSecond: rounded(median(samples.get(name))) },
            ...{ oursToTheirs: rounded(median(ratios)), ...costs[name][kind] },
          });
        }
      }
    }
    return rows;
  } finally {
    for (const contestant of contestants) contestant.close();
    await redis.stop();
  }
}

/** Requests per second, one of each user: no two are of the same user at once. */
async function slice(contestant, { before, run, after }, users, connections) {
  const results = [];
  const each = (step) =>
    inParallel(users, connections, async (user) => {
      results[user] = await contestant[step](user, results[user]);
    });
  if (before !== undefined) await each(before);
  const start = performance.now();
  await each(run);
  const seconds = (performance.now() - start) / 1000;
  if (after !== undefined) await each(after);
  return users / seconds;
}

/** What one request of each kind costs on the wire to Redis, by name and kind. */
export async function countAll(redis, { which = names, sessions = SESSIONS } = {}) {
  const costs = {};
  for (const name of which) {
    const meter = new Meter();
    const contestant = await startContestant(name, await meter.proxy(redis), { users: 1, sessions });
    try {
      costs[name] = await countKinds(contestant, meter);
    } finally {
      contestant.close();
      await meter.close();
    }
  }
  return costs;
}

async function countKinds(contestant, meter) {
  const costs = {};
  // The first runs tell the server the scripts.
  for (let n = 0; n < 3; n++) {
    for (const [kind, { before, run, after }] of Object.entries(kinds)) {
      let result = before === undefined ? undefined : await contestant[before](0);
      const { roundTrips, commands, sentBytes } = await meter.count(async () => {
        result = await contestant[run](0, result);
      });
      costs[kind] = { roundTrips, commands, sentBytes };
      if (after !== undefined) await contestant[after](0, result);
    }
  }
  return costs;
}
