import { redisStorage as published } from "@better-auth/redis-storage";
import { redisStorage } from "@redis-keyspace/better-auth";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { Redis } from "ioredis";
import { inParallel } from "../data/pool.mjs";

const origin = "http://localhost:3000";
const password = "a long password";

/** Ours first: the ratios are of it. */
const storages = {
  "@redis-keyspace/better-auth": (client) => redisStorage({ client, keyPrefix: "ours:", legacyIndex: false }),
  "the same beside old processes (legacyIndex)": (client) => redisStorage({ client, keyPrefix: "both:" }),
  "@better-auth/redis-storage": (client) => published({ client, keyPrefix: "published:" }),
};

export const names = Object.keys(storages);

/**
 * better-auth with e-mail and password in this process, with users who have some sessions each. Users and passwords are in
 * memory, and a password is compared as it is: its hash would take a tenth of a second, on purpose.
 *
 * @param {string} name
 * @param {{ host: string, port: number }} redis
 * @param {{ users: number, sessions: number }} wanted
 */
export async function startContestant(name, redis, { users, sessions }) {
  const client = new Redis(redis.port, redis.host);
  const db = { user: [], session: [], account: [], verification: [] };
  const auth = betterAuth({
    baseURL: origin,
    secret: "a secret of the benchmark, which is long enough",
    database: memoryAdapter(db),
    secondaryStorage: storages[name](client),
    emailAndPassword: {
      enabled: true,
      password: { hash: async (text) => text, verify: async ({ hash, password: text }) => hash === text },
    },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
  });

  /** @param {string} path @param {{ cookie?: string | undefined, body?: object }} [request] */
  async function ask(path, { cookie, body } = {}) {
    const headers = new Headers({ Origin: origin, "Content-Type": "application/json" });
    if (cookie !== undefined) headers.set("Cookie", cookie);
    const method = body === undefined ? { method: "GET" } : { method: "POST", body: JSON.stringify(body) };
    const response = await auth.handler(new Request(`${origin}/api/auth${path}`, { ...method, headers }));
    if (response.status !== 200) throw new Error(`${name}: ${path} answered ${response.status}`);
    const [set] = response.headers.getSetCookie();
    return { answer: await response.json(), cookie: set?.split(";", 1)[0] };
  }
  const signIn = async (path, user) => {
    const email = `user-${user}@example.com`;
    const { answer, cookie } = await ask(path, { body: { email, password, name: email } });
    return { cookie, token: answer.token };
  };

  /** The session of each user that asks. */
  const asking = [];
  await inParallel(users, 16, async (user) => {
    asking[user] = await signIn("/sign-up/email", user);
    for (let n = 1; n < sessions; n++) await signIn("/sign-in/email", user);
  });
  return {
    name,
    signIn: (user) => signIn("/sign-in/email", user),
    async read(user) {
      const { answer } = await ask("/get-session", asking[user]);
      if (answer === null) throw new Error(`${name}: nobody is signed in`);
    },
    async list(user) {
      const { answer } = await ask("/list-sessions", asking[user]);
      if (answer.length !== sessions) throw new Error(`${name}: ${answer.length} of ${sessions} are listed`);
    },
    revoke: (user, { token }) => ask("/revoke-session", { cookie: asking[user].cookie, body: { token } }),
    close: () => client.disconnect(),
  };
}
