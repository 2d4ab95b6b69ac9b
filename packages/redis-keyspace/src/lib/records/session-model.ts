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

/** A session that is to be stored. */
export interface WrittenSession extends SessionRecord<unknown> {
  /** The JSON of `data`, where it has been made already. */
  readonly dataJson?: string | undefined;
}

/** The same record with data whose JSON is at hand. Written out: a spread record that gets a new member takes far longer. */
export function written(record: SessionRecord<unknown>, data: unknown, dataJson: string | undefined): WrittenSession {
  const { userId, createdAt, expiresAt, absoluteExpiresAt, idleTimeoutSeconds } = record;
  const session = { userId, data, createdAt, expiresAt, absoluteExpiresAt, dataJson };
  return idleTimeoutSeconds === undefined ? session : { ...session, idleTimeoutSeconds };
}

/** What `encode` makes, up to the data: JSON takes its time over numbers of 13 digits. */
const writtenBefore =
  /^\{"expiresAt":([1-9]\d{12}),"endsAt":(null|[1-9]\d{12}),"userId":"([ !#-[\]-\uffff]*)","createdAt":([1-9]\d{12}),"data":/;

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
  encode({ expiresAt, absoluteExpiresAt, userId, createdAt, idleTimeoutSeconds, data, dataJson }: WrittenSession) {
    const ends = `"expiresAt":${toDeadline(expiresAt)},"endsAt":${absoluteExpiresAt === null ? null : toDeadline(absoluteExpiresAt)}`;
    const idle = idleTimeoutSeconds === undefined ? "" : `,"idle":${idleTimeoutSeconds}`;
    const json = dataJson ?? (JSON.stringify(data) as string | undefined);
    const rest = json === undefined ? "" : `,"data":${json}`;
    return `{${ends},"userId":${JSON.stringify(userId)},"createdAt":${createdAt.getTime()}${idle}${rest}}`;
  },
  decode: (text) => decodeWritten(text) ?? decodeAny(text),
  userId: (record) => record.userId,
  userIdField: "userId",
  header: true,
  expiresAt: (record) => record.expiresAt,
  absoluteExpiresAt: (record) => record.absoluteExpiresAt,
  withExpiresAt: (record, expiresAt) => ({ ...record, expiresAt }),
  withAbsoluteExpiresAt: (record, absoluteExpiresAt) => ({ ...record, absoluteExpiresAt }),
};

/** `undefined`: not so short, or something else. */
function decodeWritten(text: string): SessionRecord<unknown> | undefined {
  const match = writtenBefore.exec(text);
  if (match === null || !text.endsWith("}")) return undefined;
  const [before, expiresAt, endsAt, userId = null, createdAt] = match;
  try {
    return {
      userId,
      data: JSON.parse(text.slice(before.length, -1)),
      createdAt: new Date(Number(createdAt)),
      expiresAt: new Date(Number(expiresAt)),
      absoluteExpiresAt: endsAt === "null" ? null : new Date(Number(endsAt)),
    };
  } catch {
    return undefined;
  }
}

function decodeAny(text: string): SessionRecord<unknown> | null {
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
  return typeof idle === "number" ? { ...record, idleTimeoutSeconds: idle } : record;
}
