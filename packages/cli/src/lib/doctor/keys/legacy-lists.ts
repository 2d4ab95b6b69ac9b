import type { FoundSession } from "./sessions.js";
import type { Walk } from "./walk.js";

/**
 * Whether a session that is in no index is in what the replaced package keeps for its user instead: a set, a list of
 * better-auth's, NextAuth's pointer. The stores look there too.
 */
export async function isInLegacyList(walk: Walk, { key, storedId, facts: { userId } }: FoundSession): Promise<boolean> {
  const { sessions, others } = walk.layout;
  if (sessions.legacyIndexPrefix !== undefined) {
    const isMember = await walk.connection.command("SISMEMBER", `${sessions.legacyIndexPrefix}${userId}`, storedId);
    return Number(isMember) === 1;
  }
  for (const { name, prefix } of others) {
    const isPointer = name === "pointer to a session";
    if (!isPointer && name !== "list of better-auth") continue;
    const text = await walk.connection.command("GET", `${prefix}${userId}`);
    if (typeof text === "string" && (isPointer ? text === key : text.includes(JSON.stringify(storedId)))) return true;
  }
  return false;
}
