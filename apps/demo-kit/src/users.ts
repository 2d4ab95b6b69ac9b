import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import Database from "libsql";

export interface User {
  readonly id: string;
  readonly email: string;
}

interface UserRow extends User {
  readonly password_hash: string;
}

/** The people who signed up. An adapter keeps sessions only, so users live in a database of their own. */
export interface Users {
  /** For tables of the demo's own. */
  readonly database: Database.Database;
  /** The new user, or `null` if the address is taken. */
  signUp(email: string, password: string): Promise<User | null>;
  /** The user, or `null` if address and password do not belong together. */
  signIn(email: string, password: string): Promise<User | null>;
  find(id: string): User | null;
}

/** Opens the database in memory: the demo starts empty. */
export async function openUsers(): Promise<Users> {
  const database = new Database(":memory:");
  database.exec("CREATE TABLE user (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL)");
  const insert = database.prepare("INSERT INTO user VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const byEmail = database.prepare("SELECT * FROM user WHERE email = ?");
  const byId = database.prepare("SELECT id, email FROM user WHERE id = ?");

  // An unknown address takes as long as a wrong password, so that nobody can find out who has an account.
  const nobody = await hash(randomBytes(16));

  return {
    database,

    async signUp(email, password) {
      const user = { id: randomBytes(9).toString("base64url"), email: email.toLowerCase() };
      const { changes } = insert.run(user.id, user.email, await hash(password));
      return changes === 1 ? user : null;
    },

    async signIn(email, password) {
      const row = byEmail.get(email.toLowerCase()) as UserRow | undefined;
      const right = await verify(row?.password_hash ?? nobody, password);
      return row !== undefined && right ? { id: row.id, email: row.email } : null;
    },

    find: (id) => (byId.get(id) as User | undefined) ?? null,
  };
}
