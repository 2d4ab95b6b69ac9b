import type { Forgetful } from "../live/own-writes.js";
import type { CacheOptions } from "../live/session-stream.js";
import { checkObserver, type KeyKind, observed, observer } from "../observe.js";
import { checkInteger, checkKnown } from "../options.js";
import { type RedisClient, toDriver } from "../redis/detect.js";
import { Executor } from "../redis/executor.js";
import { type CommonOptions, checkCodec, checkCommonOptions, type OptionNames, optionNamer } from "../store-options.js";
import {
  checkIdentityPrefixes,
  completed,
  IdentityKeyspace,
  type IdentityPrefixes,
  UserSessionKeyspace,
} from "./keyspace.js";
import { type LinkOptions, Links } from "./links.js";
import { Tokens } from "./tokens.js";
import { StoredUserSessions, type UserSessionModel, UserSessionStore } from "./user-sessions.js";
import { UserSessionExecution } from "./user-sessions-execution.js";
import { Users } from "./users.js";
import { cachedWithUser } from "./with-user.js";

type OfSessions = Pick<CommonOptions, "maxSessionsPerUser" | "whenFull" | "hashIds" | "codec" | "stream">;

export interface UserSessionOptions<Value> extends OfSessions {
  readonly record: UserSessionModel<Value>;
  readonly prefix: string;
  /** What the key of a user's index of sessions starts with. */
  readonly indexPrefix: string;
  /**
   * What the keys of the replaced package's pointers start with: for each user, a string with the key of the user's last
   * session. That session is then listed and revoked with ours, and ours are entered there.
   */
  readonly pointerPrefix: string;
  /**
   * Keeps sessions that were read lately, with their users, in this process, so that `getWithUser` asks Redis only now and
   * then: what it answers is shared and frozen. Default: none.
   */
  readonly cache?: CacheOptions | undefined;
}

export interface IdentityStoreOptions<Kind extends string, Value>
  extends IdentityPrefixes<Kind>,
    Pick<CommonOptions, "observe" | "commandTimeoutMs"> {
  readonly sessions: UserSessionOptions<Value>;
  /** What can be linked to a user: accounts, authenticators. */
  readonly links: Readonly<Record<Kind, LinkOptions>>;
  /** What an adapter calls these options, by their names here: `{ "sessions.prefix": "sessionKeyPrefix" }`. */
  readonly optionNames?: OptionNames | undefined;
}

/**
 * Users, what is linked to them, single-use tokens, and sessions beside them, as JSON objects. Every method is one round
 * trip and rejects with a `KeyspaceError` when Redis cannot do it. Absence is `null`.
 */
export interface IdentityStore<Kind extends string, Value> {
  readonly users: Users;
  readonly links: Readonly<Record<Kind, Links>>;
  readonly tokens: Tokens;
  readonly sessions: UserSessionStore<Value>;
}

/**
 * @param client A node-redis, ioredis or `@upstash/redis` client, or a driver.
 * @throws {TypeError} naming the option that is wrong. On a Cluster all prefixes need the same hash tag.
 */
export function createIdentityStore<Kind extends string, Value>(
  client: RedisClient,
  options: IdentityStoreOptions<Kind, Value>,
): IdentityStore<Kind, Value> {
  const named = optionNamer(options.optionNames);
  checkOptions(options, named);
  const driver = toDriver(named("client"), client);
  checkIdentityPrefixes(options, driver, named);

  const prefixes = completed(options);
  const { userPrefix, tokenPrefix, links, sessions, commandTimeoutMs, observe } = prefixes;
  const { operation, incident } = observer(observe);
  const keysAdvice = `the server takes keys of one slot only: option "${named("basePrefix")}" needs a {hash tag}`;
  const executor = new Executor(driver, { timeoutMs: commandTimeoutMs, keysAdvice, incident });
  const keyspace = new IdentityKeyspace(prefixes, driver.keyPrefix);
  const watched = <Model extends object>(model: Model, keyKind: KeyKind): Model =>
    operation === undefined
      ? model
      : observed(model, operation, { keyKind, driver: driver.name, topology: () => "atomic" });
  const { cache, store } = openSessions({ client, executor, identity: keyspace, userPrefix, named }, sessions);
  return {
    users: watched(new Users(executor, keyspace, prefixes, cache), "user"),
    links: Object.fromEntries(
      Object.entries<LinkOptions>(links).map(([kind, link]) => [
        kind,
        watched(new Links(executor, keyspace, userPrefix, link), "link"),
      ]),
    ) as Record<Kind, Links>,
    tokens: watched(new Tokens(executor, keyspace, tokenPrefix), "token"),
    sessions: watched(store, "session"),
  };
}

