import { KeyspaceError } from "../redis/errors.js";
import type { Session } from "../sessions.js";
import { toJson } from "./json.js";
import { type StandardSchema, validated } from "./schema.js";
import type { SessionRecord } from "./session-model.js";

type StoredSession = SessionRecord<unknown>;

/** Data in both of its forms: JSON, as it is stored, and what the schema makes of that, which callers get. */
export interface BothForms<Data> {
  readonly stored: unknown;
  /** The text of what is stored; `undefined` for what JSON leaves out. */
  readonly json: string | undefined;
  readonly parsed: Data;
}

/** The way of a session's data to Redis and back. A schema sees nothing but JSON, once in each direction. */
export class SessionData<Data> {
  readonly #schema: StandardSchema<unknown, Data> | undefined;
  /** What callers have, with what is stored: a schema's output does not say what it was made of. */
  readonly #stored = new WeakMap<object, unknown>();
  /** Ends that callers have, with what is stored. */
  readonly #idleEnds = new WeakMap<Date, Date>();

  constructor(schema: StandardSchema<unknown, Data> | undefined) {
    this.#schema = schema;
  }

  /**
   * @throws {TypeError} for what has no JSON.
   * @throws {KeyspaceError} `ERR_SESSION_INVALID`
   */
  toStore(data: unknown): BothForms<Data> | Promise<BothForms<Data>> {
    const json = toJson(data);
    const stored: unknown = json === undefined ? undefined : JSON.parse(json);
    return this.#schema === undefined
      ? { stored, json, parsed: stored as Data }
      : this.#parse(this.#schema, stored).then((parsed) => ({ stored, json, parsed }));
  }

  /** The record with its data parsed, or `null` where the schema refuses it. */
  read(record: StoredSession): SessionRecord<Data> | null | Promise<SessionRecord<Data> | null> {
    const dated = this.dated(record) as SessionRecord<Data>;
    return this.#schema === undefined ? dated : this.#read(this.#schema, dated);
  }

  async #read(schema: StandardSchema<unknown, Data>, record: StoredSession): Promise<SessionRecord<Data> | null> {
    try {
      return { ...record, data: await this.#parse(schema, record.data) };
    } catch (error) {
      if (error instanceof KeyspaceError) return null;
      throw error;
    }
  }

  /** The record as callers see it: it ends at its absolute end, however long ago it was used. */
  dated<Record extends StoredSession>(record: Record): Record {
    const { expiresAt, absoluteExpiresAt } = record;
    if (absoluteExpiresAt === null || expiresAt <= absoluteExpiresAt) return record;
    const end = new Date(absoluteExpiresAt);
    this.#idleEnds.set(end, expiresAt);
    return { ...record, expiresAt: end };
  }

  /** The record that a session was made of, if that is known. */
  recordOf(session: Session<Data>): StoredSession | undefined {
    const { userId, data, createdAt, expiresAt, absoluteExpiresAt, idleTimeoutSeconds } = session;
    const isKnown = this.#schema === undefined || (isObject(data) && this.#stored.has(data));
    if (!isKnown) return undefined;
    const record = {
      userId,
      data: this.#schema === undefined ? data : this.#stored.get(data as object),
      createdAt,
      expiresAt: this.#idleEnds.get(expiresAt) ?? expiresAt,
      absoluteExpiresAt,
    };
    return idleTimeoutSeconds === undefined ? record : { ...record, idleTimeoutSeconds };
  }

  async #parse(schema: StandardSchema<unknown, Data>, stored: unknown): Promise<Data> {
    const parsed = await validated(schema, stored);
    if (isObject(parsed)) this.#stored.set(parsed, stored);
    return parsed;
  }
}

/**
 * Whether this data can be stored, before anything is ended for it.
 *
 * @throws what `create` throws for it.
 */
export async function checkSessionData(
  data: unknown,
  schema: StandardSchema<unknown, unknown> | undefined,
): Promise<void> {
  await new SessionData(schema).toStore(data);
}

/** Written out: to spread a record behind an id takes longer than most of what is done for a read. */
export function sessionOf<Data>(id: string, record: SessionRecord<Data>): Session<Data> {
  const { userId, data, createdAt, expiresAt, absoluteExpiresAt, idleTimeoutSeconds } = record;
  const session = { id, userId, data, createdAt, expiresAt, absoluteExpiresAt };
  return idleTimeoutSeconds === undefined ? session : { ...session, idleTimeoutSeconds };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
