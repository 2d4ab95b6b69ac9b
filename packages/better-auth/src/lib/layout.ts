import type { StoreClient } from "redis-keyspace";
import {
  createRecordStore,
  createValueStore,
  type Layout,
  type LayoutOptions,
  type LayoutStore,
  type LayoutStoreOptions,
} from "redis-keyspace/adapter";
import { indexPrefix } from "./options.js";
import { ReadTogether } from "./read-together.js";
import { SessionLists } from "./session-lists.js";
import { sessionModel } from "./session-model.js";

/** The keys of `redisStorage`, which are those of `@better-auth/redis-storage`, with the index of users. */
export function betterAuthLayout({ sessionPrefix = "better-auth:", hashIds, codec }: LayoutOptions = {}): Layout {
  const sessions = {
    ...{ record: sessionModel, sessionPrefix, hashIds, codec },
    userSessionsPrefix: indexPrefix(sessionPrefix),
  };

  /** With the sessions that only the lists of legacy processes name. */
  function open(client: StoreClient, options?: LayoutStoreOptions): LayoutStore {
    const store = createRecordStore(client, { ...sessions, ...options });
    const values = createValueStore(client, { prefix: sessionPrefix });
    const lists = new SessionLists(store, values, { readTogether: new ReadTogether(), legacy: true });
    return {
      list: (userId) => lists.sessionsOf(userId),
      revoke: (userId, handle) => store.revoke(userId, handle),
      async deleteAll(userId) {
        await lists.sessionsOf(userId);
        return await store.deleteAll(userId);
      },
      deleteByHandle: (handle) => store.deleteByHandle(handle),
      getByHandles: (handles) => store.getByHandles(handles),
      onEvent: (listener) => store.onEvent(listener),
      async deleteUser(userId) {
        await lists.delete(userId);
        await store.deleteAll(userId);
      },
    };
  }

  const others = (name: string, start: string) =>
    ({ name, prefix: sessionPrefix + start, type: "string", expires: true }) as const;
  return {
    ...{ sessions, open },
    others: [
      others("list of better-auth", "active-sessions-"),
      others("mark of a revocation", "revoked-sessions-before-"),
      others("value of better-auth", ""),
    ],
  };
}
