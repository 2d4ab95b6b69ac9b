import { KeyspaceError } from "../errors.js";
import { toDeadline } from "../expiry.js";
import { randomId } from "../hash.js";
import { type SessionRecord, sessionModel } from "../models/session.js";
import { checkFunction, checkKnown, checkNumber } from "../options.js";
import { type StandardSchema, validated } from "../schema.js";
import { createRecordStore, type Listed } from "./record-store.js";
import { type CommonOptions, commonOptionNames, type StoreClient } from "./store-options.js";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

export interface SessionStoreOptions<Data> extends CommonOptions {
  /** What a session's key starts with. Default: `session:`. */
  readonly sessionPrefix?: string | undefined;
  /** What the key of a user's index starts with. Default: `user-sessions:`. */
  readonly userSessionsPrefix?: string | undefined;
  /** How long an untouched session lives, in seconds. Default: 1209600 (14 days). From 1 to ten years. */
  readonly idleTimeoutSeconds?: number | undefined;
  /** How long a session lives however often it is touched, in seconds. Default: no limit. From 1 to ten years. */
  readonly absoluteTimeoutSeconds?: number | undefined;
  /**
   * `touch` with a session writes only when this many seconds were used of its idle timeout. Default: a tenth of
   * `idleTimeoutSeconds`. From 0 (every time) to `idleTimeoutSeconds`.
   */
  readonly touchAfterSeconds?: number | undefined;
  /**
   * Checks and types the data, when written and when read. Data that was stored and no longer fits is no session, so the
   * schema must accept what it returned, as JSON.
   */
  readonly schema?: StandardSchema<Data> | undefined;
}

/** A live session. */
export interface Session<Data> extends SessionRecord<Data> {
  /** The secret that the visitor's cookie holds. */
  readonly id: string;
}

/** A session as it is listed: without its id. */
export interface SessionEntry<Data> extends SessionRecord<Data> {
  /** What `revoke` takes. With `hashIds` it cannot sign in; without, it is the id: then keep it from pages and logs. */
  readonly handle: string;
}

export interface NewSession<Data> {
  readonly userId: string | null;
  readonly data: Data;
  /** Default: 43 random characters of base64url, 258 bits. Must be as hard to guess. */
  readonly id?: string | undefined;
}

export interface SessionChange<Data> {
  readonly userId?: string | null | undefined;
  readonly data?: Data | undefined;
}

/**
 * Sessions with an idle and an absolute timeout. Wherever an id is taken, the session that was read will do, and saves
 * reading it again. Every method rejects with a `KeyspaceError` when Redis cannot do it; absence is `null`.
 */
export interface SessionStore<Data> {
  /** @throws {KeyspaceError} `ERR_SESSION_EXISTS`, `ERR_SESSION_LIMIT`, `ERR_SESSION_REVOKED`, `ERR_SESSION_INVALID` */
  create(session: NewSession<Data>): Promise<Session<Data>>;
  /** The session, or `null` if it is missing, ended or malformed. */
  get(id: string): Promise<Session<Data> | null>;
  /**
   * Changes a session as it is now; the function may run several times, and returns `undefined` to change nothing.
   * Never brings back a session that is gone, and never overwrites what another writer changed meanwhile.
   *
   * @throws {KeyspaceError} `ERR_SESSION_LIMIT` for a new owner, `ERR_SESSION_CONFLICT`, `ERR_SESSION_INVALID`
   *
   * @example
   * await store.update(session, ({ data }) => ({ data: { ...data, visits: data.visits + 1 } }));
   */
  update(
    session: string | Session<Data>,
    change: (session: Session<Data>) => SessionChange<Data> | undefined | Promise<SessionChange<Data> | undefined>,
  ): Promise<Session<Data> | null>;
  /**
   * Restarts the idle timeout. With a session in place of an id it writes at most once per `touchAfterSeconds`.
   *
   * @returns When the session ends now, or `null` if it is gone.
   */
  touch(session: string | Session<Data>): Promise<Date | null>;
  /**
   * Gives a session a new id: at sign-in and whenever rights change.
   *
   * @param options `graceSeconds`: how long the old id can still be read, for requests under way. Default 0, at most 3600.
   *   What is written to the old id in that time is lost, and a rotation of it ends with it.
   */
  rotate(
    session: string | Session<Data>,
    options?: { readonly graceSeconds?: number | undefined; readonly id?: string | undefined },
  ): Promise<Session<Data> | null>;
  /** Ends a session and returns it, or `null` if there was none. */
  delete(session: string | Session<Data>): Promise<Session<Data> | null>;
  /** Ends one of a user's sessions by its handle; `false` if it is not there or another user's. */
  revoke(userId: string, handle: string): Promise<boolean>;
  /** The user's sessions, the most recently touched first. */
  list(userId: string): Promise<SessionEntry<Data>[]>;
  /** Ends all of a user's sessions but `except`, and returns how many there were. */
  deleteAll(userId: string, options?: { readonly except?: string | Session<Data> | undefined }): Promise<number>;
  count(userId: string): Promise<number>;
  /** All sessions, with SCAN: for maintenance. One may come twice. */
  all(): AsyncIterable<SessionEntry<Data>>;
}

/**
 * A session store on a Redis that the caller connects and closes.
 *
 * @param client A node-redis, ioredis or `@upstash/redis` client, a driver, or `{ session, userSessions }` with one for
 *   each model.
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * const store = createSessionStore<{ theme: string }>(createClient(), { idleTimeoutSeconds: 3600 });
 * const session = await store.create({ userId: "u1", data: { theme: "dark" } });
 */
