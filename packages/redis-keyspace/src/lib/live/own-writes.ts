import type { Execution } from "../executions/execution.js";
import type { Topology } from "../observe.js";
import type { NearCache } from "./near-cache.js";

/** The part of a cache that has to know of writes. */
export type Forgetful = Pick<NearCache<unknown, unknown>, "forget" | "forgetOwner">;

/**
 * A write that this process sees at once: what it changes leaves the cache before it is written, and again when it has been,
 * because it may have been read in between and the stream may be later than the answer.
 *
 * @param about The records that it changes, and the users whose records, besides, may have changed or ended.
 */
export function seenAtOnce<Answer>(
  cache: Forgetful | undefined,
  { storedIds, owners }: { readonly storedIds: readonly string[]; readonly owners: readonly (string | null)[] },
  write: () => Promise<Answer>,
): Promise<Answer> {
  if (cache === undefined) return write();
  const forget = (): void => {
    for (const storedId of storedIds) cache.forget(storedId);
    for (const owner of owners) cache.forgetOwner(owner);
  };
  forget();
  // Before whoever waits for it is told.
  return write().then(
    (answer) => {
      forget();
      return answer;
    },
    (error: unknown) => {
      forget();
      throw error;
    },
  );
}

/** An execution whose writes this process sees at once. */
export class OwnWrites implements Execution {
  readonly #execution: Execution;
  readonly #cache: Forgetful;
  readonly #evicts: boolean;
  readonly #hasLegacySets: boolean;

  /**
   * @param evicts Whether a sign-in can end others.
   * @param hasLegacySets Whether a record that names no owner can be a user's.
   */
  constructor(execution: Execution, cache: Forgetful, evicts: boolean, hasLegacySets: boolean) {
    this.#execution = execution;
    this.#cache = cache;
    this.#evicts = evicts;
    this.#hasLegacySets = hasLegacySets;
  }

  get topology(): Topology {
    return this.#execution.topology;
  }

  readonly create: Execution["create"] = (record) =>
    this.#around([record.storedId], this.#evicts ? record.userId : null, () => this.#execution.create(record));
  readonly update: Execution["update"] = (expected, formerUserId, record, max) => {
    const { storedId, userId } = record;
    const gainer = max > 0 && userId !== formerUserId ? userId : null;
    return this.#around([storedId], gainer, () => this.#execution.update(expected, formerUserId, record, max));
  };
  readonly touch: Execution["touch"] = (storedId, ...given) =>
    this.#around([storedId], null, () => this.#execution.touch(storedId, ...given));
  readonly touchKey: Execution["touchKey"] = (touched) =>
    this.#around([touched.storedId], null, () => this.#execution.touchKey(touched));
  readonly rotate: Execution["rotate"] = (storedId, newStoredId, ...given) =>
    this.#around([storedId, newStoredId], null, () => this.#execution.rotate(storedId, newStoredId, ...given));
  readonly delete: Execution["delete"] = (storedId, ...given) =>
    this.#around([storedId], null, () => this.#execution.delete(storedId, ...given));
  readonly deleteExact: Execution["deleteExact"] = (storedId, ...given) =>
    this.#around([storedId], null, () => this.#execution.deleteExact(storedId, ...given));
  readonly deleteAll: Execution["deleteAll"] = (userId, except) =>
    this.#around([], userId, () => this.#execution.deleteAll(userId, except));
  readonly list: Execution["list"] = (userId) => this.#execution.list(userId);
  readonly count: Execution["count"] = (userId) => this.#execution.count(userId);

  /** @param owner Whose records, besides, may have ended. */
  #around<Answer>(storedIds: readonly string[], owner: string | null, write: () => Promise<Answer>): Promise<Answer> {
    const owners = owner === null ? [] : this.#hasLegacySets ? [owner, null] : [owner];
    return seenAtOnce(this.#cache, { storedIds, owners }, write);
  }
}
