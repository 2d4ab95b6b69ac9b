// What each adapter writes, the command finds under its preset.

import { redisStorage } from "@redis-keyspace/better-auth";
import { RedisStore as CurveballStore } from "@redis-keyspace/curveball";
import { RedisStore as ExpressStore } from "@redis-keyspace/express-session";
import { redisLucia } from "@redis-keyspace/lucia";
import { RedisAdapter } from "@redis-keyspace/lucia/v3";
import { redisAuth } from "@redis-keyspace/next-auth";
import { createSessionHook, RedisSessionStore } from "@redis-keyspace/sveltekit";
import { LegacySessionStore } from "@redis-keyspace/sveltekit/v1";
import { createSessionStore } from "redis-keyspace";
import { expect, test } from "vitest";
import { keysUnder, sharedClient, sharedUrl, unique } from "./environment.js";
import { runCli } from "./run-cli.js";

const client = sharedClient();
const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const secret = "a secret of the tests, which is long enough";
const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

interface Adapter {
  /** Where the command is told that its keys are. */
  readonly flags: readonly string[];
  /** @returns What signs in. */
  signIn(userId: string): Promise<string>;
  isIn(id: string): Promise<boolean>;
}

const adapters: Readonly<Record<string, (prefix: string) => Adapter>> = {
  core(prefix) {
    const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
    const sessions = createSessionStore<{ userAgent: string }>(client, prefixes);
    return {
      flags: ["--prefix", prefixes.sessionPrefix, "--user-sessions-prefix", prefixes.userSessionsPrefix],
      signIn: async (userId) => (await sessions.create({ userId, data: { userAgent } })).id,
      isIn: async (id) => (await sessions.get(id)) !== null,
    };
  },
  lucia(prefix) {
    const { adapter: initialize } = redisLucia(client, {
      prefixes: { session: `${prefix}s`, userSessions: `${prefix}u` },
    });
    const adapter = initialize(class extends Error {} as never);
    return {
      flags: ["--prefix", `${prefix}s:`, "--user-sessions-prefix", `${prefix}u:`],
      async signIn(user_id) {
        const id = crypto.randomUUID();
        const [active_expires, idle_expires] = [Number(inAnHour()), Number(inAnHour())];
        await adapter.setSession({ id, user_id, active_expires, idle_expires, ...{ user_agent: userAgent } });
        return id;
      },
      isIn: async (id) => (await adapter.getSession(id)) !== null,
    };
  },
  "lucia-v3"(prefix) {
    const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
    const adapter = new RedisAdapter(client, async (id) => ({ id, attributes: {} }), prefixes);
    return {
      flags: ["--prefix", prefixes.sessionPrefix, "--user-sessions-prefix", prefixes.userSessionsPrefix],
      async signIn(userId) {
        const id = crypto.randomUUID();
        await adapter.setSession({ id, userId, expiresAt: inAnHour(), attributes: { userAgent } });
        return id;
      },
      isIn: async (id) => (await adapter.getSessionAndUser(id))[0] !== null,
    };
  },
  "next-auth"(prefix) {
    const { adapter } = redisAuth(client, { baseKeyPrefix: prefix });
    return {
      flags: ["--prefix", `${prefix}user:session:`],
      async signIn(id) {
        if ((await adapter.getUser(id)) === null) await adapter.createUser({ id, email: `${id}@example.com` });
        const sessionToken = crypto.randomUUID();
        await adapter.createSession({ sessionToken, userId: id, expires: inAnHour(), userAgent } as never);
        return sessionToken;
      },
      isIn: async (id) => (await adapter.getSessionAndUser(id)) !== null,
    };
  },
  curveball(prefix) {
    const store = new CurveballStore({ client, prefix: `${prefix}s`, userIdFrom: ({ userId }) => String(userId) });
    return {
      flags: ["--prefix", `${prefix}s-`, "--user-id", "userId"],
      async signIn(userId) {
        const id = await store.newSessionId();
        await store.set(id, { userId, userAgent }, Math.floor(Number(inAnHour()) / 1000));
        return id;
      },
      isIn: async (id) => (await store.get(id)) !== null,
    };
  },
  sveltekit(prefix) {
    const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
    const handle = createSessionHook<{ userAgent: string }>({ client, secret, ...prefixes });
    const sessions = createSessionStore(client, { ...prefixes, hashIds: true });
    return {
      flags: ["--prefix", prefixes.sessionPrefix, "--user-sessions-prefix", prefixes.userSessionsPrefix],
      async signIn(userId) {
        const event = visit();
        await handle({
          event: event as never,
          resolve: async ({
            locals,
          }: {
            locals: { session: { signIn(userId: string, data: object): Promise<void> } };
          }) => {
            await locals.session.signIn(userId, { userAgent });
            return new Response();
          },
        } as never);
        const [newest] = await sessions.list(userId);
        return newest?.handle ?? "";
      },
      isIn: async (handle) => (await client.exists(prefixes.sessionPrefix + handle)) === 1,
    };
  },
  "sveltekit-v0"(prefix) {
    const prefixes = { prefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
    const store = new RedisSessionStore<{ userAgent: string }>({ redisClient: client, secret, ...prefixes });
    return {
      flags: ["--prefix", prefixes.prefix, "--user-sessions-prefix", prefixes.userSessionsPrefix],
      async signIn(userId) {
        const before = await keysUnder(client, prefixes.prefix);
        await store.createSession(visit().cookies as never, { userAgent }, userId);
        const [key = ""] = (await keysUnder(client, prefixes.prefix)).filter((found) => !before.includes(found));
        return key;
      },
      isIn: async (key) => (await client.exists(key)) === 1,
    };
  },
  "sveltekit-v1"(prefix) {
    const prefixes = { sessionPrefix: `${prefix}s`, userSessionsPrefix: `${prefix}u` };
    const store = new LegacySessionStore({ redisClient: client, secret, ...prefixes } as never);
    return {
      flags: ["--prefix", `${prefixes.sessionPrefix}:`, "--user-sessions-prefix", `${prefixes.userSessionsPrefix}:`],
      async signIn(userId) {
        const before = await keysUnder(client, `${prefixes.sessionPrefix}:`);
        await store.createSession(visit().cookies as never, { userAgent } as never, userId);
        const [key = ""] = (await keysUnder(client, `${prefixes.sessionPrefix}:`)).filter(
          (found) => !before.includes(found),
        );
        return key;
      },
      isIn: async (key) => (await client.exists(key)) === 1,
    };
  },
  "express-session"(prefix) {
    const store = new ExpressStore({
      ...{ client, prefix: `${prefix}sess:` },
      userIdFrom: (session) => (session as { passport?: { user?: string } }).passport?.user,
    });
    return {
      flags: ["--prefix", `${prefix}sess:`, "--user-id", "passport.user"],
      async signIn(user) {
        const id = crypto.randomUUID();
        await store.set(id, { cookie: { originalMaxAge: 3_600_000 }, passport: { user }, userAgent } as never);
        return id;
      },
      isIn: async (id) => ((await store.get(id)) ?? null) !== null,
    };
  },
  "better-auth"(prefix) {
    const storage = redisStorage({ client, keyPrefix: prefix });
    return {
      flags: ["--prefix", prefix],
      async signIn(userId) {
        const token = crypto.randomUUID();
        const [expiresAt, createdAt] = [inAnHour().toISOString(), new Date().toISOString()];
        const session = {
          id: crypto.randomUUID(),
          token,
          userId,
          expiresAt,
          createdAt,
          userAgent,
          ipAddress: "203.0.113.7",
        };
        await storage.set(token, JSON.stringify({ session, user: { id: userId, email: "ada@example.com" } }), 3600);
        return token;
      },
      isIn: async (token) => (await storage.get(token)) !== null,
    };
  },
};

/** As much of a request as SvelteKit's packages look at. */
function visit() {
  const jar = new Map<string, string>();
  const cookies = {
    get: (name: string) => jar.get(name),
    getAll: () => [...jar].map(([name, value]) => ({ name, value })),
    set: (name: string, value: string) => void jar.set(name, value),
    delete: (name: string) => void jar.delete(name),
    serialize: (name: string, value: string) => `${name}=${value}`,
  };
  const url = new URL("https://example.com/");
  return { cookies, url, request: new Request(url), locals: {}, setHeaders: () => {}, isDataRequest: false };
}

interface Listed {
  readonly sessions: readonly { readonly handle: string; readonly expiresAt: string; readonly device: string | null }[];
}

test.each(Object.entries(adapters))("%s: what the adapter writes is listed and revoked", async (preset, open) => {
  const { flags, signIn, isIn } = open(unique());
  const [first, second, others] = [await signIn("ada"), await signIn("ada"), await signIn("bob")];
  const where = ["--url", sharedUrl(), "--preset", preset, ...flags, "--json"];

  const list = await runCli(["list", "ada", ...where]);
  expect(list.stderr).toBe("");
  const { sessions } = list.json<Listed>();
  expect(sessions).toHaveLength(2);
  for (const { handle, expiresAt, device } of sessions) {
    expect(handle).toMatch(/^~[\w-]{32}$/);
    expect(Number(new Date(expiresAt))).toBeGreaterThan(Date.now());
    expect(device).toContain("Firefox on Linux");
  }

  const [one] = sessions;
  const revoked = await runCli(["revoke", "ada", one?.handle.slice(0, 9) ?? "", "--yes", ...where]);
  expect(revoked.stderr).toBe("");
  expect(revoked.json()).toEqual({ userId: "ada", ended: [one?.handle], missing: [] });
  expect([await isIn(first), await isIn(second)].sort()).toEqual([false, true]);
  expect(await isIn(others)).toBe(true);
  for (const { stdout } of [list, revoked])
    for (const id of [first, second]) if (id[0] !== "~") expect(stdout).not.toContain(id);
});
