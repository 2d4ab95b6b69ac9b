// The kit on stores that move sessions from one layout to another: signed in before, used, listed and ended now.
import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import { createSessionStore, type StoreClient } from "redis-keyspace";
import { type AdapterOptions, type AdapterUnderTest, adapterConformance, conformance } from "redis-keyspace/testing";
import { afterAll, test } from "vitest";
import { sharedRedis } from "./targets.js";

const [client, inspector] = [new Redis(sharedRedis()), new Redis(sharedRedis())];
afterAll(() => {
  for (const each of [client, inspector]) each.disconnect();
});
const raw = rawKeyspace([inspector]);

/** @param moves Whether those that use a session move it, or wait. */
function open(client: StoreClient, { prefix, ...options }: AdapterOptions, moves: boolean): AdapterUnderTest {
  const former = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:`, hashIds: false };
  const now = { sessionPrefix: `${prefix}t:`, userSessionsPrefix: `${prefix}v:`, hashIds: options.hashIds };
  const sessions = createSessionStore<{ n: number }>(client, {
    ...{ ...options, ...now },
    migratingFrom: { ...former, moves },
  });
  const before = options.maxSessionsPerUser === undefined ? { ...options, ...former } : undefined;
  const signsIn = before === undefined ? sessions : createSessionStore<{ n: number }>(client, before);
  return {
    signIn: async (userId, n) => (await signsIn.create({ userId, data: { n } })).id,
    async read(token) {
      const session = await sessions.get(token);
      return session === null ? null : { userId: session.userId ?? "", n: session.data.n };
    },
    change: (token, n) => sessions.update(token, () => ({ data: { n } })),
    touch: (token) => sessions.touch(token),
    signOut: (token) => sessions.delete(token),
    sessions,
    prefixes: ["s:", "u:", "t:", "v:"].map((name) => prefix + name),
  };
}

adapterConformance(test, {
  ...{ name: "moving at first use", client, raw },
  open: (client, options) => open(client, options, true),
});

conformance(
  // There a sign-out everywhere has begun with its first command; here that looks at the former keys.
  (name, body) => {
    if (!/sign-out everywhere that died|crash after any command of (deleteAll|delete)$/.test(name)) test(name, body);
  },
  {
    ...{ name: "nothing to move", client, raw },
    createStore: (client, options) =>
      createSessionStore(client, {
        ...options,
        migratingFrom: {
          sessionPrefix: `former:${options.sessionPrefix}`,
          userSessionsPrefix: "former:users:",
          hashIds: false,
        },
      }),
  },
  { atomic: false, interleavings: 5, signIns: 500 },
);
