const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

const words = new Intl.RelativeTimeFormat("en", { style: "short" });

/** `in 13 days`, `2 hr. ago`; nothing for a time that is not known. */
export function relative(time: Date | null, now: number = Date.now()): string {
  if (time === null) return "";
  const ms = time.getTime() - now;
  const [unit, size] = units.find(([, each]) => Math.abs(ms) >= each) ?? ["second", 1000];
  return words.format(Math.trunc(ms / size), unit);
}
