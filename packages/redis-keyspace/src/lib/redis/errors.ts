/**
 * Every code that a {@link KeyspaceError} can carry. `ERR_REDIS_*`: the store could not do it, nothing is known about
 * the session. All others: the store answered, and the answer is a refusal.
 */
export type KeyspaceErrorCode =
  /** The connection is closed, refused or lost, or the server is loading or failing over. */
  | "ERR_REDIS_UNAVAILABLE"
  /** No answer within `commandTimeoutMs`. The command may still be carried out later. */
  | "ERR_REDIS_TIMEOUT"
  /** The server is a read-only replica, or has stopped taking writes (`MISCONF`, `NOREPLICAS`). */
  | "ERR_REDIS_READONLY"
  /** The server is at `maxmemory` and may not evict. */
  | "ERR_REDIS_OUT_OF_MEMORY"
  /** A key under our prefix holds another type: some other program writes there. */
  | "ERR_REDIS_WRONG_TYPE"
  /** The server refuses this user (`NOAUTH`, `NOPERM`, `WRONGPASS`). */
  | "ERR_REDIS_DENIED"
  /**
   * The server does not let one command or script use these keys: they lie in several slots, or a script made them up.
   * With `topology: "auto"` the store deals with it, where its prefixes can be used apart.
   */
  | "ERR_REDIS_KEYS"
  /** Any other error reply, a failed script and an answer that is none among them. */
  | "ERR_REDIS_REPLY"
  /** `create` with an id that is taken. */
  | "ERR_SESSION_EXISTS"
  /**
   * `create` or `rotate` overlapped a sign-out everywhere, or sign-ins past the limit, which won; or the user, where
   * users are stored too, is gone.
   */
  | "ERR_SESSION_REVOKED"
  /** The user has `maxSessionsPerUser` sessions and the limit is set to refuse. */
  | "ERR_SESSION_LIMIT"
  /** By Redis's clock the new end of the session has passed, so nothing was changed: this process's clock is behind. */
  | "ERR_SESSION_EXPIRED"
  /** `update` lost against other writers a hundred times in a row. */
  | "ERR_SESSION_CONFLICT"
  /** The data does not satisfy the schema. */
  | "ERR_SESSION_INVALID"
  /** A user with this id, or another user with this e-mail address, is there. */
  | "ERR_USER_EXISTS"
  /** There is no such user, so nothing can be changed or linked. */
  | "ERR_USER_NOT_FOUND"
  /** The account or authenticator is linked already, to another user. */
  | "ERR_LINK_EXISTS"
  /** There is no such account or authenticator, so nothing can be changed. */
  | "ERR_LINK_NOT_FOUND";

/** The same in every copy of this package. */
const brand = Symbol.for("redis-keyspace.error");

/**
 * What the store throws. Absence is never an error: a session that is missing, expired or malformed is `null`.
 * The message and the cause never contain a session id, a key or a stored value. `instanceof` knows the errors of every
 * copy of this package that an application has loaded.
 *
 * @example
 * try {
 *   session = await store.get(id);
 * } catch (error) {
 *   if (error instanceof KeyspaceError && error.code === "ERR_REDIS_TIMEOUT") return unavailable();
 *   throw error;
 * }
 */
export class KeyspaceError extends Error {
  override readonly name = "KeyspaceError";
  /** Stable: compare this, not the message. */
  readonly code: KeyspaceErrorCode;

