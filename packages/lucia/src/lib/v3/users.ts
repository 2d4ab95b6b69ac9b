import { sha256 } from "redis-keyspace/adapter";
import type { LuciaAdapter, LuciaSession, LuciaUser, LuciaUserId } from "./lucia-types.js";

/**
 * Where users come from: a function that looks one up, or another Lucia 3 adapter.
 *
 * The function is the better choice. An adapter can only be asked for the user of one of its own sessions, so one ended
 * session for each user is kept in its table (`keyspace-user-<hash>`, which cannot sign in), written when the user is
 * first looked up and removed by `deleteUserSessions`.
 */
export type Users<UserId = string> =
  | LuciaAdapter<UserId>
  | ((userId: UserId) => MaybeUser<UserId> | Promise<MaybeUser<UserId>>);

/** `never` where users have ids that cannot be kept. (As a constraint it would make a type of each id.) */
export type WithIds<UserId> = [UserId] extends [LuciaUserId] ? unknown : never;

type MaybeUser<UserId> = LuciaUser<UserId> | null | undefined;

export type LookUp<UserId> = (session: LuciaSession<UserId>) => Promise<LuciaUser<UserId> | null>;

/** Long ago, and within the range of every database's date type. */
const ENDED = Date.UTC(2000, 0, 1);

export function userLookUp<UserId>(users: Users<UserId>): LookUp<UserId> {
  if (typeof users === "function") return async ({ userId }) => (await users(userId)) ?? null;
  const methods = [users?.getSessionAndUser, users?.setSession, users?.deleteSession, users?.deleteUserSessions];
  if (!methods.every((method) => typeof method === "function")) {
    throw new TypeError('option "users" must be a function that looks up a user, or a Lucia 3 adapter');
  }

  return async ({ userId, attributes }) => {
    const id = `keyspace-user-${await sha256(String(userId))}`;
    let [row, user] = await users.getSessionAndUser(id);
    if (row === null) {
      try {
        await users.setSession({ id, userId, expiresAt: new Date(ENDED), attributes });
        [row, user] = await users.getSessionAndUser(id);
      } catch (error) {
        // Another request may have written it meanwhile.
        [row, user] = await users.getSessionAndUser(id);
        if (row === null) throw error;
      }
    }
    if (row !== null && user === null) await users.deleteSession(id);
    return user;
  };
}
