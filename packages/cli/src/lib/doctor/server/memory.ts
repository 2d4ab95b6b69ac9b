import { counted } from "../../words.js";
import { bytes, percent } from "../wording.js";
import type { Server, Servers } from "./server.js";

const NEARLY_FULL = 0.8;
const FULL = 0.95;

/** What happens to sessions when memory is full, and how full it is. */
export function checkMemory({ servers, findings }: Servers): void {
  for (const server of servers) {
    const policy = server.get("maxmemory_policy");
    const limit = server.number("maxmemory") ?? 0;
    const used = server.number("used_memory") ?? 0;
    const evicts = policy !== undefined && policy !== "noeviction";
    if (evicts) {
      findings.add({
        ...{ name: "evicts-sessions", severity: limit > 0 || policy.startsWith("allkeys") ? "error" : "warning" },
        what: `When memory is full, Redis removes sessions and users' lists: maxmemory-policy is ${policy}`,
        example: server.name,
        advice:
          "CONFIG SET maxmemory-policy noeviction, and in the server's configuration; caches belong on another server",
      });
    }
    const evicted = server.number("evicted_keys") ?? 0;
    if (evicted > 0) {
      findings.add({
        ...{ name: "evicted-keys", severity: "warning", count: evicted, example: server.name },
        what: `Redis has removed ${counted(evicted, "key")} for want of memory since it started`,
        advice: "People were signed out, or lists lost sessions: give it more memory, and maxmemory-policy noeviction",
      });
    }
    checkRoom(server, used, limit);
  }

  function checkRoom(server: Server, used: number, limit: number): void {
    const machine = server.number("total_system_memory") ?? 0;
    const room = limit > 0 ? limit : machine;
    if (room > 0 && used / room >= NEARLY_FULL) {
      findings.add({
        ...{ name: "memory-nearly-full", severity: used / room >= FULL ? "error" : "warning", example: server.name },
        what: `Redis uses ${bytes(used)} of ${bytes(room)} (${percent(used / room)})`,
        advice: "Sign-ins fail when it is full. Raise maxmemory, shorten lifetimes, or cap with maxSessionsPerUser",
      });
    } else if (limit === 0 && server.get("maxmemory") !== undefined) {
      findings.add({
        ...{ name: "no-memory-limit", severity: "note", example: server.name },
        what: "maxmemory is not set: Redis takes memory until the machine has none, and is then killed",
        advice: "CONFIG SET maxmemory, at half of the machine's memory if Redis saves to disk there",
      });
    }
  }
}
