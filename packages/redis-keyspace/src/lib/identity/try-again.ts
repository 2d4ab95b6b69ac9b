import { KeyspaceError } from "../redis/errors.js";

/**
 * Runs once more what lost its connection, for the two steps of a sign-up: a user who is stored without a link could never
 * sign in with that provider again, because the address is taken. Only for what is done once however often it is run.
 */
export async function tryAgain<Answer>(run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof KeyspaceError) || error.code !== "ERR_REDIS_UNAVAILABLE") throw error;
    return await run();
  }
}
