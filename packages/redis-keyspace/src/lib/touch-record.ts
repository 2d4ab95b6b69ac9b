import { type Changeable, changeRecord } from "./change-record.js";
import type { TouchOutcome } from "./executions/execution.js";
import { hasElapsed } from "./records/expiry.js";
import { refusal } from "./refusal.js";
import type { TouchOptions } from "./store-options.js";

/** Moves the end of a record: in one step where it has a header or ends with its key, else by compare-and-set. */
export async function touchRecord<Value>(
  target: Changeable<Value>,
  deadline: number,
  { from, whenLeftMs }: TouchOptions<Value>,
): Promise<Date | null> {
  const { records, execution, storedId } = target;
  const known = from === undefined ? undefined : records.deadlineOf(from);
  if (known && whenLeftMs !== undefined && known - Date.now() > whenLeftMs) return new Date(known);
  let answer = await (from !== undefined && known === null
    ? touchKey(target, from, deadline, whenLeftMs)
    : from === undefined && records.endsWithKey && whenLeftMs === undefined
      ? execution.touchKey({ storedId, deadline })
      : execution.touch(storedId, deadline, from === undefined ? null : records.model.userId(from)));
  if (answer.kind === "unreadable" && from === undefined) {
    const record = await records.decode(answer.text, storedId);
    if (record !== null && records.deadlineOf(record) === null) {
      answer = await touchKey(target, record, deadline, whenLeftMs);
    }
  }
  if (answer.kind === "gone" || (answer.kind === "elapsed" && hasElapsed(deadline))) return null;
  if (answer.kind === "elapsed") throw refusal("elapsed");
  if (answer.kind === "touched") return new Date(answer.number);
  const record = await changeRecord(target, answer.text, (found) => {
    // Its absolute end has come; Redis ends it by its own clock.
    return hasElapsed(records.bounded(deadline, found)) ? undefined : records.extended(found, deadline);
  });
  return record === null ? null : new Date(records.newDeadline(record));
}

function touchKey<Value>(
  { records, execution, storedId }: Changeable<Value>,
  record: Value,
  deadline: number,
  enoughMs: number | undefined,
): Promise<TouchOutcome> {
  const userId = records.userIdOf(record);
  return execution.touchKey({ storedId, userId, deadline: records.bounded(deadline, record), enoughMs });
}
