import { cookieJar } from "../data/cookies.mjs";
import { seedUsers } from "../data/pool.mjs";
import { fillingData } from "../data/values.mjs";

/** What the session stores of both packages are called with: ours has the names of 1.3.1. */
export function sveltekitStore(name, client, store) {
  const data = fillingData((filling) => JSON.stringify({ userId: "user-00000000", ...filling }));

  async function done(answer) {
    const { data, error, message } = await answer;
    if (error) throw new Error(`${name}: ${message}`);
    return data;
  }

  return {
    name,
    client,
    ticket: (userId) => ({ userId, cookies: cookieJar(), data: { userId, ...data } }),
    seed: (users, perUser) =>
      seedUsers(users, perUser, async (userId) => {
        const cookies = cookieJar();
        await store.createSession(cookies, { userId, ...data }, userId);
        return { userId, cookies, visits: data.visits };
      }),
    create: ({ cookies, data, userId }) => done(store.createSession(cookies, data, userId)),
    opened: ({ userId, cookies }) => ({ userId, cookies, visits: data.visits }),
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
