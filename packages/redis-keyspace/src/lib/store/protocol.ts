import { key } from "../keys.js";
import type { Runner } from "../runner.js";

/** A record as the protocols see it: encoded, addressed, owned and dated. */
export interface Entry {
  /** The id, or its hash. */
  readonly member: string;
  readonly userId: string | null;
  readonly value: string;
  readonly deadline: number;
}

/** What a stored value says of itself. */
export interface Owned {
  readonly userId: string | null;
  /** `null`: it ends with its key. */
  readonly deadline: number | null;
}

/** Where things are, and what the protocols need to know of them. */
export interface Layout {
  readonly sessions: Runner;
  readonly users: Runner;
  readonly sessionPrefix: string;
  readonly userSessionsPrefix: string;
  /** Prefix of the sets that the replaced package keeps, if they are to be read and kept up to date. */
  readonly peerIndexPrefix: string | undefined;
  /** The member of a record's JSON that holds its owner. */
  readonly userIdField: string;
  readonly maxSessionsPerUser: number;
  readonly whenFull: "evict-oldest" | "reject";
  /** Owner and deadline of a stored value; `null` if it is no record. */
  inspect(value: string, member: string): Promise<Owned | null>;
}

/**
 * The operations on a record and its index. Two executions keep the same promises: `together`, where one script can use
 * both keys, and `apart`, where it cannot.
 */
export interface Protocol {
  create(entry: Entry): Promise<"created" | "exists" | "full" | "revoked">;
  /**
   * `true`: replaced. `false`: it would get an owner who has as many sessions as allowed. `null`: there is no record. A
   * string: this value is there instead of the expected one.
   *
   * @param cap How many sessions a new owner may have. 0: no limit.
   */
  replace(expected: string, formerUserId: string | null, entry: Entry, cap: number): Promise<boolean | null | string>;
  /** The new deadline. `null`: there is no record. A string: this record has to be replaced. */
  touch(member: string, deadline: number): Promise<number | null | string>;
  /**
   * Touch for a record that ends with its key, left alone if more than so many milliseconds remain. The deadline that
   * stands. `null`: there is no record. A string: this record has to be replaced, because its owner's index lacks it.
   */
  extend(
    member: string,
    userId: string | null,
    deadline: number,
    enoughMs: number | undefined,
  ): Promise<number | null | string>;
  /** The record as it was moved, or `null` if there is none; `immovable`: it has no deadline, or none that can be closed. */
  rotate(from: string, to: string, graceMs: number): Promise<string | null | "exists" | "revoked" | "immovable">;
  /** The record that was removed. With `ofUser`, only if it is that user's. */
  remove(member: string, ofUser?: string): Promise<string | null>;
  /** Whether just this value was there and is removed. */
  removeExact(member: string, expected: string, userId: string | null): Promise<boolean>;
  /** How many records there were. */
  removeAll(userId: string, except: string | undefined): Promise<number>;
  /** Members and values; dead ones may be among them. */
  list(userId: string): Promise<[member: string, value: string][]>;
  count(userId: string): Promise<number>;
}

export function recordKey(layout: Layout, member: string): string {
  return key(layout.sessionPrefix, member);
}

export function indexKey(layout: Layout, userId: string): string {
  return key(layout.userSessionsPrefix, userId);
}

export function peerKey(layout: Layout, userId: string): string | undefined {
  return layout.peerIndexPrefix === undefined ? undefined : key(layout.peerIndexPrefix, userId);
}

/** Members and values in turn, as pairs, without those that have no value. */
export function pairs(flat: readonly (string | null)[]): [member: string, value: string][] {
  const found: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const value = flat[i + 1];
    if (typeof value === "string") found.push([flat[i] as string, value]);
  }
  return found;
}
