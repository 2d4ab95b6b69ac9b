import type { StoreClient } from "redis-keyspace";
import {
  createRecordStore,
  type Layout,
  type LayoutOptions,
  type LayoutStore,
  type LayoutStoreOptions,
} from "redis-keyspace/adapter";
import { type AuthStore, openStore, type RedisAdapterOptions } from "./options.js";
import { sessionModel } from "./session-model.js";

const SESSIONS = "user:session:";

/** The keys of `redisAuth`, which are those of `@auth/upstash-redis-adapter`, with its indexes. */
export function nextAuthLayout({ sessionPrefix = SESSIONS, hashIds, codec }: LayoutOptions = {}): Layout {
  // With a base prefix, that of sessions ends as it does without.
  const base = sessionPrefix.endsWith(SESSIONS) ? sessionPrefix.slice(0, -SESSIONS.length) : "";
  const others = (
    type: "string" | "zset",
    expires: boolean,
    names: Readonly<Record<string, string>>,
  ): Layout["others"] =>
    Object.entries(names).map(([name, prefix]) => ({ name, prefix: base + prefix, type, expires }));
  const sessions: Layout["sessions"] = {
    ...{ record: sessionModel, sessionPrefix, hashIds, codec },
    userSessionsPrefix: `${base}index:${sessionPrefix.slice(base.length)}`,
  };
  const users = { baseKeyPrefix: base, sessionKeyPrefix: sessionPrefix.slice(base.length) };
  return {
    sessions,
    open: (client, options) =>
      withUsers(client, { ...users, hashIds, codec, accountCodec: codec, ...options }) ??
      createRecordStore(client, { ...sessions, ...options }),
    others: [
      ...others("string", false, {
        "pointer to a session": "user:session:by-user-id:",
        "pointer to an account": "user:account:by-user-id:",
        account: "user:account:",
        "e-mail address": "user:email:",
        authenticator: "authenticator:",
      }),
      ...others("string", true, { "verification token": "user:token:" }),
      ...others("zset", false, {
        "index of accounts": "index:user:account:",
        "index of authenticators": "index:authenticator:",
        "index of verification tokens": "index:user:token:",
      }),
      ...others("string", false, { user: "user:" }),
    ],
  };
}

/** The sessions of `redisAuth`; `undefined` where its users must be elsewhere: on a Cluster without a hash tag. */
function withUsers(client: StoreClient, options: RedisAdapterOptions & LayoutStoreOptions): LayoutStore | undefined {
  let store: AuthStore;
  try {
    store = openStore("session" in client ? client.session : client, options);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
  const { sessions, users } = store;
  return {
    list: (userId) => sessions.list(userId),
    revoke: (userId, handle) => sessions.revoke(userId, handle),
    deleteAll: (userId) => sessions.deleteAll(userId),
    deleteByHandle: (handle) => sessions.deleteByHandle(handle),
    getByHandles: (handles) => sessions.getByHandles(handles),
    onEvent: (listener) => sessions.onEvent(listener),
    async deleteUser(userId) {
      await users.delete(userId);
      await sessions.deleteAll(userId);
    },
  };
}
