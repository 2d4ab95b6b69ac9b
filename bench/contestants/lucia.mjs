import * as adapters from "@lucia-auth/adapter-session-redis";
import { seedUsers } from "../data/pool.mjs";
import { fillingData, LIFETIME_MS, randomId } from "../data/values.mjs";

/** @param {import("../clients.mjs").Connection} connection */
export function lucia({ name, family, client }) {
  const adapter = (family === "ioredis" ? adapters.ioredis(client) : adapters.redis(client))();
  // Lucia's ids have 40 characters.
  const session = (userId, attributes) => ({
    id: randomId(20, "hex"),
    user_id: userId,
    active_expires: Date.now() + LIFETIME_MS / 2,
    idle_expires: Date.now() + LIFETIME_MS,
    ...attributes,
  });
  const attributes = fillingData((filling) => JSON.stringify(session("user-00000000", filling)));
  const ticket = (userId) => session(userId, attributes);

  return {
    name: "lucia",
    client: name,
    ticket,
    seed: (users, perUser) =>
      seedUsers(users, perUser, async (userId) => {
        const created = ticket(userId);
        await adapter.setSession(created);
        return { id: created.id, visits: created.visits };
      }),
    create: (ready) => adapter.setSession(ready),
    opened: ({ id, visits }) => ({ id, visits }),
    get: ({ id }) => adapter.getSession(id),
    touch: ({ id }) =>
      adapter.updateSession(id, {
        active_expires: Date.now() + LIFETIME_MS / 2,
        idle_expires: Date.now() + LIFETIME_MS,
      }),
    update: (known) => adapter.updateSession(known.id, { visits: ++known.visits }),
    delete: ({ id }) => adapter.deleteSession(id),
    list: ({ userId }) => adapter.getSessionsByUserId(userId),
    deleteAll: ({ userId }) => adapter.deleteSessionsByUserId(userId),
  };
}
