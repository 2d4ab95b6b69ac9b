import { rounded } from "./measure/statistics.mjs";

const node = "node-redis 6";
const io = "ioredis 6";

/**
 * What is compared, and how many times as fast it must be: on node-redis 6 and ioredis 6 ÷ the raw client, and on node-redis 6 ÷
 * the Lucia adapter on node-redis 4.7.
 */
const goals = [
  ["get", 1, 64, 2.8, 1.8, 1.3],
  ["get", 1, 1, 0.95, 0.92, 0.9],
  ["create", 1, 64, 1.1, 1.0, 0.95],
  ["create", 1, 1, 0.9, 0.85, 0.9],
  ["touch", 1, 64, 1.3, 0.9, 1.3],
  ["update", 1, 64, 1.1, 0.9, 1.1],
  ["delete", 1, 64, 1.0, 0.95, 1.25],
  ["list", 100, 1, 0.5, 0.45, 1.7],
  ["list", 100, 64, 0.33, 0.33, 2.8],
  ["deleteAll", 100, 1, 0.8, 0.8, 2.2],
];

const ratios = [
  ...goals.flatMap(([op, n, concurrency, onNode, onIo, onFastest]) => [
    ratio(op, n, concurrency, node, "raw", onNode),
    ratio(op, n, concurrency, io, "raw", onIo),
    { op, n, concurrency, client: node, vs: "lucia", vsClient: "node-redis 4.7", least: onFastest },
  ]),
  ratio("get", 1, 64, `${node} Cluster`, "raw", 2.0),
  ratio("get", 1, 64, `${io} Cluster`, "raw", 1.3),
  ratio("list", 100, 1, `${node} Cluster`, "raw", 1.5),
  ratio("list", 100, 1, `${io} Cluster`, "raw", 0.95),
];

/** Bytes of a session with its index entry, before a list and after. */
const MOST_BYTES = 580;

/** Of the SvelteKit package. */
const sveltekitRatios = [
  ratio("get", 1, 64, node, "sveltekit", 8),
  ratio("get", 1, 64, node, "raw", 2),
  ...[node, io].flatMap((client) =>
    [1, 64].flatMap((concurrency) => [
      ratio("create", 1, concurrency, client, "sveltekit", 2.5),
      ratio("list", 100, concurrency, client, "sveltekit", 6),
    ]),
  ),
];

function ratio(op, n, concurrency, client, vs, least) {
  return { op, n, concurrency, client, vs, vsClient: client, least };
}

/**
 * @param {{ rows: import("./measure/rows.mjs").Row[], memory: any[], indexGrowth: any }} results
 * @returns {{ target: string, wanted: string, measured: string, cpu?: string, reached: boolean | null }[]}
 */
export function judge({ rows, memory, indexGrowth }) {
  return [...ratios.map((target) => judgeRatio(target, rows)), judgeMemory(memory), judgeGrowth(indexGrowth)];
}

/** As `judge` answers. */
export function judgeSveltekit({ rows }) {
  return sveltekitRatios.map((target) => {
    const judged = judgeRatio(target, rows);
    return { ...judged, target: `SvelteKit: ${judged.target}` };
  });
}

/** Of the core against an earlier build of it. */
export const LEAST_AGAINST = 0.97;

/** One of those that `judge` answers. */
export function judgeAgainst(rows) {
  const slower = rows.filter(({ vs, ratio }) => vs === "before" && ratio < LEAST_AGAINST);
  return {
    target: "every operation, vs the build before",
    wanted: `≥ ${LEAST_AGAINST}`,
    measured: slower.length === 0 ? `none slower than ${LEAST_AGAINST}` : slower.map(describe).join("; "),
    reached: slower.length === 0,
  };
}

function describe({ ratio, interval, clientCpuRatio, redisCpuRatio, ...row }) {
  return `${nameOf(row)}: ${ratio} (${interval.join(" to ")}; CPU: ${clientCpuRatio} and ${redisCpuRatio})`;
}

function nameOf({ op, n, concurrency, client }) {
  return `${op}${n > 1 ? ` of ${n}` : ""} at ${concurrency}, ${client}`;
}

function judgeRatio({ least, ...wanted }, rows) {
  const row = rows.find((candidate) => Object.entries(wanted).every(([field, value]) => candidate[field] === value));
  const { client, vs, vsClient } = wanted;
  return {
    target: `${nameOf(wanted)}, vs ${vs}${vsClient === client ? "" : ` on ${vsClient}`}`,
    wanted: `≥ ${least}`,
    measured:
      row === undefined
        ? "not measured"
        : `${row.ratio}${row.spread === undefined ? "" : ` (${row.spread.join(" to ")})`}`,
    cpu: row === undefined ? "" : cpuOf(row),
    reached: row === undefined ? null : row.ratio >= least,
  };
}

/** What one operation takes, beside what theirs does: a slower one has more to do in one of the two, or waits. */
function cpuOf({ clientCpuUs, redisCpuUs, clientCpuRatio, redisCpuRatio }) {
  const theirs = [clientCpuUs / clientCpuRatio, redisCpuUs / redisCpuRatio].map(rounded);
  return `${clientCpuUs} and ${redisCpuUs} (${theirs.join(" and ")})`;
}

function judgeMemory(memory) {
  const { bytesPerSession, bytesPerSessionAfterList } = memory.find(({ name }) => name === "ours");
  return {
    target: "bytes per session with its index entry, before and after a list",
    wanted: `≤ ${MOST_BYTES}`,
    measured: `${bytesPerSession} and ${bytesPerSessionAfterList}`,
    reached: bytesPerSession <= MOST_BYTES && bytesPerSessionAfterList <= MOST_BYTES,
  };
}

function judgeGrowth({ cycles, liveSessions, entries, peerEntries }) {
  return {
    target: `index entries after ${cycles} login/expire cycles`,
    wanted: `${liveSessions} (live sessions)`,
    measured: `${entries} (lucia: ${peerEntries})`,
    reached: entries === liveSessions,
  };
}
