import type { Json } from "redis-keyspace/identity";

/**
 * A date, whichever way an application writes it: Auth.js itself gives a `Date`. One that is invalid has passed.
 *
 * @throws {TypeError} naming the member, for what is none.
 */
export function toDate(member: string, value: unknown): Date {
  if (isDate(value)) return new Date(value);
  const date = typeof value === "number" || typeof value === "string" ? new Date(value) : undefined;
  if (date === undefined || Number.isNaN(date.getTime())) {
    throw new TypeError(`${member} must be a Date, or the text or the milliseconds of one`);
  }
  return date;
}

/** With this member as a date, where it is there. */
export function withDate<Value extends object>(value: Value, member: string): Value {
  const given = (value as Json)[member];
  return given === undefined || given === null ? value : { ...value, [member]: toDate(member, given) };
}

/** Of any realm: `instanceof` knows one. */
function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}
