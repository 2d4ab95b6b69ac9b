/** A command's name in capitals and its arguments. */
export interface RedisCommand {
  name: string;
  args: (string | Buffer)[];
}

const refused = {
  "it belongs to one connection":
    "AUTH HELLO SELECT QUIT RESET CLIENT ASKING READONLY READWRITE MULTI EXEC DISCARD WATCH UNWATCH HIMPORT",
  "Redis takes it for an attack and hangs up": "HOST: POST",
  "it is a stream: see /subscribe, /psubscribe and /monitor":
    "SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE MONITOR SYNC PSYNC",
  "it leaves the database": "MOVE",
  "it blocks": "BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF",
  "it is for the server's administrator":
    "ACL BGREWRITEAOF BGSAVE CLUSTER CONFIG DEBUG FAILOVER LATENCY MIGRATE MODULE PFDEBUG PFSELFTEST REPLCONF REPLICAOF " +
    "RESTORE-ASKING SAVE SHUTDOWN SLAVEOF SLOWLOG SWAPDB",
} as const;

/** Every command that is refused, by the reason. */
export const refusedCommands: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(refused).map(([reason, names]) => [reason, names.split(" ")]),
);

const reasons = new Map([...refusedCommands].flatMap(([reason, names]) => names.map((name) => [name, reason])));

/** Why a command is not sent to Redis; undefined when it is. */
export function refusal({ name, args }: RedisCommand): Error | undefined {
  const subcommand = upper(args[0]);
  if (name === "CLIENT" && subcommand === "SETINFO") return undefined;
  if (name === "SCRIPT" && subcommand === "DEBUG") return notAvailable("SCRIPT DEBUG", "it belongs to one connection");
  if (name === "COPY" && args.slice(2).some((word) => upper(word) === "DB")) {
    return notAvailable("COPY DB", "it leaves the database");
  }
  if ((name === "XREAD" || name === "XREADGROUP") && blocks(args)) return notAvailable(`${name} BLOCK`, "it blocks");
  const reason = reasons.get(name);
  return reason === undefined ? undefined : notAvailable(name, reason);
}

const valuesOf = new Map([
  ["GROUP", 2],
  ["COUNT", 1],
  ["CLAIM", 1],
]);

/** A group or a consumer may be named like an option. */
function blocks(args: RedisCommand["args"]): boolean {
  for (let at = 0; at < args.length; at++) {
    const option = upper(args[at]);
    if (option === "BLOCK") return true;
    if (option === "STREAMS") return false;
    at += valuesOf.get(option) ?? 0;
  }
  return false;
}

function notAvailable(name: string, reason: string): Error {
  return new Error(`ERR Command is not available: '${name}'. Over HTTP, ${reason}.`);
}

/** The error of Redis for a user without the permission, which is what a read-only token is. */
export function noPermission(name: string): Error {
  return new Error(`NOPERM this user has no permissions to run the '${name.toLowerCase()}' command or its subcommand`);
}

const alwaysReadable = new Set(["PING", "ECHO", "TIME"]);

/**
 * Whether a read-only token may send the command: Redis itself says that it only reads, and it does not walk the whole
 * keyspace. A script that only reads still could, and could run for ever.
 *
 * @param info the reply to COMMAND INFO for the command's name, as text
 */
export function onlyReads({ name, args }: RedisCommand, info: unknown): boolean {
  if (alwaysReadable.has(name)) return true;
  if (name === "SCAN") return false;
  const subcommand = `${name}|${upper(args[0])}`;
  const all = isArray(info) ? [info, ...(isArray(info[9]) ? info[9] : [])].filter(isArray) : [];
  const entry = all.find((one) => String(one[0]).toUpperCase() === subcommand) ?? all[0];
  return has(entry?.[2], "readonly") && !has(entry?.[6], "@dangerous") && !has(entry?.[6], "@scripting");
}

function has(list: unknown, word: string): boolean {
  return isArray(list) && list.some((item) => String(item) === word);
}

function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

function upper(word: string | Buffer | undefined): string {
  return String(word ?? "").toUpperCase();
}
