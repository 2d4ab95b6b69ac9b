import type { DatabaseUser } from "lucia-3";
import { uniquePrefixes } from "./clients.js";

export const ada: DatabaseUser = { id: "ada", attributes: { username: "Ada" } };

/** Prefixes that no other test has. */
export function uniqueOptions(): { sessionPrefix: string; userSessionsPrefix: string } {
  const { session, userSessions } = uniquePrefixes();
  return { sessionPrefix: `${session}:`, userSessionsPrefix: `${userSessions}:` };
}

export function inMinutes(minutes: number): Date {
  return new Date(Date.now() + minutes * 60_000);
}
