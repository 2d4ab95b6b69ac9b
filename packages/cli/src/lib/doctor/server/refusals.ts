import { counted } from "../../words.js";
import type { Servers } from "./server.js";

/** What Redis answers when it does not do something, and the code under which traces show it. */
const codes: Readonly<Record<string, string>> = {
  OOM: "ERR_REDIS_OUT_OF_MEMORY",
  MISCONF: "ERR_REDIS_READONLY",
  NOREPLICAS: "ERR_REDIS_READONLY",
  READONLY: "ERR_REDIS_READONLY",
  BUSY: "ERR_REDIS_UNAVAILABLE",
};

/** What a trace of the application shows, counted by the server. */
export function checkRefusals({ servers, findings }: Servers): void {
  for (const server of servers) {
    const refused = Object.keys(codes).flatMap((reply) => {
      const count = Number(/^count=(\d+)/.exec(server.get(`errorstat_${reply}`) ?? "")?.[1] ?? 0);
      return count > 0 ? [{ reply, count }] : [];
    });
    const count = refused.reduce((sum, { count: one }) => sum + one, 0);
    if (count > 0) {
      const names = [...new Set(refused.map(({ reply }) => codes[reply]))].join(", ");
      findings.add({
        ...{ name: "refused-commands", severity: "warning", count, example: server.name },
        what: `Redis has refused ${counted(count, "command")} since it started (${refused
          .map(({ reply, count: one }) => `${reply} ${one}`)
          .join(", ")})`,
        advice: `Traces show these as ${names}; the other findings say why. CONFIG RESETSTAT counts anew`,
      });
    }
    const rejected = server.number("rejected_connections") ?? 0;
    if (rejected > 0) {
      findings.add({
        ...{ name: "rejected-connections", severity: "warning", count: rejected, example: server.name },
        what: `Redis has refused ${counted(rejected, "connection")} since it started: maxclients was reached`,
        advice: "Raise maxclients, or let processes share a client",
      });
    }
  }
}
