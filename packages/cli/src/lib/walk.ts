import type { Connection } from "./connection.js";
import { Interruption } from "./interruption.js";
import type { ScanFlags } from "./options.js";
import { Pace } from "./pace.js";

/** What goes through all keys needs this. */
export interface ScanLimits {
  readonly pace: Pace;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Goes through all keys at the rate of the flags, until Ctrl-C. */
export async function walking<Result>(
  connection: Connection,
  { rate }: ScanFlags,
  task: (limits: ScanLimits) => Promise<Result>,
): Promise<Result> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const pace = await Pace.start(connection, { rate });
  try {
    return await task({ pace, signal });
  } catch (error) {
    interruption.check();
    throw error;
  } finally {
    await pace.stop();
  }
}
