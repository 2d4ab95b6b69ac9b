import { ioredis as legacy } from "@lucia-auth/adapter-session-redis";
import type { Redis } from "ioredis";
import { LuciaError } from "lucia-2";
import ours from "../../src/index.js";
import { uniquePrefixes } from "./clients.js";

/** The replaced package and this one, on keys of their own. */
export function both(theirs: Redis, our: Redis = theirs) {
  const [theirPrefixes, ourPrefixes] = [uniquePrefixes(), uniquePrefixes()];
  return {
    theirs: { adapter: legacy(theirs, theirPrefixes)(LuciaError), prefixes: theirPrefixes },
    ours: { adapter: ours(our, ourPrefixes)(LuciaError), prefixes: ourPrefixes },
  };
}

/** How long to wait for something that ends by itself. */
export const ended = { timeout: 10_000, interval: 20 };
