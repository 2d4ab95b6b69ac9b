import { parseObject } from "./codec.js";
import { toDeadline } from "./expiry.js";
import type { RecordModel } from "./record-model.js";

/** A session as the store keeps it. */
export interface SessionRecord<Data> {
  /** Whose it is; `null` before somebody signs in. */
  readonly userId: string | null;
  readonly data: Data;
  readonly createdAt: Date;
  /** When it ends, unless it is touched: `absoluteExpiresAt` at the latest. */
  readonly expiresAt: Date;
  /** When it ends however often it is touched; `null`: never. */
  readonly absoluteExpiresAt: Date | null;
  /** An idle timeout of its own, in seconds. Left out: the store's. */
  readonly idleTimeoutSeconds?: number;
}

/**
 * The session model, stored as
 *
 *     {"expiresAt":1763720000000,"endsAt":null,"userId":"u1","createdAt":1763700000000,"data":{…}}
 *
 * The first three members, in this order, are the header (`header.ts`); `endsAt` is the absolute end. `expiresAt` may be
 * later than that: then it tells how long ago the session was used. A session with an idle timeout of its own has
 * `"idle":<seconds>` before `data`. The session store checks what `data` holds.
 */
export const sessionModel: RecordModel<SessionRecord<unknown>> = {
  encode: ({ expiresAt, absoluteExpiresAt, userId, createdAt, idleTimeoutSeconds, data }) =>
    JSON.stringify({
      expiresAt: toDeadline(expiresAt),
      endsAt: absoluteExpiresAt === null ? null : toDeadline(absoluteExpiresAt),
      userId,
      createdAt: createdAt.getTime(),
      idle: idleTimeoutSeconds,
      data,
    }),
  decode(text) {
    const json = parseObject(text);
    if (json === null) return null;
    const { expiresAt, endsAt, userId, createdAt, idle, data } = json;
    if (typeof expiresAt !== "number" || typeof createdAt !== "number") return null;
    if (typeof userId !== "string" && userId !== null) return null;
    const record = {
      userId,
      data,
      createdAt: new Date(createdAt),
      expiresAt: new Date(expiresAt),
      absoluteExpiresAt: typeof endsAt === "number" ? new Date(endsAt) : null,
    };
    // Most have none, and every read comes through here.
    return typeof idle === "number" ? { ...record, idleTimeoutSeconds: idle } : record;
  },
  userId: (record) => record.userId,
  userIdField: "userId",
  header: true,
  expiresAt: (record) => record.expiresAt,
  absoluteExpiresAt: (record) => record.absoluteExpiresAt,
  withExpiresAt: (record, expiresAt) => ({ ...record, expiresAt }),
  withAbsoluteExpiresAt: (record, absoluteExpiresAt) => ({ ...record, absoluteExpiresAt }),
};
