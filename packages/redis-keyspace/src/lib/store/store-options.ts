import type { ValueCodec } from "../codec.js";
import type { RedisClient } from "../drivers/recognise.js";
import type { RecordModel } from "../models/record.js";
import type { Observe } from "../observe.js";

/** One client for everything, or one for each model. The connections stay the caller's. */
export type StoreClient = RedisClient | { readonly session: RedisClient; readonly userSessions: RedisClient };

/** What every store takes. */
export interface CommonOptions {
  /**
   * How many live sessions a user may have when `create` adds one, or an `update` gives one to them. Default: no limit.
   * From 1 to 100,000.
   */
  readonly maxSessionsPerUser?: number | undefined;
  /**
   * What these do for a user who has that many: end the session that would expire first (`evict-oldest`, the default), or
   * throw `ERR_SESSION_LIMIT` (`reject`).
   */
  readonly whenFull?: "evict-oldest" | "reject" | undefined;
  /**
   * Whether keys hold the SHA-256 of a session id in place of the id, so that whoever reads Redis or a backup cannot
   * sign in. Lists then return handles that can revoke but not sign in. Default: false. Turning it on signs everybody
   * out, because the old keys are no longer found; whoever turns it off again should change `sessionPrefix` with it,
   * because the handles that were shown become ids.
   */
  readonly hashIds?: boolean | undefined;
  /**
   * Encrypts what is stored. Default: none. Whoever turns it on or off should change `sessionPrefix` with it: what was
   * stored before cannot be read, and signs nobody in.
   */
  readonly codec?: ValueCodec | undefined;
  /** Is told of every operation when it ends. Default: nobody, at no cost. */
  readonly observe?: Observe | undefined;
  /**
   * How long a command may take, in milliseconds, before it fails with `ERR_REDIS_TIMEOUT`. Default: the client's own
   * limit if it has one, else 5000 (5 seconds). From 1 to 600,000.
   */
  readonly commandTimeoutMs?: number | undefined;
}

export interface RecordStoreOptions<Value> extends CommonOptions {
  readonly record: RecordModel<Value>;
  /** What a session's key starts with. With two clients it may be empty. */
  readonly sessionPrefix: string;
  /** What the key of a user's index starts with. With two clients it may be empty. */
  readonly userSessionsPrefix: string;
  /**
   * What the keys of the replaced package's sets of session ids start with. Its sessions are then listed and revoked
   * with ours, and ours are entered there, so that old and new processes can run side by side. Default: none.
   */
  readonly peerIndexPrefix?: string | undefined;
}

/** The options that every store takes, for those that check their own. */
export const commonOptionNames: readonly (keyof CommonOptions)[] = [
  "maxSessionsPerUser",
  "whenFull",
  "hashIds",
  "codec",
  "observe",
  "commandTimeoutMs",
];

export const recordOptionNames: readonly string[] = [
  ...commonOptionNames,
  "record",
  "sessionPrefix",
  "userSessionsPrefix",
  "peerIndexPrefix",
];
