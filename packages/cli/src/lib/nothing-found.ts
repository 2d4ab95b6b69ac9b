import { isHashedId, isOperationKey, parseObject } from "redis-keyspace/adapter";
import type { Connection, Node } from "./connection.js";
import { type LayoutFlags, layoutOf } from "./options.js";
import { startingWith } from "./patterns.js";
import { presets } from "./presets.js";
import type { UserFlags } from "./sessions-of-user.js";

/** How many keys a glance looks at on each master, at most so many times. */
const GLANCE = "1000";
const GLANCES = 20;

/** Why nothing may have been found, by a glance at some keys: options that do not fit what is there. */
export async function adviceWhereNone(connection: Connection, flags: LayoutFlags): Promise<string | undefined> {
  const { sessionPrefix, hashIds = false } = layoutOf(flags).sessions;
  const seen: { storedId: string; text: string }[] = [];
  for (const node of connection.nodes()) {
    const records = await someKeys(node, sessionPrefix);
    const texts = await node.pipeline(records.map((key) => ["GET", key]));
    for (const [i, key] of records.entries())
      seen.push({ storedId: key.slice(sessionPrefix.length), text: String(texts[i]) });
  }
  if (seen.length === 0)
    return `At a glance no key starts with "${sessionPrefix}": is it the right --preset and --prefix?`;
  if (flags.secrets === undefined && seen.some(({ text }) => typeof parseObject(text)?.["sealed"] === "string")) {
    return "Sessions here are sealed: give their secrets in KEYSPACE_SECRETS";
  }
  if (hashIds && seen.every(({ storedId }) => !isHashedId(storedId))) return "Keys here hold ids: --no-hash-ids";
  if (!hashIds && seen.every(({ storedId }) => isHashedId(storedId))) return "Keys here hold hashes of ids: --hash-ids";
  return undefined;
}

/** Where a user may have other sessions than lists do. */
export function adviceToScan({ preset, scan, userId }: Omit<UserFlags, "rate">): string | undefined {
  if (!presets[preset].mayBeUnlisted || userId === undefined || scan === true) return undefined;
  return "Sessions that the replaced package has written may be in no list: --scan looks at every session";
}

async function someKeys(node: Node, prefix: string): Promise<readonly string[]> {
  let cursor = "0";
  for (let glance = 0; glance < GLANCES; glance++) {
    const [next, keys] = (await node.command("SCAN", cursor, "MATCH", startingWith(prefix), "COUNT", GLANCE)) as [
      string,
      string[],
    ];
    const records = keys.filter((key) => !isOperationKey(key));
    if (records.length > 0) return records.slice(0, 10);
    cursor = String(next);
    if (cursor === "0") break;
  }
  return [];
}
