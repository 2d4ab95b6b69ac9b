import type { Prefixes } from "./keyspace.js";
import type { CacheOptions, SessionStream } from "./live/session-stream.js";
import { checkObserver, type Observe, type Observer } from "./observe.js";
import { checkBoolean, checkFunction, checkInteger, checkKnown, checkOneOf } from "./options.js";
import type { ValueCodec } from "./records/codec.js";
import type { RecordModel } from "./records/record-model.js";

/** What every store takes. */
export interface CommonOptions {
  /**
   * How many live sessions a user may have, counted when `create` adds one or an `update` gives one to the user. Only
   * sessions count: what is gone, what the schema or the codec refuses and former ids do not. Of more than a thousand,
   * those that end last count without a look. Default: no limit. From 1 to 100,000.
   */
  readonly maxSessionsPerUser?: number | undefined;
  /**
   * What happens when a user has that many: the session that would expire first is ended (`evict-oldest`, the default),
   * or `ERR_SESSION_LIMIT` is thrown (`reject`).
   */
  readonly whenFull?: "evict-oldest" | "reject" | undefined;
  /**
   * Whether keys hold the SHA-256 of a session id in place of the id, so that whoever reads Redis or a backup cannot
   * sign in. Lists then return handles that can revoke but never sign in. Default: false. Turning it on or off signs
   * everybody out, because the old keys are no longer found.
   */
  readonly hashIds?: boolean | undefined;
  /**
   * Encrypts what is stored: `seal(secrets)` of `redis-keyspace/sealing`. Default: none. Change `sessionPrefix` when you
   * turn it on or off: what was stored before can't be read, and signs nobody in.
   */
  readonly codec?: ValueCodec | undefined;
  /**
   * Is told of every operation when it ends; as an object, also of what happens under way. Never of an id, a key or data.
   * Default: nobody, at no cost. `instrument()` of `redis-keyspace/opentelemetry` is one.
   */
  readonly observe?: Observe | Observer | undefined;
  /**
   * Hears what happens to sessions, for `watch`, `watchUser` and `onEvent`: `createSessionStream(client)` of
   * `redis-keyspace/live`. Give it to every process of an application: what a store without one does is told to nobody
   * where Redis does not tell. Default: that of `cache`, or none.
   */
  readonly stream?: SessionStream | undefined;
  /**
   * Keeps sessions that were read lately in this process, so that `get` asks Redis only now and then: what it answers is
   * shared and frozen, and a revoked session may live on for a moment, `maxAgeMs` at most. Default: none.
   */
  readonly cache?: CacheOptions | undefined;
  /**
   * Whether a record and its user's index are used by one script (`atomic`: one round trip for each operation) or one key
   * a step (`stepwise`: what a server needs that checks slots or refuses keys that scripts make up). Default: `auto`:
   * atomic where the client and the prefixes allow it, and stepwise for good once the server has refused. See
   * `docs/servers.md`.
   */
  readonly topology?: "auto" | "atomic" | "stepwise" | undefined;
  /**
   * How long a command may take, in milliseconds, before it fails with `ERR_REDIS_TIMEOUT`. Default: the client's own
   * limit if it has one, else 5000 (5 seconds). From 1 to 600,000.
   */
  readonly commandTimeoutMs?: number | undefined;
}

/** How a store was set up before, while its sessions move to how it is set up now. What is left out is as by default. */
export interface MigratingFrom {
  /** What a session's key started with, without the client's own `keyPrefix`. */
  readonly sessionPrefix?: string | undefined;
  /** The same of the key of a user's index, where it does not follow from the other. */
  readonly userSessionsPrefix?: string | undefined;
  /** Whether keys held hashes. Hashes cannot become ids again. */
  readonly hashIds?: boolean | undefined;
  /** What sealed the sessions. Default: nothing did. */
  readonly codec?: ValueCodec | undefined;
  /**
   * Whether sessions move: at their first use, and by `redis-keyspace migrate`. With false a store writes as before, and
   * reads what others have moved: give that to all processes first. Default: true.
   */
  readonly moves?: boolean | undefined;
}

/** The former layout of a record store. */
export interface FormerLayout<Value> extends Prefixes, Pick<MigratingFrom, "hashIds" | "codec" | "moves"> {
  readonly record: RecordModel<Value>;
}

