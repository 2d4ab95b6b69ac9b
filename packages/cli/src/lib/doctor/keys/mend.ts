import { createRecordStore } from "redis-keyspace/adapter";
import type { Command } from "../../connection.js";
import { factsIn } from "./facts.js";
import { enterAgain, moveEnd, outliveEntries, removeUnchanged, writeAnew } from "./mending-scripts.js";
import type { FoundSession } from "./sessions.js";
import type { Walk } from "./walk.js";

// Each looks again, in the script that writes, whether it is still as it was read: others write meanwhile. Scripts have one
// key each, so that they run on every topology. A list is right before a session is: see `docs/decisions/0002-two-executions.md`.

/** Gives a session a TTL that ends with its deadline. One that has ended is removed by that. */
export function setEnd(walk: Walk, { key, facts }: FoundSession, deadline: number): Promise<boolean> {
  return setEndOfText(walk, key, facts.head, deadline);
}

/** The same for any text, of which the beginning is enough. */
export async function setEndOfText(walk: Walk, key: string, text: string, deadline: number): Promise<boolean> {
  return await run(walk, moveEnd, key, text, String(deadline));
}

/** Enters a live session into its user's list. */
export async function listAgain(walk: Walk, session: FoundSession): Promise<boolean> {
  const { key, storedId, facts, ttl } = session;
  const { userId, deadline } = facts;
  if (userId === null || (deadline === null && ttl === null)) return false;
  const index = walk.layout.sessions.userSessionsPrefix + userId;
  const score = deadline ?? Math.floor(walk.now() + Number(ttl));
  if (!(await run(walk, enterAgain, index, storedId, String(score), lifetimes(walk)))) return false;
  const text = await walk.connection.command("GET", key);
  const now = typeof text === "string" ? factsIn(text, storedId, walk.layout.sessions.record) : null;
  if (now?.userId === userId) return true;
  // It has ended meanwhile, or is somebody else's now.
  await run(walk, removeUnchanged, index, storedId, String(score));
  return false;
}

/** Removes an entry that has no session. */
export async function removeEntry(walk: Walk, index: string, storedId: string, score: number): Promise<boolean> {
  const exists: Command = ["EXISTS", walk.layout.sessions.sessionPrefix + storedId];
  if (Number(await walk.connection.command(...exists)) === 1) return false;
  if (!(await run(walk, removeUnchanged, index, storedId, String(score)))) return false;
  if (Number(await walk.connection.command(...exists)) === 0) return true;
  // Somebody has stored a session under this very id meanwhile.
  await run(walk, enterAgain, index, storedId, String(score), lifetimes(walk));
  return false;
}

/** Makes an index live as long as its last entry. */
export async function setEndOfIndex(walk: Walk, index: string): Promise<boolean> {
  return await run(walk, outliveEntries, index, lifetimes(walk));
}

/** Writes an index anew, which then takes the compact form. */
export async function rewriteIndex(walk: Walk, index: string): Promise<boolean> {
  return await run(walk, writeAnew, index);
}

/** Ends a session whose sign-out was begun, as the store itself does when it meets one. */
export async function finishSignOut(walk: Walk, userId: string, storedId: string): Promise<boolean> {
  const { connection, layout } = walk;
  const store = createRecordStore(connection.client, { ...layout.sessions, topology: "stepwise" });
  await store.list(userId);
  return Number(await connection.command("EXISTS", layout.sessions.sessionPrefix + storedId)) === 0;
}

async function run({ connection }: Walk, script: string, key: string, ...args: string[]): Promise<boolean> {
  return Number(await connection.command("EVAL", script, "1", key, ...args)) === 1;
}

/** Beside legacy sets an index lives twice as long as its sessions: it tells which members of the set have ended. */
function lifetimes({ layout }: Walk): string {
  return layout.sessions.legacyIndexPrefix === undefined ? "1" : "2";
}