export function createSessionStore<Data>(
  client: StoreClient,
  options: SessionStoreOptions<Data> = {},
): SessionStore<Data> {
  checkKnown(options, [
    ...commonOptionNames,
    "sessionPrefix",
    "userSessionsPrefix",
    "idleTimeoutSeconds",
    "absoluteTimeoutSeconds",
    "touchAfterSeconds",
    "schema",
  ]);
  const {
    sessionPrefix = "session:",
    userSessionsPrefix = "user-sessions:",
    idleTimeoutSeconds = 1_209_600,
    absoluteTimeoutSeconds,
    touchAfterSeconds = idleTimeoutSeconds / 10,
    schema,
    ...common
  } = options;
  checkNumber("idleTimeoutSeconds", idleTimeoutSeconds, 1, 10 * YEAR_SECONDS);
  checkNumber("touchAfterSeconds", touchAfterSeconds, 0, idleTimeoutSeconds);
  if (absoluteTimeoutSeconds !== undefined) {
    checkNumber("absoluteTimeoutSeconds", absoluteTimeoutSeconds, 1, 10 * YEAR_SECONDS);
  }
  if (schema !== undefined) checkFunction("schema", schema?.["~standard"]?.validate);
  const records = createRecordStore(client, { ...common, sessionPrefix, userSessionsPrefix, record: sessionModel });

  type Record = SessionRecord<Data>;

  /** `null` for data that the schema refuses. */
  async function parsed(record: SessionRecord<unknown>): Promise<Record | null> {
    if (schema === undefined) return record as Record;
    try {
      return { ...record, data: await validated(schema, record.data) };
    } catch (error) {
      if (error instanceof KeyspaceError) return null;
      throw error;
    }
  }

  async function session(id: string, record: SessionRecord<unknown> | null): Promise<Session<Data> | null> {
    const known = record === null ? null : await parsed(record);
    return known === null ? null : { id, ...known };
  }

  const isSession = (target: string | Session<Data>): target is Session<Data> =>
    typeof target === "object" && target !== null;

  const idOf = (target: string | Session<Data>): string => (isSession(target) ? target.id : target);

  function nextExpiry(endsAt: Date | null): Date {
    const idle = Date.now() + idleTimeoutSeconds * 1000;
    return new Date(endsAt === null ? idle : Math.min(idle, endsAt.getTime()));
  }

  async function entries(found: Listed<SessionRecord<unknown>>[]): Promise<SessionEntry<Data>[]> {
    if (schema === undefined) return found.map(({ handle, record }) => ({ handle, ...(record as Record) }));
    const all = await Promise.all(found.map(async ({ handle, record }) => ({ handle, record: await parsed(record) })));
    return all.flatMap(({ handle, record }) => (record === null ? [] : [{ handle, ...record }]));
  }

  return {
    async create({ userId, data, id = randomId() }) {
      const now = new Date();
      const endsAt =
        absoluteTimeoutSeconds === undefined ? null : new Date(now.getTime() + absoluteTimeoutSeconds * 1000);
      const record: Record = {
        userId,
        data: schema === undefined ? data : await validated(schema, data),
        createdAt: now,
        expiresAt: nextExpiry(endsAt),
        endsAt,
      };
      await records.create(id, record);
      return { id, ...record };
    },

    get: async (id) => {
      const record = await records.get(id);
      if (record === null) return null;
      return schema === undefined ? { id, ...(record as Record) } : await session(id, record);
    },

    async update(target, change) {
      const id = idOf(target);
      const from = isSession(target) ? asRecord(target) : undefined;
      const record = await records.update(
        id,
        async (found) => {
          const known = await session(id, found);
          const changed = known === null ? undefined : await change(known);
          if (changed === undefined) return undefined;
          const { userId = found.userId, data = found.data } = changed;
          return { ...found, userId, data: schema === undefined ? data : await validated(schema, data) };
        },
        { from },
      );
      return await session(id, record);
    },

    async touch(target) {
      if (isSession(target)) {
        const next = nextExpiry(target.endsAt);
        if (next.getTime() - target.expiresAt.getTime() < touchAfterSeconds * 1000) return target.expiresAt;
      }
      return await records.touch(idOf(target), toDeadline(nextExpiry(null)));
    },

    async rotate(target, { graceSeconds = 0, id = randomId() } = {}) {
      checkNumber("graceSeconds", graceSeconds, 0, 3600);
      return await session(id, await records.rotate(idOf(target), id, Math.round(graceSeconds * 1000)));
    },

    delete: async (target) => await session(idOf(target), await records.delete(idOf(target))),

    revoke: async (userId, handle) => (await records.revoke(userId, handle)) !== null,

    async list(userId) {
      const found = await entries(await records.list(userId));
      return found.sort((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime());
    },

    deleteAll: (userId, { except } = {}) =>
      records.deleteAll(userId, except === undefined ? {} : { except: idOf(except) }),

    count: (userId) => records.count(userId),

    async *all() {
      for await (const found of records.all()) yield* await entries([found]);
    },
  };
}

function asRecord<Data>({ userId, data, createdAt, expiresAt, endsAt }: Session<Data>): SessionRecord<Data> {
  return { userId, data, createdAt, expiresAt, endsAt };
}
