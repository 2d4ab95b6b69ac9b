// The promises of the core, held on what Auth.js calls and on `sessions`.
import { randomUUID } from "node:crypto";
import { rawKeyspace, rawMemory } from "@redis-keyspace/scripts/clients";
import { startCluster } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import type { RedisClient, StoreClient } from "redis-keyspace";
import { memoryDriver } from "redis-keyspace/memory";
import { type AdapterOptions, type AdapterUnderTest, adapterConformance } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { type RedisSession, redisAuth } from "../src/index.js";
import { clients, inspect } from "./support/clients.js";
import { inMinutes } from "./support/records.js";

interface CountedSession extends RedisSession {
  n: number;
}

function open(client: StoreClient, { prefix, ...options }: AdapterOptions): AdapterUnderTest {
  const { adapter, sessions } = redisAuth(client as RedisClient, { baseKeyPrefix: prefix, ...options });
  return {
    async signIn(userId, n) {
      if ((await adapter.getUser(userId)) === null) await adapter.createUser({ id: userId });
      const session: CountedSession = { sessionToken: randomUUID(), userId, expires: inMinutes(60), n };
      return (await adapter.createSession(session)).sessionToken;
    },
    async read(sessionToken) {
      const found = await adapter.getSessionAndUser<CountedSession>(sessionToken);
      return found === null ? null : { userId: found.user.id, n: found.session.n };
    },
    change: (sessionToken, n) => adapter.updateSession<CountedSession>({ sessionToken, n }),
    touch: (sessionToken) => adapter.updateSession({ sessionToken, expires: inMinutes(60) }),
    signOut: (sessionToken) => adapter.deleteSession(sessionToken),
    sessions,
    prefixes: [`${prefix}user:session:`, `${prefix}index:user:session:`],
  };
}

const raw = rawKeyspace([inspect()]);
for (const [name, connect] of Object.entries(clients)) {
  const { client, close } = await connect(inject("redisUrl"));
  afterAll(() => close());
  adapterConformance(test, { name, client, raw, open });
}

const memory = memoryDriver();
adapterConformance(test, { name: "memory", client: memory, raw: rawMemory(memory), open });

const cluster = await startCluster();
const client = new Cluster(cluster.nodes);
const masters = cluster.urls.map((url: string) => new Redis(url));
afterAll(async () => {
  for (const connection of [client, ...masters]) connection.disconnect();
  await cluster.stop();
});
adapterConformance(test, {
  name: "a Cluster",
  client,
  raw: rawKeyspace(masters, client),
  tag: "{app}:",
  open,
});
