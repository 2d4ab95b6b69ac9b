import {
  createRecordStore,
  createValueStore,
  isHashedId,
  parseObject,
  type UserSessions,
  type ValueStore,
} from "redis-keyspace/adapter";
import { checkOptions, indexPrefix, type RedisStorageOptions } from "./options.js";
import { ReadTogether } from "./read-together.js";
import { listOwner, SessionLists } from "./session-lists.js";
import { type ListedSession, listed, readSession, sessionModel, tokenOf } from "./session-model.js";
import { SessionWrites } from "./session-writes.js";

/** What `betterAuth({ secondaryStorage })` takes. Every method rejects with a `KeyspaceError` when Redis cannot do it. */
export interface RedisStorage {
  get(key: string): Promise<string | null>;
  /** Removes a value and answers it: of all who ask, one gets it. */
  getAndDelete(key: string): Promise<string | null>;
  /** Adds one to a counter, which ends `ttl` seconds after its first. */
  increment(key: string, ttl: number): Promise<number>;
  /** @param ttl In seconds. 0 or less: it is over. Default: ten years. */
  set(key: string, value: string, ttl?: number | undefined): Promise<void>;
  delete(key: string): Promise<void>;
  /** All keys, without the prefix. With SCAN, so not for requests. */
  listKeys(): Promise<string[]>;
  /** Removes all keys under the prefix, and no others. With SCAN, so not for requests. */
  clear(): Promise<void>;
  /** The sessions of a user, for code of yours. `current`, `except` and what `watch` takes are tokens. */
  readonly sessions: UserSessions<ListedSession>;
}

/**
 * Secondary storage of better-auth in Redis, on the keys of `@better-auth/redis-storage`.
 *
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * export const auth = betterAuth({ secondaryStorage: redisStorage({ client }) });
 */
export function redisStorage(options: RedisStorageOptions): RedisStorage {
  checkOptions(options);
  const { client, keyPrefix = "better-auth:", legacyIndex = true, ...common } = options;
  const { observe, commandTimeoutMs, codec } = common;
  const store = createRecordStore(client, {
    ...common,
    record: sessionModel,
    sessionPrefix: keyPrefix,
    userSessionsPrefix: indexPrefix(keyPrefix),
    optionNames: { sessionPrefix: "keyPrefix" },
  });
  const values = createValueStore(client, { prefix: keyPrefix, observe, commandTimeoutMs });
  const readTogether = new ReadTogether();
  const writes = new SessionWrites(store);
  const lists = new SessionLists(store, values, { readTogether, legacy: legacyIndex });
  const isSealing = codec !== undefined;

  async function read(key: string): Promise<string | null> {
    // A sealed session, and what else has a key, have to be looked for apart.
    const [session, text] = await Promise.all([isSealing ? store.get(key) : null, values.get(key)]);
    if (session !== null) return session.text;
    // One that has ended, or that no secret opens.
    return text !== null && isSealed(text) ? null : text;
  }

  return {
    async get(key) {
      if (isHashedId(key)) return null;
      const userId = listOwner(key);
      if (userId !== null) return await lists.read(userId);
      const known = readTogether.take(key);
      const text = known === undefined ? await read(key) : known;
      if (text !== null && isSessionOf(key, text)) writes.saw(key, text);
      return text;
    },
    getAndDelete: async (key) => (isHashedId(key) ? null : await values.take(key)),
    async increment(key, ttl) {
      if (!Number.isInteger(ttl) || ttl <= 0) throw new TypeError("ttl must be a whole number of seconds above 0");
      return await values.increment(key, ttl * 1000);
    },
    async set(key, value, ttl) {
      if (isHashedId(key)) throw new TypeError("a key must not be a handle");
      readTogether.forget();
      const lifetimeMs = ttl === undefined ? undefined : ttl * 1000;
      const userId = listOwner(key);
      if (userId !== null) return await lists.write(userId, value, lifetimeMs);
      const session = isSessionOf(key, value) ? readSession(value) : null;
      if (session === null || tokenOf(session) !== key) return await values.set(key, value, lifetimeMs);
      if (lifetimeMs !== undefined && !(lifetimeMs > 0)) await writes.delete(key);
      else await writes.write(key, session);
    },
    async delete(key) {
      readTogether.forget();
      const userId = listOwner(key);
      if (isHashedId(key)) return;
      if (userId !== null) await lists.delete(userId);
      // What is no session is left alone by the first.
      else if (!(await writes.delete(key))) await values.delete(key);
    },
    listKeys: async () => [...(await namesIn(values))],
    async clear() {
      readTogether.forget();
      for await (const { handle } of store.all()) await store.deleteByHandle(handle);
      for (const name of await namesIn(values)) await values.delete(name);
    },
    sessions: {
      async list(userId, { current } = {}) {
        const found = await lists.sessionsOf(userId, current);
        return found.map(({ session, ...item }) => ({ ...item, session: listed(session) }));
      },
      revoke: async (userId, handle) => (await store.revoke(userId, handle)) !== null,
      async deleteAll(userId, { except } = {}) {
        readTogether.forget();
        if (legacyIndex) await lists.sessionsOf(userId);
        return await store.deleteAll(userId, { except });
      },
      count: async (userId) => (legacyIndex ? (await lists.sessionsOf(userId)).length : await store.count(userId)),
      watch: (token, watcher) => store.watch(token, watcher),
      watchUser: (userId, watcher) => store.watchUser(userId, watcher),
      onEvent: (listener) => store.onEvent(listener),
    },
  };
}

/** Whether a text may be the session with this token. */
function isSessionOf(token: string, text: string): boolean {
  return text.includes(`"token":${JSON.stringify(token)}`);
}

/** Whether it is what a codec made of a session. */
function isSealed(text: string): boolean {
  return text.startsWith('{"expiresAt":') && typeof parseObject(text)?.["sealed"] === "string";
}

async function namesIn(values: ValueStore): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const name of values.names()) found.add(name);
  return found;
}
