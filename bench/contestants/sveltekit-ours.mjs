import { RedisSessionStore } from "@redis-keyspace/sveltekit";
import { cookieJar, secret } from "../data/cookies.mjs";
import { seedUsers } from "../data/pool.mjs";
import { fillingData, LIFETIME_MS } from "../data/values.mjs";

/** @param {import("../clients.mjs").Connection} connection */
export function sveltekitOurs({ name, client }) {
  const store = new RedisSessionStore({
    redisClient: client,
    secret,
    cookiesOptions: { maxAge: LIFETIME_MS / 1000 },
  });
  const data = fillingData((filling) => JSON.stringify({ userId: "user-00000000", ...filling }));

  return {
    name: "ours",
    client: name,
    ticket: (userId) => ({ userId, cookies: cookieJar(), data: { userId, ...data } }),
    seed: (users, perUser) =>
      seedUsers(users, perUser, async (userId) => {
        const cookies = cookieJar();
        await store.createSession(cookies, { userId, ...data }, userId);
        return { userId, cookies };
      }),
    create: ({ cookies, data, userId }) => done(store.createSession(cookies, data, userId)),
    get: ({ cookies }) => done(store.getSession(cookies)),
    touch: ({ cookies }) => done(store.updateSessionExpiry(cookies)),
    list: ({ userId }) => done(store.getSessionsByUserId(userId)),
  };
}

async function done(answer) {
  const { data, error, message } = await answer;
  if (error) throw new Error(`ours: ${message}`);
  return data;
}
