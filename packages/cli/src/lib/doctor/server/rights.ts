import type { Layout } from "redis-keyspace/adapter";
import { isReply } from "../../replies.js";
import { counted } from "../../words.js";
import type { Servers } from "./server.js";

/** What the stores' scripts and reads use on keys, as the access list of `docs/servers.md` has it. */
export const neededOnKeys: readonly string[] = [
  ...["exists", "get", "getrange", "incr", "mget", "pexpire", "pexpireat", "pexpiretime", "pttl", "set", "setrange"],
  ...["unlink", "sadd", "scard", "smembers", "srem", "zadd", "zcard", "zcount", "zrange", "zrangebyscore", "zrem"],
  ...["zremrangebyscore", "zrevrange", "zrevrangebyscore", "zscore"],
];

/**
 * Redis says inside a script what its user may do, from 7.0 on:
 * https://redis.io/docs/latest/develop/programmability/lua-api/#redis.acl_check_cmd
 */
const deniedOn = `
local denied = {}
for _, command in ipairs(redis.acl_check_cmd and ARGV or {}) do
  local isKnown, isAllowed = pcall(redis.acl_check_cmd, command, KEYS[1])
  if isKnown and not isAllowed then denied[#denied + 1] = command end
end
return denied`;

/** Whether this user may do what the stores do, and whether the server runs scripts. */
export async function checkRights({ connection, findings }: Servers, { sessions }: Layout): Promise<void> {
  const denied = new Set<string>();
  for (const prefix of [sessions.sessionPrefix, sessions.userSessionsPrefix, sessions.legacyIndexPrefix]) {
    if (prefix === undefined) continue;
    try {
      const answer = await connection.command("EVAL", deniedOn, "1", `${prefix}doctor`, ...neededOnKeys);
      for (const command of answer as string[]) denied.add(`${command} on ${prefix}*`);
    } catch (error) {
      if (!isReply(error)) throw error;
      if (/^NOPERM/.test(error.message)) {
        denied.add(/key/i.test(error.message) ? `every command on ${prefix}*` : "eval");
      } else if (/unknown command|unsupported|disabled/i.test(error.message)) {
        findings.add({
          ...{
            name: "no-scripts",
            severity: "error",
            what: "The server runs no scripts, which the stores are made of",
          },
          advice: "Turn them on (Garnet: --lua), or take another server: docs/servers.md",
        });
        return;
      }
    }
  }
  if (denied.size === 0) return;
  const names = [...denied];
  findings.add({
    ...{ name: "rights-missing", severity: "error", count: names.length, example: names[0] ?? null },
    what: `The stores need ${counted(names.length, "right")} that this user lacks: ${names.slice(0, 6).join(", ")}${names.length > 6 ? " …" : ""}`,
    advice: "Operations fail with ERR_REDIS_DENIED. docs/servers.md has an access list to copy",
  });
}
