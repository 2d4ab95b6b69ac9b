import type { Execution } from "./executions/execution.js";
import type { Observer } from "./observe.js";
import { hasElapsed } from "./records/expiry.js";
import { keepLinks, readHeader } from "./records/header.js";
import type { StoredRecords } from "./records/stored-records.js";
import { MAX_ATTEMPTS, refusal } from "./refusal.js";

/** Which record is to be changed, and the means. */
export interface Changeable<Value> {
  readonly records: StoredRecords<Value>;
  readonly execution: Execution;
  readonly storedId: string;
  /** The record in a stored text, unless it has ended. */
  live(value: string): Value | null | Promise<Value | null>;
  /** What is stored there now. */
  read(): Promise<string | null>;
  /** How many sessions a new owner may have. 0: no limit. */
  readonly max: number;
  readonly incident?: Observer["incident"];
}

/**
 * Compares and sets until it succeeds.
 *
 * @param known The text that the caller read earlier. It may be old, so nothing is answered from it alone.
 */
export async function changeRecord<Value>(
  target: Changeable<Value>,
  known: string | null,
  change: (record: Value) => Value | undefined | Promise<Value | undefined>,
): Promise<Value | null> {
  const { records, execution, storedId } = target;
  let sure = known === null;
  let current = known ?? (await target.read());
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const live = current === null ? null : target.live(current);
    const record = live instanceof Promise ? await live : live;
    const next = record === null ? undefined : await change(record);
    if (!sure && next === undefined) {
      current = await target.read();
      sure = true;
      continue;
    }
    if (current === null || record === null || next === undefined) return record;
    const deadline = records.newDeadline(next);
    const userId = records.userIdOf(next);
    const formerUserId = records.model.userId(record);
    // An end that stays as it is has not come by Redis's clock.
    if (hasElapsed(deadline) && deadline !== records.deadlineOf(record)) {
      const { kind } = await execution.deleteExact(storedId, current, formerUserId);
      if (kind === "deleted") return null;
      current = await target.read();
      target.incident?.({ kind: "retry" });
    } else {
      const text = records.encode(next, storedId);
      const encoded = typeof text === "string" ? text : await text;
      // A session that gets another owner is another session: its former id ends.
      const value = records.hasHeader && userId === formerUserId ? keepLinks(current, encoded) : encoded;
      const written = { storedId, userId, value, deadline };
      const answer = await execution.update(current, formerUserId, written, target.max);
      if (answer.kind === "elapsed" && hasElapsed(deadline)) return null;
      if (answer.kind === "limit" || answer.kind === "elapsed") throw refusal(answer.kind);
      if (answer.kind === "updated") {
        const former = records.hasHeader && userId !== formerUserId ? readHeader(current)?.former : null;
        if (former) await execution.delete(former.storedId);
        return next;
      }
      current = answer.kind === "conflict" ? answer.text : null;
      if (answer.kind === "conflict") target.incident?.({ kind: "retry" });
    }
    sure = true;
  }
  throw refusal("conflict");
}
