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
    ratio: ratioOf(samples.get(our), samples.get(other)),
    interval: medianInterval(ratiosOf(samples.get(our), samples.get(other))).map(rounded),
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

export function ratioOf(ours, theirs) {
  return rounded(median(ratiosOf(ours, theirs)));
}

/** Of each round by itself: whatever else the machine does then, both have to bear it. */
function ratiosOf(ours, theirs) {
  return ours.map(({ perSecond }, round) => perSecond / theirs[round].perSecond);
}

function medianOf(samples, field) {
  return rounded(median(samples.map((sample) => sample[field])));
}
