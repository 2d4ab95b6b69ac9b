const node = "node-redis 6";
const io = "ioredis 6";

/** Row by row: what is compared with what, and how many times as fast it must be. */
const ratios = [
  ratio("get", 1, 64, node, "raw", 3.0),
  ratio("get", 1, 64, io, "raw", 2.0),
  ratio("get", 1, 1, node, "raw", 0.95),
  ratio("get", 1, 1, io, "raw", 0.95),
  ...[node, io].flatMap((client) => [
    ratio("create", 1, 64, client, "raw", 1.0),
    ratio("create", 1, 1, client, "raw", 0.85),
    ratio("touch", 1, 64, client, "raw", 1.0),
    ratio("delete", 1, 64, client, "raw", 1.0),
    ratio("delete", 1, 1, client, "raw", 0.8),
    ratio("list", 100, 1, client, "raw", 0.9),
    ratio("list", 100, 1, client, "lucia", 6),
    ratio("deleteAll", 100, 1, client, "raw", 0.8),
    ratio("deleteAll", 100, 1, client, "lucia", 5),
    ratio("get", 1, 64, `${client} Cluster`, "raw", 2),
    ratio("list", 100, 1, `${client} Cluster`, "raw", 2),
  ]),
  fastest("get", 1, 64, 1.3),
  fastest("list", 100, 1, 2),
  fastest("list", 100, 64, 4),
  fastest("delete", 1, 1, 2),
  fastest("delete", 1, 64, 1.5),
  fastest("deleteAll", 100, 1, 2.4),
  fastest("touch", 1, 1, 1.8),
  fastest("create", 1, 1, 1.0),
  // The price of one atomic script; as near to 1 as the promises allow.
  fastest("create", 1, 64, undefined),
];

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

function fastest(op, n, concurrency, least) {
  return { op, n, concurrency, client: node, vs: "lucia", vsClient: "node-redis 4.7", least };
}

/**
 * @param {{ rows: import("./measure/rows.mjs").Row[], memory: any[], indexGrowth: any }} results
 * @returns {{ target: string, wanted: string, measured: string, reached: boolean | null }[]}
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
    wanted: least === undefined ? "as near 1 as can be" : `≥ ${least}`,
    measured: row === undefined ? "not measured" : `${row.ratio}`,
    reached: least === undefined || row === undefined ? null : row.ratio >= least,
  };
}

function judgeMemory(memory) {
  const [our, peer] = ["ours", "lucia"].map((name) => memory.find((entry) => entry.name === name).bytesPerSession);
  return {
    target: "memory per session with its index entry, vs lucia",
    wanted: "≤ 0.95",
    measured: `${(our / peer).toFixed(3)} (${our} of ${peer} bytes)`,
    reached: our / peer <= 0.95,
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
