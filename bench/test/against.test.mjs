import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSessionStore } from "redis-keyspace";
import { describe, expect, it } from "vitest";
import { ofBuild } from "../contestants/ours.mjs";
import { ask } from "../measure/ask.mjs";
import { measureCell } from "../measure/cell.mjs";
import { repeating } from "../measure/repeat.mjs";
import { medianInterval } from "../measure/statistics.mjs";
import { against, ofBuilds } from "../parts/against.mjs";
import { plan } from "../plan.mjs";
import { judgeAgainst } from "../targets.mjs";

const effort = { rounds: 2, sliceMs: 0, budgetMs: 0 };
const small = {
  against: {
    cells: [
      { op: "get", n: 1, concurrency: 1 },
      { op: "rotate", n: 1, concurrency: 64 },
      { op: "count", n: 3, concurrency: 1 },
    ],
    clusterCells: [{ op: "touch", n: 1, concurrency: 1 }],
    effortFor: () => effort,
    repeats: 0,
  },
};

/** A build whose reads are slow, and nothing else. */
function withSlowReads(...args) {
  const store = createSessionStore(...args);
  const get = store.get.bind(store);
  store.get = (id) => sleep(5).then(() => get(id));
  return store;
}

describe("ours against another build", () => {
  it("takes turns with it and raw on each client and topology, and shows what is much faster", {
    timeout: 60_000,
  }, async () => {
    const part = ofBuilds((connection) => ofBuild("before", withSlowReads, connection));
    const results = await part.measure(small, () => {});
    const against = results.rows.filter(({ vs }) => vs === "before");
    expect(against.map(({ client, op }) => `${client} ${op}`)).toEqual([
      ...["node-redis 6", "ioredis 6"].flatMap((client) => ["get", "rotate", "count"].map((op) => `${client} ${op}`)),
      ...["node-redis 6 Cluster touch", "ioredis 6 Cluster touch"],
    ]);
    for (const { op, ratio, interval } of against) {
      if (op === "get") expect(ratio).toBeGreaterThan(2);
      expect(interval[0]).toBeLessThanOrEqual(ratio);
      expect(interval[1]).toBeGreaterThanOrEqual(ratio);
    }
    const [table] = Object.values(part.tables(results));
    expect(table.split("\n").filter((line) => /redis/.test(line))).toHaveLength(against.length);
    expect(table).toMatch(/\| node-redis 6 +\| get /);
  });

  it("says what is slower, with the interval, and that nothing is", () => {
    const row = { op: "list", n: 100, concurrency: 1, client: "ioredis 6", vs: "before", interval: [0.9, 0.96] };
    const cpu = { clientCpuRatio: 1.02, redisCpuRatio: 1 };
    const fast = { ...row, op: "get", n: 1, ratio: 0.97 };
    const raw = { ...row, vs: "raw", ratio: 0.5 };
    expect(judgeAgainst([fast, raw])).toMatchObject({ measured: "none slower than 0.97", reached: true });
    expect(judgeAgainst([fast, { ...row, ...cpu, ratio: 0.969 }, raw])).toMatchObject({
      measured: "list of 100 at 1, ioredis 6: 0.969 (0.9 to 0.96; CPU: 1.02 and 1)",
      reached: false,
    });
  });

  it("compares every operation that it has", () => {
    for (const quick of [true, false]) {
      const compared = new Set(plan(quick).against.cells.map(({ op }) => op));
      expect([...compared].sort()).toEqual(
        ["get", "create", "touch", "update", "rotate", "delete", "list", "count", "deleteAll"].sort(),
      );
    }
  });

  it("says which folder has no build", async () => {
    const folder = await mkdtemp(join(tmpdir(), "no-build-"));
    try {
      await expect(against(folder)).rejects.toThrow(
        `--against takes the folder of a built redis-keyspace; there is no ${join(folder, "dist/index.js")}`,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("a cell in which ours is slower", () => {
  const [ours, before] = [{ name: "ours" }, { name: "before" }];
  const taken = (perSecond) => ({ perSecond, clientCpuUs: 1, redisCpuUs: 1 });

  /** Ours at these speeds, in the order of the measurements; the other build at 100. */
  async function rounds(speeds, repeats) {
    const left = [...speeds];
    const measure = async () =>
      new Map([
        [ours, [taken(left.shift())]],
        [before, [taken(100)]],
      ]);
    const measured = repeating({ vs: "before", least: 0.97, repeats }, measure);
    const samples = await measured({}, { contestants: [ours, before] });
    expect(samples.get(before)).toHaveLength(samples.get(ours).length);
    return samples.get(ours).map(({ perSecond }) => perSecond);
  }

  it("is measured again until the median of all rounds is not slower", async () => {
    expect(await rounds([90, 100, 100, 100], 4)).toEqual([90, 100, 100]);
  });

  it("is slower when it stays so", async () => {
    expect(await rounds([90, 96, 120, 96, 96, 200], 4)).toEqual([90, 96, 120, 96, 96]);
  });

  it("is not measured again when it is as fast", async () => {
    expect(await rounds([97], 4)).toEqual([97]);
  });
});

it("a server that does not answer is asked again, and the fifth failure is the caller's", async () => {
  const failing = (times) => ({ command: async (word) => (times-- > 0 ? Promise.reject(new Error("late")) : word) });
  expect(await ask(failing(4), "PING")).toBe("PING");
  await expect(ask(failing(5), "PING")).rejects.toThrow("late");
});

it("with sameCount every round runs as many operations of a slow contestant as of a fast one", async () => {
  let runs = 0;
  const slices = [];
  const contestant = (name, get) => ({
    name,
    client: "none",
    seed: async () => [{ userId: "u", sessions: [name] }],
    get: async () => {
      runs++;
      await get();
      return name;
    },
  });
  const contestants = [contestant("ours", async () => {}), contestant("before", () => sleep(1))];
  const seeders = { ours: contestants[0], before: contestants[1] };
  const redisCpuUs = async () => {
    slices.push(runs);
    runs = 0;
    return 0;
  };
  const effort = { rounds: 2, sliceMs: 1, budgetMs: 10_000, sameCount: true };
  await measureCell({ op: "get", n: 1, concurrency: 1 }, { contestants, seeders, effort, redisCpuUs });
  // It is asked before and after each slice.
  const counts = slices.slice(-2 * 2 * contestants.length).filter((_, i) => i % 2 === 1);
  expect(counts[0]).toBeGreaterThan(5);
  expect(new Set(counts).size).toBe(1);
});

it("the interval of a median narrows with the number of values, and is all of few", () => {
  const upTo = (n) => Array.from({ length: n }, (_, i) => n - i);
  expect(medianInterval(upTo(5))).toEqual([1, 5]);
  expect(medianInterval(upTo(11))).toEqual([2, 10]);
  expect(medianInterval(upTo(55))).toEqual([20, 36]);
});
