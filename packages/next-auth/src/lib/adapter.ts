import { KeyspaceError } from "redis-keyspace";
import { ownCopy } from "redis-keyspace/adapter";
import type { Json } from "redis-keyspace/identity";
import { toDate, withDate } from "./dates.js";
import type { AuthStore } from "./options.js";
import type { RedisAuthAdapter, RedisSession } from "./types.js";

/** What Auth.js calls. It takes the methods one by one, so they are functions of a plain object and need no `this`. */
export function toAdapter({ users, links, tokens, sessions }: AuthStore): RedisAuthAdapter {
  const { accounts, authenticators } = links;
  return {
    createUser: async (user) => toUser(await users.create(withDate(user, "emailVerified"))),
    getUser: async (id) => toUser(await users.get(id)),
    getUserByEmail: async (email) => toUser(await users.getByEmail(email)),
    getUserByAccount: async (account) => toUser(await accounts.getUser(account)),
    async updateUser(changes) {
      const user = await users.patch(changes.id, withDate(changes, "emailVerified"));
      if (user === null) throw new KeyspaceError("ERR_USER_NOT_FOUND", "there is no such user");
      return toUser(user);
    },
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

    async createSession(given) {
      const session = { ...given, expires: toDate("expires", given.expires) };
      await sessions.create(session.sessionToken, session);
      return session;
    },
    async getSessionAndUser<Session, User>(sessionToken: string) {
      const found = ownCopy(await sessions.getWithUser(sessionToken));
      if (found === null) return null;
      return { session: toSession<Session>(sessionToken, found.session), user: toUser<User>(found.user) };
    },
    updateSession: async ({ sessionToken, ...changes }) =>
      toSession(sessionToken, await sessions.patch(sessionToken, withDate(changes, "expires"))),
    deleteSession: async (sessionToken) => toSession(sessionToken, await sessions.delete(sessionToken)),

    async createVerificationToken(token) {
      const expires = toDate("expires", token.expires);
      return as(dated(await tokens.create({ ...token, expires }), "expires"));
    },
    useVerificationToken: async ({ identifier, token }) => as(dated(await tokens.take(identifier, token), "expires")),

    getAuthenticator: async (credentialID) => as(await authenticators.get({ credentialID })),
    createAuthenticator: async (authenticator) => as(await authenticators.create(authenticator)),
    listAuthenticatorsByUserId: async (userId) => as(await authenticators.list(userId)),
    async updateAuthenticatorCounter(credentialID, counter) {
      const authenticator = await authenticators.patch({ credentialID }, { counter });
      if (authenticator === null) throw new KeyspaceError("ERR_LINK_NOT_FOUND", "there is no such authenticator");
      return as(authenticator);
    },
  };
}

/** Auth.js names the type of what it stored. */
export function as<Value>(value: unknown): Value {
  return value as Value;
}

function toUser<User>(user: Json | null): User {
  return as(dated(user, "emailVerified"));
}

/** With the token of the cookie, where the record may hold its hash. */
export function toSession<Session>(sessionToken: string, record: RedisSession | null): Session {
  return as(record === null ? null : { ...record, sessionToken });
}

/** With this member as a date. No other is one, whatever it looks like. */
function dated(record: Json | null, member: string): Json | null {
  if (record === null) return null;
  const value = record[member];
  return { ...record, [member]: typeof value === "string" || typeof value === "number" ? new Date(value) : null };
}
