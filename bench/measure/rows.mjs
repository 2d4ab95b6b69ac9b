import { median, rounded } from "./statistics.mjs";

/**
 * @typedef {object} Row Ours against another: `ratio` is ours / theirs in operations per second; the costs are ours,
 *   per operation.
 * @property {string} op
 * @property {number} n Sessions of a user.
 * @property {string} client
 * @property {number} concurrency
 * @property {string} vs
 * @property {string} vsClient
 * @property {number} ratio
 * @property {number} roundTrips One after the other.
 * @property {number} commands Sent by the client.
 * @property {number} bytes To and from Redis.
 * @property {number} clientCpuUs
 * @property {number} redisCpuUs
 */

/**
 * @param {import("./cell.mjs").Cell} cell
 * @param {Map<{ name: string, client: string }, import("./slice.mjs").Sample[]>} samples
 * @param {{ roundTrips: number, commands: number, bytes: number }} costs
 */
export function toResults({ op, n, concurrency }, samples, costs) {
  const [our, ...others] = [...samples.keys()];
  const rows = others.map((other) => ({
    op,
    n,
    client: our.client,
    concurrency,
    vs: other.name,
    vsClient: other.client,
    ratio: medianRatio(samples.get(our), samples.get(other)),
    ...costs,
    clientCpuUs: medianOf(samples.get(our), "clientCpuUs"),
    redisCpuUs: medianOf(samples.get(our), "redisCpuUs"),
  }));
  const contestants = [...samples].map(([{ name, client }, taken]) => ({
    op,
    n,
    concurrency,
    name,
    client,
    perSecond: medianOf(taken, "perSecond"),
    clientCpuUs: medianOf(taken, "clientCpuUs"),
    redisCpuUs: medianOf(taken, "redisCpuUs"),
    rounds: taken.length,
  }));
  return { /** @type {Row[]} */ rows, contestants };
}

/** Of each round by itself: whatever else the machine does then, both have to bear it. */
function medianRatio(ours, theirs) {
  return rounded(median(ours.map(({ perSecond }, round) => perSecond / theirs[round].perSecond)));
}

function medianOf(samples, field) {
  return rounded(median(samples.map((sample) => sample[field])));
}
