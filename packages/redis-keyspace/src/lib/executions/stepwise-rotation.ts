import type { RecordFacts } from "../records/record-model.js";
import type { CreateOutcome, RotateOutcome, StoredRecord, UpdateOutcome } from "./execution.js";
import type { MoveTexts } from "./move-texts.js";

type Dated = RecordFacts & { readonly deadline: number };

/** What a rotation is made of. */
export interface RotationSteps {
  read(): Promise<string | null>;
  factsOf(text: string): Promise<RecordFacts | null>;
  textsOf(text: string, facts: Dated): Promise<MoveTexts | null>;
  /** Removes what is closed under the new id, which is the session's own former one. */
  giveUpFormer(userId: string | null): Promise<void>;
  create(record: Omit<StoredRecord, "storedId">): Promise<CreateOutcome>;
  /** Changes the new record, which follows the former one. */
  follow(expected: string, formerUserId: string | null, record: Omit<StoredRecord, "storedId">): Promise<UpdateOutcome>;
  /** Ends a record that was moved, at once or after its grace. `other`: this text is there instead, or nothing is. */
  leaveBehind(moved: Omit<StoredRecord, "storedId">, texts: MoveTexts): Promise<LeftBehind>;
  takeBack(): Promise<unknown>;
}

export type LeftBehind = { readonly kind: "left" } | { readonly kind: "other"; readonly text: string | null };

function isDated(facts: RecordFacts): facts is Dated {
  return facts.deadline !== null;
}

/** Gives a record a new id, one key a step: the new record first. */
export async function rotateStepwise(steps: RotationSteps): Promise<RotateOutcome> {
  let value = await steps.read();
  const facts = value === null ? null : await steps.factsOf(value);
  if (value === null || facts === null) return { kind: "gone" };
  if (!isDated(facts)) return { kind: "ttl-only" };
  let texts = await steps.textsOf(value, facts);
  if (texts === null) return { kind: "ttl-only" };
  if (texts.back !== undefined) await steps.giveUpFormer(facts.userId);
  const created = await steps.create({ ...facts, value: texts.moved });
  if (created.kind === "elapsed") return { kind: "gone" };
  if (created.kind !== "created") return { kind: created.kind === "exists" ? "exists" : "revoked" };

  for (let moved: Dated = facts; ; ) {
    const now = await steps.leaveBehind({ ...moved, value }, texts);
    if (now.kind === "left") return { kind: "rotated", text: texts.moved };
    // Somebody wrote or removed the former record meanwhile: the new one follows.
    const other = now.text === null ? null : await steps.factsOf(now.text);
    const next = now.text === null || other === null || !isDated(other) ? null : await steps.textsOf(now.text, other);
    if (now.text === null || other === null || !isDated(other) || next === null) {
      await steps.takeBack();
      return { kind: "gone" };
    }
    const followed = await steps.follow(texts.moved, moved.userId, { ...other, value: next.moved });
    if (followed.kind !== "updated") return { kind: "gone" };
    value = now.text;
    texts = next;
    moved = other;
  }
}
