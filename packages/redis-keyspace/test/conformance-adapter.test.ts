import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { createSessionStore, type StoreClient } from "redis-keyspace";
import { createSessionStream } from "redis-keyspace/live";
import { type AdapterOptions, type AdapterUnderTest, adapterConformance } from "redis-keyspace/testing";
import { afterAll, test } from "vitest";
import { sharedRedis } from "./targets.js";

// The smallest adapter there can be: the core's own store, as a framework would use it.

const inspector = new Redis(sharedRedis());
const nodeRedis = await createClient({ url: sharedRedis() }).connect();
const ioRedis = new Redis(sharedRedis());
const streamClients = [
  await nodeRedis.duplicate({ RESP: 3, emitInvalidate: true }).connect(),
  await nodeRedis.duplicate().connect(),
] as const;

afterAll(() => {
  for (const client of [nodeRedis, ...streamClients]) client.destroy();
  for (const client of [inspector, ioRedis]) client.disconnect();
});

function open(client: StoreClient, { prefix, ...options }: AdapterOptions): AdapterUnderTest {
  const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
  const sessions = createSessionStore<{ n: number }>(client, { ...prefixes, ...options });
  return {
    signIn: async (userId, n) => (await sessions.create({ userId, data: { n } })).id,
    async read(token) {
      const session = await sessions.get(token);
      return session === null ? null : { userId: session.userId ?? "", n: session.data.n };
    },
    change: (token, n) => sessions.update(token, () => ({ data: { n } })),
    touch: (token) => sessions.touch(token),
    signOut: (token) => sessions.delete(token),
    sessions,
    prefixes: Object.values(prefixes),
  };
}

const raw = rawKeyspace([inspector]);
const [tracking, messages] = [createSessionStream(streamClients[0]), createSessionStream(streamClients[1])];
afterAll(() => Promise.all([tracking.close(), messages.close()]));
adapterConformance(test, { name: "one client", client: nodeRedis, stream: tracking, raw, open });
adapterConformance(test, {
  name: "two clients",
  client: { session: nodeRedis, userSessions: ioRedis },
  stream: messages,
  raw,
  open,
});
