import { randomUUID } from "node:crypto";
import { betterSqlite3 } from "@lucia-auth/adapter-sqlite-2";
import { type Auth, type InitializeAdapter, lucia, type SessionAdapter, type SessionSchema } from "lucia-2";
import { sqlite } from "./sqlite.js";

export type Sqlite = Parameters<typeof betterSqlite3>[0];

/** Lucia 2 as an application configures it, with its users in SQLite. */
export function lucia2(
  session: InitializeAdapter<SessionAdapter>,
  sessionExpiresIn = { activePeriod: 60_000, idlePeriod: 600_000 },
): Auth {
  const user = betterSqlite3(userTables(), { user: "user", key: "user_key", session: null });
  return lucia({ adapter: { user, session }, env: "DEV", sessionExpiresIn }) as unknown as Auth;
}

export function userTables(): Sqlite {
  return sqlite(`
    CREATE TABLE user (id TEXT PRIMARY KEY, username TEXT NOT NULL);
    CREATE TABLE user_key (id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES user (id), hashed_password TEXT);
  `) as unknown as Sqlite;
}

export async function newUser(auth: Auth): Promise<string> {
  const { userId } = await auth.createUser({ key: null, attributes: { username: "ada" } });
  return userId as string;
}

/** A session as Lucia's core makes it. */
export function luciaSession(change: Partial<SessionSchema> = {}): SessionSchema {
  const now = Date.now();
  return {
    id: randomUUID(),
    user_id: "u1",
    active_expires: now + 60_000,
    idle_expires: now + 600_000,
    ...change,
  };
}