interface SessionParts {
  readonly client: RedisClient;
  readonly executor: Executor;
  readonly identity: IdentityKeyspace;
  readonly userPrefix: string;
  readonly named: (option: string) => string;
}

function openSessions<Value>(
  { client, executor, identity, userPrefix: prefixOfUsers, named }: SessionParts,
  options: UserSessionOptions<Value>,
): { readonly store: UserSessionStore<Value>; readonly cache: Forgetful | undefined } {
  const { record: model, codec, hashIds = false, maxSessionsPerUser = 0, whenFull = "evict-oldest" } = options;
  const keyspace = new UserSessionKeyspace(identity, options, { keyPrefix: executor.driver.keyPrefix, hashIds });
  const records = new StoredUserSessions(model, keyspace, { codec, incident: executor.incident });
  const userPrefix = identity.made(prefixOfUsers);
  const userSessions = new UserSessionExecution({
    ...{ executor, keyspace, limit: { max: maxSessionsPerUser, whenFull } },
    ...{ userPrefix, expiresAtField: model.expiresAtField },
    readFacts: (value, storedId) => records.factsOf(value, storedId),
    reseal: records.reseal,
  });
  const connection = { sessions: executor, users: executor };
  const { cache, stream = cache?.stream } = options;
  const evicts = maxSessionsPerUser > 0 && whenFull === "evict-oldest";
  const live = stream?.open({
    ...{ client, records, keyspace, execution: userSessions, sessions: executor, incident: executor.incident },
    ...{ cache, cached: cachedWithUser(records), userPrefix: cache && userPrefix },
    ...{ evicts, named: (name) => named(`sessions.${name}`) },
  });
  const store = new UserSessionStore({
    ...{ model, records, keyspace, userSessions, execution: live?.execution ?? userSessions, connection },
    ...{ maxSessionsPerUser, evicts, live, withUser: live?.cache },
  });
  return { store, cache: live?.cache };
}

const ofUser = ["prefix", "indexPrefix", "pointerPrefix"];

function checkOptions<Kind extends string, Value>(
  options: IdentityStoreOptions<Kind, Value>,
  named: (option: string) => string,
): void {
  const own = [
    "basePrefix",
    "userPrefix",
    "emailPrefix",
    "tokenPrefix",
    "tokenIndexPrefix",
    "sessions",
    "links",
    "nested",
  ];
  checkKnown(options, [...own, "observe", "commandTimeoutMs", "optionNames"]);
  const { sessions, links, observe, commandTimeoutMs } = options;
  checkKnown(
    sessions,
    ["record", ...ofUser, "maxSessionsPerUser", "whenFull", "hashIds", "codec", "stream", "cache"],
    "sessions",
  );
  checkCommonOptions(sessions, (option) => named(`sessions.${option}`));
  for (const [kind, link] of Object.entries<LinkOptions>(links)) {
    checkKnown(link, [...ofUser, "key", "codec", "readable"], `links.${kind}`);
    checkCodec(named(`links.${kind}.codec`), link.codec);
  }
  if (observe !== undefined) checkObserver(named("observe"), observe);
  if (commandTimeoutMs !== undefined) checkInteger(named("commandTimeoutMs"), commandTimeoutMs, 1, 600_000);
}
