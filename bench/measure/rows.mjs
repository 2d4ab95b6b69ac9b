import { median, medianInterval, rounded } from "./statistics.mjs";

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
 * @property {[low: number, high: number]} interval Where the ratio is, given how it differed between the rounds.
 * @property {number} clientCpuRatio Ours / theirs, per operation; less is better.
 * @property {number} redisCpuRatio
 * @property {number} [roundTrips] One after the other.
 * @property {number} [commands] Sent by the client.
 * @property {number} [bytes] To and from Redis.
 * @property {number} clientCpuUs
 * @property {number} redisCpuUs
 */

/**
 * @param {import("./cell.mjs").Cell} cell
 * @param {Map<{ name: string, client: string }, import("./slice.mjs").Sample[]>} samples
 * @param {{ roundTrips?: number, commands?: number, bytes?: number }} costs
 */
export function toResults({ op, n, concurrency }, samples, costs) {
  const [our, ...others] = [...samples.keys()];
  const ours = samples.get(our);
  const rows = others.map((other) => ({
    op,
    n,
    client: our.client,
    concurrency,
    vs: other.name,
    vsClient: other.client,
    ratio: ratioOf(ours, samples.get(other)),
    interval: medianInterval(ratiosOf(ours, samples.get(other), "perSecond")).map(rounded),
    clientCpuRatio: ratioOf(ours, samples.get(other), "clientCpuUs"),
    redisCpuRatio: ratioOf(ours, samples.get(other), "redisCpuUs"),
    ...costs,
    clientCpuUs: medianOf(ours, "clientCpuUs"),
    redisCpuUs: medianOf(ours, "redisCpuUs"),
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

/** @param {keyof import("./slice.mjs").Sample} field */
export function ratioOf(ours, theirs, field = "perSecond") {
  return rounded(median(ratiosOf(ours, theirs, field)));
}

/** Of each round by itself: whatever else the machine does then, both have to bear it. */
function ratiosOf(ours, theirs, field) {
  return ours.map((sample, round) => sample[field] / theirs[round][field]);
}

function medianOf(samples, field) {
  return rounded(median(samples.map((sample) => sample[field])));
}
