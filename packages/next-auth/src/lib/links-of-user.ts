import type { Links } from "redis-keyspace/identity";
import { as } from "./adapter.js";
import type { RedisAccount, RedisAuthenticator } from "./types.js";

/** The accounts of a user. Every method rejects with a `KeyspaceError` when Redis cannot do it. */
export interface UserAccounts {
  /** In the order in which they were linked, with the tokens that the provider gave. */
  list<Account extends RedisAccount = RedisAccount>(userId: string): Promise<Account[]>;
  /** Unlinks one of the user's accounts; `false` if it is not there or another user's. */
  delete(userId: string, account: Pick<RedisAccount, "provider" | "providerAccountId">): Promise<boolean>;
}

/** The passkeys of a user. Every method rejects with a `KeyspaceError` when Redis cannot do it. */
export interface UserAuthenticators {
  /** In the order in which they were registered. */
  list<Authenticator extends RedisAuthenticator = RedisAuthenticator>(userId: string): Promise<Authenticator[]>;
  /**
   * Removes one of the user's passkeys, with the account that Auth.js keeps for it; `false` if it is not there or another
   * user's.
   */
  delete(userId: string, credentialID: string): Promise<boolean>;
}

export function userAccounts(accounts: Links): UserAccounts {
  return {
    list: async (userId) => as(await accounts.list(userId)),
    delete: async (userId, { provider, providerAccountId }) =>
      (await accounts.delete({ provider, providerAccountId }, userId)) !== null,
  };
}

export function userAuthenticators(links: { accounts: Links; authenticators: Links }): UserAuthenticators {
  const { accounts, authenticators } = links;
  return {
    list: async (userId) => as(await authenticators.list(userId)),
    async delete(userId, credentialID) {
      const removed = await authenticators.delete({ credentialID }, userId);
      if (removed === null) return false;
      for (const account of await accounts.list(userId)) {
        const isItsOwn =
          account["type"] === "webauthn" && account["providerAccountId"] === removed["providerAccountId"];
        if (isItsOwn) await accounts.delete(account, userId);
      }
      return true;
    },
  };
}
