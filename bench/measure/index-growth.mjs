import { setTimeout as delay } from "node:timers/promises";
import * as adapters from "@lucia-auth/adapter-session-redis";
import { createRecordStore, sessionModel } from "redis-keyspace/adapter";
import { inParallel } from "../data/pool.mjs";
import { randomId } from "../data/values.mjs";

const CYCLES = 10_000;
const BATCH = 500;
const EXPIRES_AFTER_MS = 50;
const LIVE = 3;

/**
 * How many entries a user's index has after the user signed in 10,000 times and 10,000 sessions expired, and then
 * signed in three times more.
 *
 * @param {import("../clients.mjs").Connection} connection of node-redis
 */
export async function measureIndexGrowth({ client }) {
  const prefixes = { sessionPrefix: "cycle-session:", userSessionsPrefix: "cycle-user:" };
  const store = createRecordStore(client, { ...prefixes, record: sessionModel });
  const peer = adapters.redis(client, { session: "cycle-peer-session", userSessions: "cycle-peer-user" })();

  const login = async (lifetimeMs) => {
    const expiresAt = new Date(Date.now() + lifetimeMs);
    await store.create(randomId(32), {
      userId: "u",
      data: {},
      createdAt: new Date(),
      expiresAt,
      absoluteExpiresAt: null,
    });
  };
  const peerLogin = (lifetimeMs) =>
    peer.setSession({ id: randomId(20, "hex"), user_id: "u", idle_expires: Date.now() + lifetimeMs });

  for (let done = 0; done < CYCLES; done += BATCH) {
    await inParallel(BATCH, 64, () => Promise.all([login(EXPIRES_AFTER_MS), peerLogin(EXPIRES_AFTER_MS)]));
    await delay(EXPIRES_AFTER_MS);
  }
  await inParallel(LIVE, 1, () => Promise.all([login(60_000), peerLogin(60_000)]));
  return {
    cycles: CYCLES,
    liveSessions: LIVE,
    entries: await client.zCard("cycle-user:u"),
    peerEntries: await client.sCard("cycle-peer-user:u"),
  };
}
