import { createSessionStore } from "redis-keyspace";
import { sessionModel } from "redis-keyspace/adapter";
import { seedUsers } from "../data/pool.mjs";
import { fillingData, LIFETIME_MS, randomId } from "../data/values.mjs";

/** @param {import("../clients.mjs").Connection} connection */
export function ours(connection) {
  return ofBuild("ours", createSessionStore, connection);
}

/**
 * The core in any build: no more of its interface than builds have in common.
 *
 * @param {string} contestant
 * @param {typeof import("redis-keyspace").createSessionStore} createSessionStore Of that build.
 * @param {import("../clients.mjs").Connection} connection
 */
export function ofBuild(contestant, createSessionStore, { name, client }) {
  // Ids stand in keys as they are, like those of the others. What hashing costs: `options.mjs`.
  const store = createSessionStore(client, { idleTimeoutSeconds: LIFETIME_MS / 1000, hashIds: false });
  const data = fillingData((filling) =>
    sessionModel.encode({
      userId: "user-00000000",
      data: filling,
      createdAt: new Date(),
      expiresAt: new Date(Date.now() + LIFETIME_MS),
      absoluteExpiresAt: null,
    }),
  );
  const ticket = (userId) => ({ userId, data, id: randomId(24) });

  return {
    name: contestant,
    client: name,
    ticket,
    // The session is kept beside its id because `update` is given the one that was read last.
    seed: (users, perUser) =>
      seedUsers(users, perUser, async (userId) => ({ current: await store.create(ticket(userId)) })),
    create: (ready) => store.create(ready),
    opened: (_ready, current) => ({ current }),
    get: ({ current }) => store.get(current.id),
    touch: ({ current }) => store.touch(current.id),
    async update(session) {
      session.current = await store.update(session.current, ({ data }) => ({
        data: { ...data, visits: data.visits + 1 },
      }));
      return session.current;
    },
    async rotate(session) {
      session.current = await store.rotate(session.current);
      return session.current;
    },
    delete: ({ current }) => store.delete(current.id),
    list: ({ userId }) => store.list(userId),
    count: ({ userId }) => store.count(userId),
    deleteAll: ({ userId }) => store.deleteAll(userId),
  };
}
