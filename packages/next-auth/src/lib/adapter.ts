import type { RedisClient } from "redis-keyspace";
import { createIdentityStore, type IdentityStore, type Json, type OwnedRecordStore } from "redis-keyspace/identity";
import { naming, type Prefixes, prefixesOf, type RedisAdapterOptions } from "./options.js";
import { openSessions, storedToken } from "./sessions.js";
import type { RedisAuthAdapter, RedisSession } from "./types.js";

/**
 * The Auth.js adapter for Redis: for next-auth 4 and for @auth/core (next-auth 5 and its siblings). `UpstashRedisAdapter`, as
 * the replaced package calls it, is the same function.
 *
 * @param client An `@upstash/redis`, node-redis or ioredis client. Connecting and closing it is the caller's.
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * export default NextAuth({ adapter: RedisAdapter(client), providers: [] });
 */
export function RedisAdapter(client: RedisClient, options: RedisAdapterOptions = {}): RedisAuthAdapter {
  const prefixes = prefixesOf(options);
  const { users, links, tokens } = openIdentity(client, options, prefixes);
  const sessions: OwnedRecordStore<RedisSession> = openSessions(client, options, prefixes);
  const { accounts, authenticators } = links;

  /** The session as Auth.js knows it: with the token of the cookie, which the record may hold as a hash. */
  function known<Session>(sessionToken: string, record: RedisSession | null): Session | null {
    return record === null ? null : ({ ...record, sessionToken } as Session);
  }

  return {
    createUser: async (user) => toUser(await users.create(user)),
    getUser: async (id) => toUser(await users.get(id)),
    getUserByEmail: async (email) => toUser(await users.getByEmail(email)),
    getUserByAccount: async (account) => toUser(await accounts.getUser(account)),
    updateUser: async (changes) => toUser(await users.update(changes.id, changes)),
    async deleteUser(id) {
      await users.delete(id);
    },

    async linkAccount(account) {
      const { provider, providerAccountId } = account;
      return as(await accounts.create({ ...account, id: `${provider}:${providerAccountId}` }));
    },
    async unlinkAccount(account) {
      await accounts.delete(account);
    },
    getAccount: async (providerAccountId, provider) => as(await accounts.get({ provider, providerAccountId })),

    async createSession(session) {
      const { sessionToken } = session;
      await sessions.create(sessionToken, { ...session, sessionToken: await storedToken(sessionToken, options) });
      return session;
    },
    async getSessionAndUser<Session, User>(sessionToken: string) {
      const found = await sessions.getWithOwner(sessionToken);
      if (found === null || found.owner["id"] !== found.record.userId) return null;
      return { session: known<Session>(sessionToken, found.record) as Session, user: toUser<User>(found.owner) };
    },
    updateSession: async ({ sessionToken, ...changes }) =>
      known(sessionToken, await sessions.patch(sessionToken, changes)),
    deleteSession: async (sessionToken) => known(sessionToken, await sessions.delete(sessionToken)),

    createVerificationToken: async (token) => as(dated(await tokens.create(token), "expires")),
    useVerificationToken: async ({ identifier, token }) => as(dated(await tokens.take(identifier, token), "expires")),

    getAuthenticator: async (credentialID) => as(await authenticators.get({ credentialID })),
    createAuthenticator: async (authenticator) => as(await authenticators.create(authenticator)),
    listAuthenticatorsByUserId: async (userId) => as(await authenticators.list(userId)),
    updateAuthenticatorCounter: async (credentialID, counter) =>
      as(await authenticators.update({ credentialID }, { counter })),
  };
}

function openIdentity(
  client: RedisClient,
  { observe, commandTimeoutMs }: RedisAdapterOptions,
  prefixes: Prefixes,
): IdentityStore<"accounts" | "authenticators"> {
  const { index, nested } = prefixes;
  return naming(() =>
    createIdentityStore(client, {
      ...{ observe, commandTimeoutMs, nested },
      userPrefix: prefixes.userKeyPrefix,
      emailPrefix: prefixes.emailKeyPrefix,
      tokenPrefix: prefixes.verificationTokenKeyPrefix,
      tokenIndexPrefix: index.tokens,
      sessions: {
        prefix: prefixes.sessionKeyPrefix,
        indexPrefix: index.sessions,
        pointerPrefix: prefixes.sessionByUserIdKeyPrefix,
      },
      links: {
        accounts: {
          prefix: prefixes.accountKeyPrefix,
          indexPrefix: index.accounts,
          pointerPrefix: prefixes.accountByUserIdPrefix,
          key: ["provider", "providerAccountId"],
        },
        authenticators: {
          prefix: prefixes.authenticatorPrefix,
          indexPrefix: index.authenticators,
          key: ["credentialID"],
        },
      },
    }),
  );
}

/** Auth.js names the type of what it stored. */
function as<Value>(value: unknown): Value {
  return value as Value;
}

function toUser<User>(user: Json | null): User {
  return as(dated(user, "emailVerified"));
}

/** With this member as a date. No other is one, whatever it looks like. */
function dated(record: Json | null, member: string): Json | null {
  if (record === null) return null;
  const value = record[member];
  return { ...record, [member]: typeof value === "string" ? new Date(value) : null };
}
