import type { Execution } from "./executions/execution.js";
import { hasElapsed } from "./records/expiry.js";
import type { StoredRecords } from "./records/stored-records.js";
import { KeyspaceError } from "./redis/errors.js";
import { refusal } from "./refusal.js";

/** How many other writers of a record may come first before a change gives up. */
const MAX_ATTEMPTS = 100;

/** Which record is to be changed, and the means. */
export interface Changeable<Value> {
  readonly records: StoredRecords<Value>;
  readonly execution: Execution;
  readonly storedId: string;
  /** What is stored there now. */
  read(): Promise<string | null>;
  /** How many sessions a new owner may have. 0: no limit. */
  readonly max: number;
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
  const { records, storedId } = target;
  let sure = known === null;
  let current = known ?? (await target.read());
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const record = current === null ? null : await records.read(current, storedId);
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
    if (hasElapsed(deadline)) {
      const { kind } = await target.execution.deleteExact(storedId, current, formerUserId);
      if (kind === "deleted") return null;
      current = await target.read();
    } else {
      const value = await records.encode(next, storedId);
      const written = { storedId, userId, value, deadline };
      const answer = await target.execution.update(current, formerUserId, written, target.max);
      if (answer.kind === "updated") return next;
      if (answer.kind === "limit") throw refusal("limit");
      current = answer.kind === "conflict" ? answer.text : null;
    }
    sure = true;
  }
  throw new KeyspaceError("ERR_SESSION_CONFLICT", `${MAX_ATTEMPTS} other writers changed the session first`);
}
