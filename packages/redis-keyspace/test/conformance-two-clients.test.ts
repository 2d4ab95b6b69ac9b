import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { conformance } from "redis-keyspace/testing";
import { afterAll, test } from "vitest";
import { sharedRedis } from "./targets.js";

// Sessions on one server and users' sessions on another; then in two databases of one.
const other = await startRedis();
const session = createClient({ url: sharedRedis() });
await session.connect();
const userSessions = new Redis(other.url);
const secondDatabase = new Redis(sharedRedis(), { db: 1 });

afterAll(async () => {
  session.destroy();
  userSessions.disconnect();
  secondDatabase.disconnect();
  for (const inspector of inspectors) inspector.disconnect();
  await other.stop();
});

const inspectors: Redis[] = [];

/** Keys are in one of two places; the kit's prefixes tell which. */
function rawOf(sessions: Redis, users: Redis): ReturnType<typeof rawKeyspace> {
  inspectors.push(sessions, users);
  const [ofSessions, ofUsers] = [rawKeyspace([sessions]), rawKeyspace([users])];
  const at = (key: string): typeof ofSessions => (/^kit:\d+:s:/.test(key) ? ofSessions : ofUsers);
  return {
    keys: async (prefix) => [...(await ofSessions.keys(prefix)), ...(await ofUsers.keys(prefix))].sort(),
    get: (key) => at(key).get(key),
    set: (key, ...rest) => at(key).set(key, ...rest),
    addToSet: (key, member) => at(key).addToSet(key, member),
    members: (key) => at(key).members(key),
    scores: (key) => at(key).scores(key),
    ttl: (key) => at(key).ttl(key),
  };
}

conformance(
  test,
  {
    name: "two servers",
    client: { session, userSessions },
    raw: rawOf(new Redis(sharedRedis()), new Redis(other.url)),
  },
  { atomic: false },
);

conformance(
  test,
  {
    name: "two databases",
    client: { session, userSessions: secondDatabase },
    raw: rawOf(new Redis(sharedRedis()), new Redis(sharedRedis(), { db: 1 })),
  },
  { atomic: false },
);
