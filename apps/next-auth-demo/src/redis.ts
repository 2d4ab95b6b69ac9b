import { Redis } from "@upstash/redis";
import type { SessionStream } from "redis-keyspace";
import type { MemoryDriver } from "redis-keyspace/memory";
import { readMemory, readUpstash } from "./key-reader";

/** How long a page waits for an endpoint that does not answer. */
const REQUEST_TIMEOUT_MS = 1_500;

const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = process.env;

/** The client is the app's: it says where, how long to wait, and how often to try again. */
const upstash = new Redis({
  url,
  token,
  // The Keyspace panel shows values as they are stored. The adapter does not mind either way.
  automaticDeserialization: false,
  enableTelemetry: false,
  retry: { retries: 1, backoff: () => 50 },
  signal: () => AbortSignal.timeout(REQUEST_TIMEOUT_MS),
});

// What `server.ts` makes: there is one of each, while Next bundles pages and route handlers apart.
const { nextAuthDemoMemory: memory, nextAuthDemoStream } = globalThis as {
  nextAuthDemoMemory?: MemoryDriver;
  nextAuthDemoStream?: SessionStream;
};

/** What tells pages that their session has ended. There is none in memory, and on Vercel: nothing there outlives a request. */
export const stream: SessionStream | undefined = nextAuthDemoStream;

/** Whether there is no Redis behind it. */
export const inMemory = memory !== undefined;

/** What the adapter gets. */
export const redis = memory ?? upstash;

/** What the Keyspace panel looks through. */
export const keys = memory === undefined ? readUpstash(upstash) : readMemory(memory);
