import type { Browser } from "@redis-keyspace/demo-kit/devices";
import { MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import { type RedisSession, redisAuth } from "@redis-keyspace/next-auth";
import { instrument } from "redis-keyspace/opentelemetry";
import { redis, stream } from "./redis";

export const keyPrefix = process.env["KEY_PREFIX"] ?? "nextauth:";

/** A session with what this app adds to it. Auth.js does not know these members; the adapter keeps them. */
export interface DeviceSession extends RedisSession, Browser {
  /** ISO 8601. */
  readonly signedInAt: string;
}

/** The adapter for Auth.js, and what Auth.js has no words for: list, sign out one, sign out the others. */
export const { adapter, sessions } = redisAuth<DeviceSession>(redis, {
  baseKeyPrefix: keyPrefix,
  stream,
  maxSessionsPerUser: MAX_DEVICES,
  // Redis holds SHA-256 of the session tokens, so a handle from a list cannot sign in.
  hashIds: true,
  observe: instrument(),
});
