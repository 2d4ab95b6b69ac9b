/** Stands in a type where JSON would bring back something else. */
type NotJson = "not JSON: it would not come back from Redis as it is";

/**
 * `T`, if JSON brings it back as it is. A member that does not come back (a `Date`, `Map` or `bigint`, a function) has a
 * text for its type that says so, and no value but that text fits. Interfaces and optional members are as they are.
 */
export type Jsonable<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends bigint | symbol | Method | { toJSON(): unknown } | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
      ? NotJson
      : T extends readonly unknown[]
        ? { [Index in keyof T]: JsonableElement<T[Index]> }
        : { [Key in keyof T]: Jsonable<T[Key]> };

type Method = (...args: never[]) => unknown;

/** In an array `undefined` comes back as `null`; a member of an object is left out, which reads the same. */
type JsonableElement<T> = unknown extends T ? T : T extends undefined ? NotJson : Jsonable<T>;

/**
 * The JSON of data.
 *
 * @throws {TypeError} for what has no JSON. It names no member, because its name may be a visitor's own.
 */
export function toJson(data: unknown): string | undefined {
  try {
    return JSON.stringify(data);
  } catch {
    throw new TypeError("data must be JSON: no bigint, and nothing that contains itself");
  }
}
