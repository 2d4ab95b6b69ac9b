import { RedisStore } from "connect-redis";
import { seedUsers } from "../data/pool.mjs";
import { fillingData, LIFETIME_MS, randomId } from "../data/values.mjs";

/**
 * It knows no users, so it has no lists; and it needs node-redis.
 *
 * @param {import("../clients.mjs").Connection} connection
 */
export function connectRedis({ name, client }) {
  const store = new RedisStore({ client });
  const cookie = { originalMaxAge: LIFETIME_MS, httpOnly: true, path: "/" };
  const session = (userId, data) => ({
    cookie: { ...cookie, expires: new Date(Date.now() + LIFETIME_MS) },
    userId,
    ...data,
  });
  const data = fillingData((filling) => JSON.stringify(session("user-00000000", filling)));
  const ticket = (userId) => ({ id: randomId(24), session: session(userId, data) });

  return {
    name: "connect-redis",
    client: name,
    ticket,
    seed: (users, perUser) =>
      seedUsers(users, perUser, async (userId) => {
        const ready = ticket(userId);
        await store.set(ready.id, ready.session);
        return ready;
      }),
    create: ({ id, session }) => store.set(id, session),
    opened: (ready) => ready,
    get: ({ id }) => store.get(id),
    touch: ({ id, session }) => store.touch(id, session),
    update: ({ id, session }) => {
      session.visits++;
      return store.set(id, session);
    },
    delete: ({ id }) => store.destroy(id),
  };
}
