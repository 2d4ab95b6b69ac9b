import type { Redis } from "@upstash/redis";

/** What a Redis must be to know the command. */
type Needs = "Redis 7.0" | "Redis 7.2" | "Redis 7.4" | "Redis 8.0" | "Redis 8.2";

export interface Call {
  /** @param k a key that nothing else uses; others may be made from it */
  run: (redis: Redis, k: string) => Promise<unknown>;
  answer: unknown;
  needs?: Needs;
}

export const call = (run: Call["run"], answer: unknown): Call => ({ run, answer });
