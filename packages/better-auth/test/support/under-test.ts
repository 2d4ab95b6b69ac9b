import { randomBytes } from "node:crypto";
import type { StoreClient } from "redis-keyspace";
import { seal } from "redis-keyspace/sealing";
import type { AdapterOptions, AdapterUnderTest } from "redis-keyspace/testing";
import { afterAll } from "vitest";
import { type RedisStorage, redisStorage } from "../../src/index.js";
import { emptyDatabase, password, serve } from "./app.js";

const db = emptyDatabase();
const now = new Date();
for (const id of Array.from({ length: 32 }, (_, n) => `u${n + 1}`)) {
  const common = { createdAt: now, updatedAt: now };
  db["user"]?.push({ id, email: `${id}@example.com`, name: id, emailVerified: true, ...common });
  db["account"]?.push({ id: `a-${id}`, userId: id, accountId: id, providerId: "credential", password, ...common });
}

/** One better-auth for all: it takes long to make, and each request brings its storage. */
const app = await serve(redisStorage({ client: await noClient() }), {
  db,
  until: afterAll,
  auth: {
    session: { updateAge: 0, additionalFields: { n: { type: "number", required: false } } },
    databaseHooks: {
      session: {
        create: {
          before: async (session, context) => ({ data: { ...session, n: Number(context?.headers?.get("x-n")) } }),
        },
      },
    },
  },
});

async function noClient() {
  const { memoryDriver } = await import("redis-keyspace/memory");
  return memoryDriver();
}

const codec = seal(randomBytes(32).toString("base64"));

/** The storage as better-auth uses it. */
export function open(client: StoreClient, { prefix, ...options }: AdapterOptions): AdapterUnderTest {
  const sealed = options.hashIds === true ? { codec } : {};
  return underTest(redisStorage({ client, ...options, ...sealed, keyPrefix: prefix, legacyIndex: false }), prefix);
}

function underTest(storage: RedisStorage, keyPrefix: string): AdapterUnderTest {
  /** Rejects with what the storage rejected with. */
  async function request<Result>(run: () => Promise<Result>): Promise<Result> {
    let result: Result | undefined;
    const error = await app.errorOf(async () => {
      result = await run();
    }, storage);
    if (error !== undefined) throw error;
    return result as Result;
  }
  return {
    signIn: async (userId, n) => (await request(() => app.signIn(`${userId}@example.com`, { "X-N": String(n) }))).token,
    async read(token) {
      const browser = await app.browser(token);
      const { body } = await request(() =>
        browser.get<{ session: { userId: string; n: number } } | null>("/get-session?disableRefresh=true"),
      );
      return body === null ? null : { userId: body.session.userId, n: body.session.n };
    },
    async change(token, n) {
      const browser = await app.browser(token);
      await request(() => browser.post("/update-session", { n }));
    },
    async touch(token) {
      const browser = await app.browser(token);
      await request(() => browser.get("/get-session"));
    },
    async signOut(token) {
      const browser = await app.browser(token);
      await request(() => browser.post("/sign-out"));
    },
    sessions: storage.sessions,
    prefixes: [keyPrefix, `keyspace:better-auth:${keyPrefix.replaceAll(":", "%3A")}:`],
  };
}
