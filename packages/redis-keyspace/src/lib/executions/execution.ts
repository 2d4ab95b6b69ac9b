import type { Topology } from "../observe.js";

/** A record as an execution sees it. */
export interface StoredRecord {
  readonly storedId: string;
  readonly userId: string | null;
  readonly value: string;
  readonly deadline: number;
}

/** How many sessions a user may have. */
export interface SessionLimit {
  /** 0: no limit. */
  readonly max: number;
  readonly whenFull: "evict-oldest" | "reject";
}

type Outcome<Kind extends string> = { readonly kind: Kind };

/**
 * `limit`: the user has as many sessions as allowed. `revoked`: a sign-out everywhere, or another sign-in, ended it
 * first. `elapsed`: its end has passed by Redis's clock.
 */
export type CreateOutcome = Outcome<"created" | "exists" | "limit" | "revoked" | "elapsed">;

/** `conflict`: this value is there instead of the expected one. */
export type UpdateOutcome =
  | Outcome<"updated" | "gone" | "limit" | "elapsed">
  | { readonly kind: "conflict"; readonly text: string };

/** `touched`: this is its deadline now. `unreadable`, `unlisted`: this value has to be replaced by an `update`. */
export type TouchOutcome =
  | Outcome<"gone">
  | Outcome<"elapsed">
  | { readonly kind: "touched"; readonly number: number }
  | { readonly kind: "unreadable" | "unlisted"; readonly text: string };

/** `ttl-only`: it names no deadline, or has no header, which a grace needs. */
export type RotateOutcome =
  | Outcome<"gone" | "exists" | "revoked" | "ttl-only">
  | { readonly kind: "rotated"; readonly text: string };

export type DeleteOutcome = Outcome<"gone"> | { readonly kind: "deleted"; readonly text: string };

export type DeleteExactOutcome = Outcome<"deleted" | "conflict">;

/** Which record a `touchKey` is about. */
export interface TouchedKey {
  readonly storedId: string;
  /** Its owner; `null`: nobody. Absent: not known. */
  readonly userId?: string | null;
  readonly deadline: number;
  /** Leave it alone if it has more than so many ms left. Only where the owner is known. */
  readonly enoughMs?: number | undefined;
}

/**
 * How the words are carried out on records and indexes. Two executions keep the same promises: `AtomicExecution`, where
 * one script can use a record and its index, and `StepwiseExecution`, where it cannot.
 */
export interface Execution {
  readonly topology: Topology;
  create(record: StoredRecord): Promise<CreateOutcome>;
  /** @param max How many sessions a new owner may have. 0: no limit. */
  update(expected: string, formerUserId: string | null, record: StoredRecord, max: number): Promise<UpdateOutcome>;
  /** @param userId The owner, where the caller knows. */
  touch(storedId: string, deadline: number, userId?: string | null): Promise<TouchOutcome>;
  /** Touch for a TTL-only record. */
  touchKey(touched: TouchedKey): Promise<TouchOutcome>;
  /** @param userId The owner, where the caller knows. */
  rotate(storedId: string, newStoredId: string, graceMs: number, userId?: string | null): Promise<RotateOutcome>;
  /**
   * @param onlyUserId Only if it is this user's.
   * @param userId The owner, where the caller knows.
   */
  delete(storedId: string, onlyUserId?: string, userId?: string | null): Promise<DeleteOutcome>;
  /** Removes just this value. */
  deleteExact(storedId: string, expected: string, userId: string | null): Promise<DeleteExactOutcome>;
  /**
   * @param except The stored ids of those to keep.
   * @returns How many records there were.
   */
  deleteAll(userId: string, except: readonly string[]): Promise<number>;
  /** The one that ends last first; dead ones may be among them. */
  list(userId: string): Promise<ListedValue[]>;
  count(userId: string): Promise<number>;
}

export type ListedValue = readonly [storedId: string, value: string];

/** Stored ids and values in turn, as pairs, without those that have no value. */
export function pairs(flat: readonly (string | null)[]): ListedValue[] {
  const found: ListedValue[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const value = flat[i + 1];
    if (typeof value === "string") found.push([flat[i] as string, value]);
  }
  return found;
}

/** The same for stored ids that all come before the values. */
export function pairsOfHalves(flat: readonly (string | null)[]): ListedValue[] {
  const found: ListedValue[] = [];
  const number = flat.length / 2;
  for (let i = 0; i < number; i++) {
    const value = flat[number + i];
    if (typeof value === "string") found.push([flat[i] as string, value]);
  }
  return found;
}

/** How many ids or keys one command names at most. */
export const CHUNK = 1000;

export function* chunks<Item>(items: readonly Item[], size: number = CHUNK): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
