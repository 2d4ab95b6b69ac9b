import { CONNECTION_NAME } from "../../connect-redis.js";
import { counted } from "../../words.js";
import { duration } from "../wording.js";
import type { Servers } from "./server.js";

const SLOW_MS = 50;
const ENTRIES = "128";

/**
 * What SLOWLOG remembers of our commands, and whether anybody uses KEYS: https://redis.io/docs/latest/commands/slowlog-get/
 *
 * @param show Masks one of our keys; `null` for what is none.
 */
export async function checkSlowCommands(
  { servers, findings }: Servers,
  show: (key: string) => string | null,
): Promise<void> {
  for (const server of servers) {
    const slow = ourEntries(await server.ask("SLOWLOG", "GET", ENTRIES), show);
    const [slowest] = slow.sort((one, other) => other.tookMs - one.tookMs);
    if (slowest !== undefined) {
      findings.add({
        ...{ name: "slow-commands", severity: slowest.tookMs >= SLOW_MS ? "warning" : "note", count: slow.length },
        what: `SLOWLOG has ${counted(slow.length, "command")} on these keys; the slowest took ${duration(slowest.tookMs)} of Redis's time`,
        example: `${slowest.command} ${slowest.key}`,
        advice:
          "A long one is a user with very many sessions: cap with maxSessionsPerUser. Short ones say that the machine is busy",
      });
    }
    const calls = Number(/^calls=(\d+)/.exec(server.get("cmdstat_keys") ?? "")?.[1] ?? 0);
    if (calls > 0) {
      findings.add({
        ...{ name: "keys-command", severity: "note", count: calls, example: server.name },
        what: `KEYS was used ${counted(calls, "time")} since the server started: everybody waits while it runs`,
        advice: "It is none of ours. Use SCAN, and take KEYS from users with an access list",
      });
    }
  }
}

interface SlowCommand {
  readonly command: string;
  readonly key: string;
  readonly tookMs: number;
}

function ourEntries(answer: unknown, show: (key: string) => string | null): SlowCommand[] {
  if (!Array.isArray(answer)) return [];
  return answer.flatMap((entry: unknown): SlowCommand[] => {
    // Not what a doctor or one of the other commands did.
    if (!Array.isArray(entry) || !Array.isArray(entry[3]) || entry[5] === CONNECTION_NAME) return [];
    const [command = "", ...args] = (entry[3] as unknown[]).map(String);
    const key = args.map(show).find((shown) => shown !== null);
    return key == null ? [] : [{ command: command.toUpperCase(), key, tookMs: Number(entry[2]) / 1000 }];
  });
}
