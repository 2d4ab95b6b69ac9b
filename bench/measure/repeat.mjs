import { measureCell } from "./cell.mjs";
import { ratioOf } from "./rows.mjs";

/**
 * A `measureCell` that measures a cell again, on new sessions, while ours is slower than `least` times the other. All
 * rounds count, not only those that pleased.
 *
 * @param {{ vs: string, least: number, repeats: number }} until
 * @param {typeof measureCell} [measure]
 * @returns {typeof measureCell}
 */
export function repeating({ vs, least, repeats }, measure = measureCell) {
  return async (cell, with_) => {
    const [our, other] = ["ours", vs].map((wanted) => with_.contestants.find(({ name }) => name === wanted));
    const samples = await measure(cell, with_);
    for (let i = 0; i < repeats && ratioOf(samples.get(our), samples.get(other)) < least; i++) {
      for (const [contestant, more] of await measure(cell, with_)) samples.get(contestant).push(...more);
    }
    return samples;
  };
}
