import { KeyspaceError } from "redis-keyspace";
import { OUTAGE_DIGEST } from "./outage-digest";

/** Whether the store could not tell. That is never "signed out". */
export function isOutage(error: unknown): boolean {
  return error instanceof KeyspaceError && error.code.startsWith("ERR_REDIS_");
}

/** For actions, and for pages that Redis leaves after `proxy.ts` has looked: an outage reaches `error.tsx` as one. */
export async function reportingOutage<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw isOutage(error) ? Object.assign(new Error("Redis does not answer"), { digest: OUTAGE_DIGEST }) : error;
  }
}
