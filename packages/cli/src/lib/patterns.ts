/** A `MATCH` pattern for all keys that start with a prefix. https://redis.io/docs/latest/commands/keys/ */
export function startingWith(prefix: string): string {
  return `${prefix.replace(/[\\*?[\]]/g, "\\$&")}*`;
}
