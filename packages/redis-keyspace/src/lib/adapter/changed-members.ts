type Members = Readonly<Record<string, unknown>>;

/**
 * The names of the top-level members that differ.
 *
 * @param textOf A member as text, to compare by. Default: as JSON.
 */
export function changedMembers(
  before: Members,
  after: Members,
  textOf: (value: unknown) => string | undefined = JSON.stringify,
): string[] {
  const member = (values: Members, name: string): unknown => (Object.hasOwn(values, name) ? values[name] : undefined);
  const differs = (one: unknown, other: unknown): boolean =>
    one !== other && ((isPlain(one) && isPlain(other)) || textOf(one) !== textOf(other));
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => differs(member(before, name), member(after, name)));
}

/** The values with these members as they are in `after`, and without those that are not in it. */
export function withMembers(names: readonly string[], after: Members, values: Members): Record<string, unknown> {
  // A Map, because a member can be named "__proto__".
  const merged = new Map(Object.entries(values));
  for (const name of names) {
    if (Object.hasOwn(after, name)) merged.set(name, after[name]);
    else merged.delete(name);
  }
  return Object.fromEntries(merged);
}

/** Whether JSON keeps it as it is, so that it need not be made text to be compared. */
function isPlain(value: unknown): boolean {
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}