  constructor(code: KeyspaceErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  get [brand](): true {
    return true;
  }

  static override [Symbol.hasInstance](value: unknown): value is KeyspaceError {
    return typeof value === "object" && value !== null && brand in value;
  }
}

const subscriber = "the client is in subscriber mode: give the store a client of its own";

const oneNodeOnly = "this is one node of a Cluster: give the store a Cluster client, which knows them all";

const keysApart =
  "the server does not let one script use these keys: give the prefixes one {hash tag}, or set the topology to stepwise";

const moved = /\bMOVED \d/;

/** While slots move, or because the key is on another node. */
const nonLocal = /non local key/i;

/** While a slot moves, `TRYAGAIN` or in a script; Redis 7.2 and later speak of undeclared keys there. */
const slotMoves = /during rehashing of (the )?slot/i;

/** See `docs/servers.md`. */
const keysRefused = [
  // Redis, Valkey, Redis Enterprise and their descendants.
  /\bCROSSSLOT\b|hash to (the )?same slot|must be in (the )?same slot/i,
  nonLocal,
  // Dragonfly; "undeclared" and the like of others.
  /\b(undeclared|non-?declared|not declared)\b/i,
  // Alibaba's Tair.
  /should be passed using the KEYS array|KEYS should not be in expression/i,
];

/** Whether an operation failed because the server does not let one command or script use its keys. */
export function isKeysRefused(error: unknown): boolean {
  return error instanceof KeyspaceError && error.code === "ERR_REDIS_KEYS";
}

/** Whether Redis answers, and takes nothing that has to be stored. */
export function isWriteRefused(error: unknown): boolean {
  return (
    error instanceof KeyspaceError && (error.code === "ERR_REDIS_OUT_OF_MEMORY" || error.code === "ERR_REDIS_READONLY")
  );
}

/** Whether a client that knows one node spoke to a Cluster of several. */
export function isOneNodeOnly(error: unknown): error is KeyspaceError {
  return error instanceof KeyspaceError && error.message === oneNodeOnly;
}

/**
 * Whether it is about what was given to the client, or the client itself. Clients throw a `TypeError` too where an answer
 * is none.
 */
function isOwnFault(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof TypeError && /\bargument|^option "/i.test(error.message));
}

const replies: readonly [RegExp, KeyspaceErrorCode, string][] = [
  [/\bREADONLY\b|\bMISCONF\b|\bNOREPLICAS\b/, "ERR_REDIS_READONLY", "Redis does not take writes"],
  // https://upstash.com/docs/redis/troubleshooting/db_capacity_quota_exceeded
  [/\bOOM\b|\bcapacity quota exceeded\b/, "ERR_REDIS_OUT_OF_MEMORY", "Redis is out of memory"],
  [/\bWRONGTYPE\b/, "ERR_REDIS_WRONG_TYPE", "a key under the prefix holds another type"],
  [
    /\bNOAUTH\b|\bNOPERM\b|\bWRONGPASS\b|^UpstashError (Unauthorized|Forbidden)\b|\buser executing the script can't\b/,
    "ERR_REDIS_DENIED",
    "Redis refuses this user",
  ],
  [/subscriber mode|\bonly \(P\|?S?\)SUBSCRIBE|allowed in this context/, "ERR_REDIS_REPLY", subscriber],
  [
    /\bLOADING\b|\bMASTERDOWN\b|\bCLUSTERDOWN\b|\bTRYAGAIN\b|\bASK \d|\bBUSY\b|\bUNBLOCKED\b|\bRedis is not available\b/,
    "ERR_REDIS_UNAVAILABLE",
    "Redis cannot answer now",
  ],
];

export interface ErrorContext {
  /** Whether the client knows the Cluster's nodes: then keys that are elsewhere are on their way. */
  readonly cluster: boolean;
  /** What to do where the server refuses keys. */
  readonly keysAdvice?: string | undefined;
}

/**
 * Gives a client's error its code. `secrets` are the keys and values of the command, none of which may get out. What the
 * process itself did wrong, a `TypeError` or `RangeError`, stays what it is.
 */
export function redisError(
  error: unknown,
  secrets: readonly string[],
  { cluster, keysAdvice }: ErrorContext = { cluster: false },
): Error {
  if (error instanceof KeyspaceError) return error;
  const message = error instanceof Error ? ownMessage(error) : "";
  const text = error instanceof Error ? `${error.name} ${message}` : String(error);
  const cause = withoutSecrets(error, secrets);
  if (isOwnFault(error)) return cause as Error;
  if (moved.test(text)) {
    return cluster
      ? new KeyspaceError("ERR_REDIS_UNAVAILABLE", "Redis cannot answer now", { cause })
      : new KeyspaceError("ERR_REDIS_REPLY", oneNodeOnly, { cause });
  }
  if (slotMoves.test(text) || (nonLocal.test(text) && cluster)) {
    return new KeyspaceError("ERR_REDIS_UNAVAILABLE", "Redis cannot answer now", { cause });
  }
  if (keysRefused.some((pattern) => pattern.test(text))) {
    return new KeyspaceError("ERR_REDIS_KEYS", keysAdvice ?? keysApart, { cause });
  }
  for (const [pattern, code, told] of replies) {
    if (pattern.test(text)) return new KeyspaceError(code, told, { cause });
  }
  if (/\b(TimeoutError|timed out|timeout|not answer in time)\b/i.test(text)) {
    return new KeyspaceError("ERR_REDIS_TIMEOUT", "Redis did not answer in time", { cause });
  }
  // An error reply starts with a word in capitals: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
  if (/^[A-Z][A-Z0-9]+ /.test(message)) {
    return new KeyspaceError("ERR_REDIS_REPLY", "Redis answered with an error", { cause });
  }
  return new KeyspaceError("ERR_REDIS_UNAVAILABLE", "Redis cannot be reached", { cause });
}

/** What the client itself says, without the command or the answer that it quotes. */
function ownMessage({ name, message }: Error): string {
  // Its message quotes the beginning of the answer, which may be a value.
  if (name === "UpstashJSONParseError" || name === "SyntaxError") return "the answer is no JSON";
  return message.split(", command was: ", 1)[0] as string;
}

/**
 * Clients put the command into their errors: ioredis as `command.args`, Upstash in the message, and Redis itself quotes
 * the beginning of what it does not know. Then only the first word is kept, which says what kind of error it was, and the
 * name of a command that the server does not have.
 */
function withoutSecrets(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof Error)) return undefined;
  const message = ownMessage(error);
  const leaks = /with args/i.test(message) || secrets.some((secret) => secret !== "" && quotes(message, secret));
  const carriesMore = ["command", "errors", "replies", "cause"].some((property) => property in error);
  if (!leaks && !carriesMore && message === error.message) return error;
  const copy: Error & { code?: unknown } = new Error(
    leaks
      ? `${/^[A-Z]+\b( unknown command ['`]?[A-Za-z.]+['`]?)?/.exec(message)?.[0] ?? ""} [redacted]`.trim()
      : message,
  );
  copy.name = error.name;
  const code = codeOf(error) ?? codeOf(error.cause);
  if (code !== undefined) copy.code = code;
  return copy;
}

/** The system's name for what happened, which `fetch` has in the cause of its error. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Whether a text holds a secret or its beginning, plain or as JSON. */
function quotes(text: string, secret: string): boolean {
  const start = secret.slice(0, 32);
  return text.includes(start) || text.includes(JSON.stringify(start).slice(1, -1));
}
