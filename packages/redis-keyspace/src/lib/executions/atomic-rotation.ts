import type { Keyspace } from "../keyspace.js";
import type { AtomicScripts } from "../lua/atomic/index.js";
import type { ReadFacts, Reseal } from "../records/record-model.js";
import type { Executor } from "../redis/executor.js";
import type { RotateOutcome } from "./execution.js";
import { recordKeys } from "./keys.js";
import { type Rotation, textsOfMove } from "./move-texts.js";

export interface AtomicRotationParts {
  readonly executor: Executor;
  readonly keyspace: Keyspace;
  readonly scripts: AtomicScripts;
  readonly hasHeader: boolean;
  readonly readFacts: ReadFacts;
  readonly reseal: Reseal | undefined;
}

/** Gives a record a new id: in one script, or where Lua can't read the record, by compare-and-set. */
export class AtomicRotation {
  readonly #parts: AtomicRotationParts;

  constructor(parts: AtomicRotationParts) {
    this.#parts = parts;
  }

  /** @param userId The owner, where the caller knows. */
  async rotate(rotation: Rotation, userId: string | null): Promise<RotateOutcome> {
    for (;;) {
      const answer = await this.#rotateAsItIs(rotation, userId);
      if (answer.kind !== "unreadable") return answer;
      const moved = await this.#move(rotation, answer.list[0] as string);
      if (moved !== "conflict") return moved;
      this.#parts.executor.incident?.({ kind: "retry" });
    }
  }

  /** Where Lua can read and move a record by itself. */
  async #rotateAsItIs(
    { storedId, newStoredId, graceMs }: Rotation,
    userId: string | null,
  ): Promise<RotateOutcome | { readonly kind: "unreadable"; readonly list: readonly (string | null)[] }> {
    const { executor, keyspace, scripts, hasHeader, reseal } = this.#parts;
    const keys = { ...recordKeys(keyspace, storedId, userId), newRecord: keyspace.record(newStoredId) };
    if (hasHeader && reseal === undefined) {
      const { indexPrefix, legacyPrefix } = keyspace;
      const args = { storedId, newStoredId, graceMs: String(graceMs), indexPrefix, legacyPrefix };
      return await executor.run(scripts.rotate, keys, args);
    }
    const value = await executor.get(keys.record);
    return value === null ? { kind: "gone" } : { kind: "unreadable", list: [value] };
  }

  /** `conflict`: another text is there now. */
  async #move(rotation: Rotation, value: string): Promise<RotateOutcome | "conflict"> {
    const { executor, keyspace, scripts, readFacts, reseal } = this.#parts;
    const { storedId, newStoredId } = rotation;
    const facts = await readFacts(value, storedId);
    if (facts === null) return { kind: "gone" };
    const { userId, deadline } = facts;
    const texts = deadline === null ? null : await textsOfMove({ ...rotation, value, deadline, reseal });
    if (texts === null) return { kind: "ttl-only" };
    const { recordPrefix } = keyspace;
    const { kind } = await executor.run(
      scripts.move,
      { ...recordKeys(keyspace, storedId, userId), newRecord: keyspace.record(newStoredId) },
      { expected: value, storedId, newStoredId, deadline: String(deadline), recordPrefix, ...texts },
      { owner: userId },
    );
    if (kind === "moved") return { kind: "rotated", text: texts.moved };
    return kind === "conflict" ? kind : { kind };
  }
}
