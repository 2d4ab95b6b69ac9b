import colors from "picocolors";

const LEVELS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** The widest bar, in characters. */
const WIDEST = 40;

/** A line for each: its name, a bar and the number. */
export function bars(counts: readonly (readonly [name: string, count: number])[], columns: number): string[] {
  const names = Math.max(...counts.map(([name]) => name.length));
  const numbers = counts.map(([, count]) => count.toLocaleString("en"));
  const digits = Math.max(...numbers.map((number) => number.length));
  const most = Math.max(1, ...counts.map(([, count]) => count));
  const widest = Math.max(1, Math.min(WIDEST, columns - names - digits - 6));
  return counts.map(([name, count], i) => {
    // What is there is seen.
    const bar = "█".repeat(count === 0 ? 0 : Math.max(1, Math.round((count / most) * widest)));
    return `  ${name.padEnd(names)}  ${(numbers[i] ?? "").padStart(digits)}${bar === "" ? "" : `  ${colors.cyan(bar)}`}`;
  });
}

/** One character for each number. */
export function sparkline(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  return colors.cyan(
    counts.map((count) => (count === 0 ? "·" : LEVELS[Math.ceil((count / most) * LEVELS.length) - 1])).join(""),
  );
}
