import { Redis } from "@upstash/redis";

/** How long a page waits for an endpoint that does not answer. */
const REQUEST_TIMEOUT_MS = 1_500;

const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = process.env;

/** The client is the app's: it says where, how long to wait, and how often to try again. */
export const redis = new Redis({
  url,
  token,
  // The Keyspace panel shows values as they are stored. The adapter does not mind either way.
  automaticDeserialization: false,
  enableTelemetry: false,
  retry: { retries: 1, backoff: () => 50 },
  signal: () => AbortSignal.timeout(REQUEST_TIMEOUT_MS),
});