export interface RecordStoreOptions<Value> extends CommonOptions, Prefixes {
  readonly record: RecordModel<Value>;
  /**
   * Whether a record is a session, where not all are: what it refuses takes no place under `maxSessionsPerUser`, and is
   * not counted. Default: all are.
   */
  readonly accepts?: ((record: Value) => boolean | Promise<boolean>) | undefined;
  /** What a session's key starts with. With two clients it may be empty. */
  readonly sessionPrefix: string;
  /** What the key of a user's index starts with. With two clients it may be empty. */
  readonly userSessionsPrefix: string;
  /**
   * What the keys of a legacy package's sets of session ids start with. Its sessions are then listed and revoked with
   * ours, and ours are entered there, so that legacy and new processes can run side by side. Default: none.
   */
  readonly legacyIndexPrefix?: string | undefined;
  /**
   * Where records were before. One that is not at its new key is looked for there, and moves at its first use. Not with
   * two clients, a stream or a cache, nor one key a step. Default: nowhere.
   */
  readonly migratingFrom?: FormerLayout<Value> | undefined;
  /** What an adapter calls these options, where it has other names for them. Messages use its names. Default: none. */
  readonly optionNames?: OptionNames | undefined;
}

/** `from`: the record as it was read. If nobody has written since, that saves reading it again. */
export interface From<Value> {
  readonly from?: Value | undefined;
}

/** Options of `update`. */
export interface UpdateOptions<Value> extends From<Value> {
  /**
   * Whether `maxSessionsPerUser` holds for a new owner. Give false where the record changes no hands and only learns
   * whose it is. Default: true.
   */
  readonly counted?: boolean | undefined;
}

/** Options of `touch`. */
export interface TouchOptions<Value> extends From<Value> {
  /** Leave the record alone if it has more than so many milliseconds left. Default: never. From 0 on. */
  readonly whenLeftMs?: number | undefined;
}

/** The names of `client` and of options in messages. */
export type OptionNames = Readonly<Partial<Record<string, string>>>;

/** The options that every store takes, for those that check their own. */
export const commonOptionNames: readonly (keyof CommonOptions)[] = [
  "maxSessionsPerUser",
  "whenFull",
  "hashIds",
  "codec",
  "observe",
  "stream",
  "cache",
  "topology",
  "commandTimeoutMs",
];

export const recordOptionNames: readonly string[] = [
  ...commonOptionNames,
  "record",
  "accepts",
  "sessionPrefix",
  "userSessionsPrefix",
  "legacyIndexPrefix",
  "migratingFrom",
  "optionNames",
];

/** What an option is called in messages. */
export function optionNamer(names: OptionNames = {}): (option: string) => string {
  return (option) => names[option] ?? option;
}

/** @throws {TypeError} naming the option that is wrong. */
export function checkCommonOptions(options: CommonOptions, named: (option: string) => string): void {
  const { maxSessionsPerUser, whenFull, hashIds, codec, observe, stream, cache, topology } = options;
  if (maxSessionsPerUser !== undefined) checkInteger(named("maxSessionsPerUser"), maxSessionsPerUser, 1, 100_000);
  if (whenFull !== undefined) checkOneOf(named("whenFull"), whenFull, ["evict-oldest", "reject"]);
  if (hashIds !== undefined) checkBoolean(named("hashIds"), hashIds);
  if (observe !== undefined) checkObserver(named("observe"), observe);
  if (cache !== undefined) checkCache(named, cache, stream);
  if (stream !== undefined) checkStream(named("stream"), stream);
  if (topology !== undefined) checkOneOf(named("topology"), topology, ["auto", "atomic", "stepwise"]);
  checkCodec(named("codec"), codec);
}

/** @throws {TypeError} naming the option that is wrong. */
export function checkCodec(name: string, codec: ValueCodec | undefined): void {
  if (codec === undefined) return;
  checkFunction(`${name}.seal`, codec?.seal);
  checkFunction(`${name}.open`, codec?.open);
}

function checkCache(
  named: (option: string) => string,
  { stream, maxEntries, maxSize, maxAgeMs, ...others }: CacheOptions,
  ofStore: SessionStream | undefined,
): void {
  const name = named("cache");
  checkKnown(others, [], name);
  if (stream === undefined && ofStore === undefined) throw new TypeError(`option "${name}.stream" is missing`);
  if (stream !== undefined) checkStream(`${name}.stream`, stream);
  if (stream !== undefined && ofStore !== undefined && stream !== ofStore) {
    throw new TypeError(`option "${name}.stream" must be that of option "${named("stream")}"`);
  }
  if (maxEntries !== undefined) checkInteger(`${name}.maxEntries`, maxEntries, 1, 1_000_000);
  if (maxSize !== undefined) checkInteger(`${name}.maxSize`, maxSize, 1, 2 ** 31);
  if (maxAgeMs !== undefined) checkInteger(`${name}.maxAgeMs`, maxAgeMs, 1, 60_000);
}

function checkStream(name: string, stream: SessionStream): void {
  if (typeof (stream as Partial<SessionStream> | null)?.open !== "function") {
    throw new TypeError(`option "${name}" must be made by createSessionStream`);
  }
}
