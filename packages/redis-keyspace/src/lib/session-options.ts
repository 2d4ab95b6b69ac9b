import { checkFunction, checkKnown, checkNumber } from "./options.js";
import type { SessionStoreOptions } from "./sessions.js";
import { commonOptionNames } from "./store-options.js";
import type { TimeoutOptions } from "./timeouts.js";

/** Ten years. */
export const MAX_TIMEOUT_SECONDS: number = 10 * 365 * 24 * 60 * 60;

/**
 * The options of a session store with their defaults.
 *
 * @throws {TypeError} naming the option that is wrong.
 */
export function checkedSessionOptions<Data, Input>(
  options: SessionStoreOptions<Data, Input>,
): SessionStoreOptions<Data, Input> & TimeoutOptions {
  checkKnown(options, [
    ...commonOptionNames,
    "sessionPrefix",
    "userSessionsPrefix",
    "idleTimeoutSeconds",
    "absoluteTimeoutSeconds",
    "touchAfterSeconds",
    "schema",
    "migratingFrom",
  ]);
  const { idleTimeoutSeconds = 1_209_600, absoluteTimeoutSeconds, schema, hashIds = true } = options;
  const { touchAfterSeconds = idleTimeoutSeconds / 10 } = options;
  checkNumber("idleTimeoutSeconds", idleTimeoutSeconds, 1, MAX_TIMEOUT_SECONDS);
  checkNumber("touchAfterSeconds", touchAfterSeconds, 0, idleTimeoutSeconds);
  if (absoluteTimeoutSeconds !== undefined) {
    checkNumber("absoluteTimeoutSeconds", absoluteTimeoutSeconds, 1, MAX_TIMEOUT_SECONDS);
  }
  if (schema !== undefined) checkFunction("schema", schema?.["~standard"]?.validate);
  return { ...options, idleTimeoutSeconds, touchAfterSeconds, absoluteTimeoutSeconds, schema, hashIds };
}
