/**
 * What a store with a `cache` hands out is shared and frozen: this is a copy of it for a caller who may change it. What is
 * not frozen is the caller's own already, and is answered as it is.
 *
 * @param value Of plain objects, arrays, `Date`s and what cannot be changed.
 */
export function ownCopy<Value>(value: Value): Value {
  return Object.isFrozen(value) ? (copyOf(value) as Value) : value;
}

function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Date) return new Date(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member)]));
}
