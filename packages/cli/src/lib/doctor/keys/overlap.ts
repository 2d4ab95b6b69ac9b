/**
 * What looks like another store's prefix behind ours: `session:admin:` in `session:admin:ab12…`. `null` for an id that does
 * not begin so.
 */
export function innerPrefix(prefix: string, id: string): string | null {
  const [, name] = /^([a-z][\w-]{0,31}:)./i.exec(id) ?? [];
  return name === undefined ? null : prefix + name;
}
