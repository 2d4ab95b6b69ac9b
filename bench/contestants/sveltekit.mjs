import { register } from "node:module";
import { cookieJar, secret } from "../data/cookies.mjs";
import { seedUsers } from "../data/pool.mjs";
import { fillingData, LIFETIME_MS } from "../data/values.mjs";

register("./sveltekit-resolve.mjs", import.meta.url);
const { IoRedisSessionStore, RedisSessionStore } = await import("@ethercorps/sveltekit-redis-session");

/** @param {import("../clients.mjs").Connection} connection */
export function sveltekit({ name, family, client }) {
  const Store = family === "ioredis" ? IoRedisSessionStore : RedisSessionStore;
  const store = new Store({ redisClient: client, secret, cookiesOptions: { maxAge: LIFETIME_MS / 1000 } });
  const data = fillingData((filling) => JSON.stringify({ userId: "user-00000000", ...filling }));

  return {
    name: "sveltekit",
    client: name,
    ticket: (userId) => ({ userId, cookies: cookieJar(), data: { userId, ...data } }),
    seed: (users, perUser) =>
      seedUsers(users, perUser, async (userId) => {
        const cookies = cookieJar();
        await store.createSession(cookies, { userId, ...data }, userId);
        return { userId, cookies, visits: data.visits };
      }),
    create: ({ cookies, data, userId }) => done(store.createSession(cookies, data, userId)),
    get: ({ cookies }) => done(store.getSession(cookies)),
    touch: ({ cookies }) => done(store.updateSessionExpiry(cookies)),
    update: (session) => {
      const changed = { userId: session.userId, ...data, visits: ++session.visits };
      return done(store.updateSession(session.cookies, changed));
    },
    delete: ({ cookies, userId }) => done(store.deleteSession(cookies, userId)),
    list: ({ userId }) => done(store.getSessionsByUserId(userId)),
    deleteAll: ({ userId }) => done(store.deleteSessionsByUserId(userId)),
  };
}

async function done(answer) {
  const { data, error, message } = await answer;
  if (error) throw new Error(`sveltekit-redis-session: ${message}`);
  return data;
}
