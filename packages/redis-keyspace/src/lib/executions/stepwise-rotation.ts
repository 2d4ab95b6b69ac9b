import { readHeader } from "../records/header.js";
import type { ReadFacts, RecordFacts, Reseal } from "../records/record-model.js";
import type { Entries } from "./entries.js";
import type { CreateOutcome, Execution, RotateOutcome, StoredRecord } from "./execution.js";
import { type MoveTexts, type Rotation, textsOfMove } from "./move-texts.js";
import type { StepwiseRecords } from "./stepwise-records.js";
import type { UserIndex } from "./user-index.js";

/** What a rotation is made of. */
export interface RotationParts {
  readonly records: StepwiseRecords;
  readonly index: UserIndex;
  readonly entries: Entries;
  readonly readFacts: ReadFacts;
  readonly reseal: Reseal | undefined;
  readonly execution: Pick<Execution, "update" | "delete">;
  /** Without a limit. */
  readonly create: (record: StoredRecord) => Promise<CreateOutcome>;
}

/** A record as it was read. */
interface Found {
  readonly value: string;
  readonly userId: string | null;
  readonly deadline: number;
}

/** `other`: this text is there instead, or nothing is. */
type LeftBehind = { readonly kind: "left" } | { readonly kind: "other"; readonly text: string | null };

/** Gives a record a new id, one key a step: the new record first. */
export class StepwiseRotation {
  readonly #parts: RotationParts;

  constructor(parts: RotationParts) {
    this.#parts = parts;
  }

  async rotate(rotation: Rotation): Promise<RotateOutcome> {
    const { records, readFacts, create, execution } = this.#parts;
    const { storedId, newStoredId } = rotation;
    const value = await records.read(storedId);
    const facts = value === null ? null : await readFacts(value, storedId);
    if (value === null || facts === null) return { kind: "gone" };
    let found = dated(value, facts);
    let texts = await this.#textsOf(rotation, found);
    if (found === null || texts === null) return { kind: "ttl-only" };
    if (texts.back !== undefined) await this.#giveUpFormer(rotation, found.userId);
    const created = await create({ ...found, storedId: newStoredId, value: texts.moved });
    if (created.kind === "elapsed") return { kind: "gone" };
    if (created.kind !== "created") return { kind: created.kind === "exists" ? "exists" : "revoked" };

    for (;;) {
      const now = await this.#leaveBehind({ storedId, ...found }, newStoredId, texts);
      if (now.kind === "left") return { kind: "rotated", text: texts.moved };
      // Somebody wrote or removed the former record meanwhile: the new one follows.
      const other = now.text === null ? null : dated(now.text, await readFacts(now.text, storedId));
      const next = await this.#textsOf(rotation, other);
      if (other === null || next === null) {
        await execution.delete(newStoredId);
        return { kind: "gone" };
      }
      const record = { ...other, storedId: newStoredId, value: next.moved };
      const followed = await execution.update(texts.moved, found.userId, record, 0);
      if (followed.kind !== "updated") return { kind: "gone" };
      found = other;
      texts = next;
    }
  }

  #textsOf(rotation: Rotation, found: Found | null): Promise<MoveTexts | null> {
    const { reseal } = this.#parts;
    return found === null
      ? Promise.resolve(null)
      : textsOfMove({ ...rotation, value: found.value, deadline: found.deadline, reseal });
  }

  /** Ends a record that was moved, at once or after its grace. */
  async #leaveBehind(
    { storedId, userId, value }: StoredRecord,
    successor: string,
    { closed, graceEnd, ended }: MoveTexts,
  ): Promise<LeftBehind> {
    const { records, index, entries } = this.#parts;
    if (closed !== undefined) {
      const answer = await records.replace(
        value,
        { storedId, userId, value: closed, deadline: Number(graceEnd) },
        userId,
        successor,
      );
      if (answer.kind === "conflict") return { kind: "other", text: answer.text };
      if (answer.kind === "gone") return { kind: "other", text: null };
      if (answer.kind === "updated") {
        if (userId !== null) await index.retire(userId, storedId, Number(graceEnd));
        return { kind: "left" };
      }
      // By Redis's clock the grace is over.
    }
    const { kind } = await records.deleteExact(storedId, value, userId, successor);
    if (kind !== "deleted") return { kind: "other", text: await records.read(storedId) };
    await entries.end(userId, storedId, ended ?? null);
    return { kind: "left" };
  }

  /** Removes what is closed under the new id, for the session to get its own former id back. */
  async #giveUpFormer({ storedId, newStoredId }: Rotation, userId: string | null): Promise<void> {
    const { records, entries } = this.#parts;
    const text = await records.read(newStoredId);
    if (text === null || readHeader(text)?.successor !== storedId) return;
    await records.deleteExact(newStoredId, text, userId);
    await entries.leave(userId, newStoredId);
  }
}

/** `null` for a record that names no deadline, and for none. */
function dated(value: string, facts: RecordFacts | null): Found | null {
  return facts === null || facts.deadline === null ? null : { value, userId: facts.userId, deadline: facts.deadline };
}
