const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

const past = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/** `3 minutes ago` */
export function ago(date: Date): string {
  const ms = Math.max(0, Date.now() - date.getTime());
  const [unit, size] = units.find(([, size]) => ms >= size) ?? [];
  return unit === undefined ? "just now" : past.format(-Math.floor(ms / size), unit);
}

/** `2026-11-28 19:53:16 UTC` */
export function exact(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `14 days` */
export function until(date: Date): string {
  const ms = Math.max(0, date.getTime() - Date.now());
  // Rounded: a session of 14 days that began a moment ago ends in 14 days.
  const [unit, size] = units.find(([, size]) => ms >= size) ?? ["minute", 60_000];
  return new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" }).format(Math.round(ms / size));
}

/** `13d 23:59:41`. Also runs in the page, so it uses nothing but itself. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  const time = `${two((seconds % 86_400) / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  return seconds < 86_400 ? time : `${Math.floor(seconds / 86_400)}d ${time}`;
}
