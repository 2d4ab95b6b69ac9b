export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Where the median of many more such values is: in 19 cases of 20 or more, whatever their distribution (by the sign
 * test). Of fewer than six values the smallest and the largest, which is less sure.
 *
 * @returns {[low: number, high: number]}
 */
export function medianInterval(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.floor((sorted.length - 1.96 * Math.sqrt(sorted.length)) / 2));
  return [sorted[rank - 1], sorted[sorted.length - rank]];
}

export function shuffled(items) {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

/** To three significant digits. */
export function rounded(value) {
  return Number(value.toPrecision(3));
}
