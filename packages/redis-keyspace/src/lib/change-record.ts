import type { Execution } from "./executions/execution.js";
import { hasElapsed } from "./records/expiry.js";
import type { StoredRecords } from "./records/stored-records.js";
import { KeyspaceError } from "./redis/errors.js";
import { refusal } from "./refusal.js";

/** Writers of one record that a change gives way to before it gives up. */
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

type Written = { readonly kind: "updated" | "removed" } | { readonly kind: "other"; readonly text: string | null };

/**
 * Compares and sets until it succeeds.
 *
 * @param known What the caller read earlier; nothing is answered from it alone.
 */
export async function changeRecord<Value>(
  target: Changeable<Value>,
  known: string | null,
  change: (record: Value) => Value | undefined | Promise<Value | undefined>,
): Promise<Value | null> {
  let sure = known === null;
  let current = known ?? (await target.read());
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const record = current === null ? null : await target.records.read(current, target.storedId);
    const next = record === null ? undefined : await change(record);
    if (!sure && next === undefined) {
      current = await target.read();
      sure = true;
      continue;
    }
    if (current === null || record === null || next === undefined) return record;
    const written = await write(target, current, record, next);
    if (written.kind !== "other") return written.kind === "updated" ? next : null;
    current = written.text;
    sure = true;
  }
  throw new KeyspaceError("ERR_SESSION_CONFLICT", `${MAX_ATTEMPTS} other writers changed the session first`);
}

/** Writes the next record where the current one is; one that has ended removes it. */
async function write<Value>(
  { records, execution, storedId, read, max }: Changeable<Value>,
  current: string,
  record: Value,
  next: Value,
): Promise<Written> {
  const formerUserId = records.model.userId(record);
  const userId = records.userIdOf(next);
  const deadline = records.newDeadline(next);
  if (hasElapsed(deadline)) {
    const { kind } = await execution.deleteExact(storedId, current, formerUserId);
    return kind === "deleted" ? { kind: "removed" } : { kind: "other", text: await read() };
  }
  const value = await records.encode(next, storedId);
  const answer = await execution.update(current, formerUserId, { storedId, userId, value, deadline }, max);
  if (answer.kind === "updated") return { kind: "updated" };
  if (answer.kind === "limit") throw refusal("limit");
  return { kind: "other", text: answer.kind === "conflict" ? answer.text : null };
}
