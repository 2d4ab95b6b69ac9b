import { performance } from "node:perf_hooks";
import type { Connection } from "../connection.js";
import { KeyMap } from "../key-map.js";
import { type LayoutFlags, layoutOf, openStore } from "../options.js";
import type { Pace } from "../pace.js";
import { presets } from "../presets.js";
import { toCliError } from "../redis-errors.js";
import { isReply } from "../replies.js";
import type { Diagnosis, Progress } from "./diagnosis.js";
import { Findings } from "./finding.js";
import { Tally } from "./keys/fault.js";
import { leftAlone } from "./keys/left-alone.js";
import { Reader } from "./keys/reader.js";
import { Walk } from "./keys/walk.js";
import { checkServers } from "./server/check-servers.js";
import { aheadMs } from "./server/clock.js";

export interface DiagnoseOptions {
  readonly pace: Pace;
  /** Ends it; what was found so far is answered. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Looks for what is wrong with the sessions of an application and with the Redis that they are in. It changes nothing.
 *
 * @throws {TypeError} for prefixes of which one is the beginning of another.
 * @throws {CliError} where Redis is lost.
 */
export async function diagnose(
  connection: Connection,
  flags: LayoutFlags,
  { pace, signal, onProgress }: DiagnoseOptions,
): Promise<Diagnosis> {
  const startedAt = performance.now();
  // It refuses prefixes that no store takes.
  openStore(connection, flags);
  const layout = layoutOf(flags);
  const findings = new Findings();
  const denied = new Set<string>();
  const map = new KeyMap(layout);
  const tally = new Tally();
  const walk = new Walk({
    ...{ connection, layout, pace, signal, onProgress },
    reader: await Reader.open(connection, denied),
    aheadMs: await aheadMs(connection),
    onFault(fault) {
      tally.add(fault);
      return false;
    },
    onAnew: () => tally.clear(),
  });
  let isComplete = false;
  try {
    await checkServers({ connection, layout, findings, denied, show: (key) => map.show(key) });
    await walk.run();
    isComplete = true;
  } catch (error) {
    if (isReply(error) && /^NOPERM/.test(error.message)) denied.add("SCAN");
    else if (signal?.aborted !== true) throw toCliError(error, connection.name);
  }
  for (const finding of tally.findings()) findings.add(leftAlone(finding, walk.counts));
  if (presets[flags.preset].needsUserId && flags.userId === undefined) {
    findings.add({
      ...{
        name: "owners-unknown",
        severity: "note",
        what: "Whose the sessions are was not looked at: they do not say it",
      },
      advice: "Name the member that does: --user-id passport.user",
    });
  }
  if (denied.size > 0) {
    const names = [...denied];
    findings.add({
      ...{ name: "not-looked-at", severity: denied.has("SCAN") ? "error" : "note", count: names.length },
      what: `This user may not use ${names.join(", ")}: what these tell could not be looked at`,
      advice: "Run it as a user who may, for all checks",
    });
  }
  const { sessions, indexes: users, keys } = walk.counts;
  const tookMs = Math.round(performance.now() - startedAt);
  return { findings: findings.list(), sessions, users, keys, tookMs, p99Ms: pace.p99Ms, isComplete };
}
