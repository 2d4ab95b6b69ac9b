import type { Values } from "./values-model.js";

/** The names of the top-level members that differ. */
export function changedMembers(before: Values, after: Values): string[] {
  const member = (values: Values, name: string): unknown => (Object.hasOwn(values, name) ? values[name] : undefined);
  const differs = (one: unknown, other: unknown): boolean =>
    one !== other && (!isObject(one) || !isObject(other) || JSON.stringify(one) !== JSON.stringify(other));
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => differs(member(before, name), member(after, name)));
}

/** The values with these members as they are in `after`, and without those that are not in it. */
export function withMembers(names: readonly string[], after: Values, values: Values): Values {
  // A Map, because a member can be named "__proto__".
  const merged = new Map(Object.entries(values));
  for (const name of names) {
    if (Object.hasOwn(after, name)) merged.set(name, after[name]);
    else merged.delete(name);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
