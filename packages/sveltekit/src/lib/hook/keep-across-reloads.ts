/** On `globalThis`, which a reload of modules leaves alone. */
const KEPT = Symbol.for("@redis-keyspace/sveltekit:kept");

/**
 * Opens something once for a process: also where Vite runs a module again after each change, and each run would open another
 * connection and leave the one before. To open it anew, start the server anew.
 *
 * @param name What it is, in this process.
 *
 * @example
 * const client = keepAcrossReloads("redis", () => new Redis(REDIS_URL));
 */
export function keepAcrossReloads<Value>(name: string, open: () => Value): Value {
  const holder = globalThis as { [KEPT]?: Map<string, unknown> };
  holder[KEPT] ??= new Map();
  const kept = holder[KEPT];
  if (!kept.has(name)) kept.set(name, open());
  // What a name stands for is up to the caller.
  return kept.get(name) as Value;
}
