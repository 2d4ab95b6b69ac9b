const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** `in 13 days` */
export function untilThen(date: Date): string {
  const ms = Math.max(0, date.getTime() - Date.now());
  const [unit, size] = units.find(([, size]) => ms >= size) ?? ["minute", 60_000];
  return new Intl.RelativeTimeFormat("en").format(Math.round(ms / size), unit);
}

/** `2026-11-28 19:53:16 UTC` */
export function exactly(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
