import type { Connection } from "../connection.js";
import { exitCodes } from "../exit-codes.js";
import { type LayoutFlags, layoutOf } from "../options.js";
import { toCliError } from "../redis-errors.js";
import type { DiagnoseOptions } from "./diagnose.js";
import type { Diagnosis } from "./diagnosis.js";
import { Reader } from "./keys/reader.js";
import { Walk } from "./keys/walk.js";
import { aheadMs } from "./server/clock.js";

/** What was done about one finding. */
export interface Mended {
  /** Of the finding. */
  readonly name: string;
  readonly count: number;
  /** Those that cannot be mended: they do not say when they end, Redis refused, or they are as they were after all. */
  readonly left: number;
  /** What Redis said when it refused. */
  readonly refusal?: string;
}

/**
 * Mends what a diagnosis found and is safe to mend. It goes through all keys again, looks at each again, and does harm to
 * nobody who writes meanwhile.
 *
 * @throws {CliError} where Redis is lost.
 */
export async function fix(
  connection: Connection,
  flags: LayoutFlags,
  { findings }: Diagnosis,
  { pace, signal, onProgress }: DiagnoseOptions,
): Promise<readonly Mended[]> {
  const mended = new Map<string, Mended>(
    findings.flatMap(({ name, fixable }) => (fixable ? [[name, { name, count: 0, left: 0 }]] : [])),
  );
  const walk = new Walk({
    ...{ connection, layout: layoutOf(flags), pace, signal, onProgress },
    reader: await Reader.open(connection, new Set()),
    aheadMs: await aheadMs(connection),
    async onFault({ kind, mend }, isAgain) {
      const known = mended.get(kind);
      // What cannot be mended was counted the first time.
      if (known === undefined || (isAgain && (mend === undefined || known.refusal !== undefined))) return false;
      await pace.take(1, signal);
      try {
        if (mend !== undefined && (await mend())) mended.set(kind, { ...known, count: known.count + 1 });
        // One that is right by now was being written.
        else if (mend !== undefined && !isAgain) return true;
        else mended.set(kind, { ...known, left: known.left + 1 });
      } catch (error) {
        const { message: refusal, exitCode } = toCliError(error, connection.name);
        if (exitCode !== exitCodes.refused) throw error;
        mended.set(kind, { ...known, left: known.left + 1, refusal });
      }
      return false;
    },
    onAnew() {
      for (const [kind, known] of mended) mended.set(kind, { ...known, left: 0 });
    },
  });
  try {
    await walk.run();
  } catch (error) {
    if (signal?.aborted !== true) throw toCliError(error, connection.name);
  }
  return [...mended.values()];
}
