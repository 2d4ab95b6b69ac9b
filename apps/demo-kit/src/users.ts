import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import Database from "libsql";
import { readForm } from "./forms.js";
import { SignInTries } from "./sign-in-tries.js";

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
  /** The user whose address and password a form brings, or what to say. Guessing is slowed down. */
  signInByForm(fields: Readonly<Record<string, unknown>>): Promise<SignInAnswer>;
  find(id: string): User | null;
}

export type SignInAnswer =
  | { readonly user: User }
  | {
      readonly user: null;
      readonly email: string;
      readonly problem: "wrong" | "too-often";
      /** HTTP's. */
      readonly status: 401 | 429;
    };

/** Opens the database in memory: the demo starts empty. */
export async function openUsers(): Promise<Users> {
  const database = new Database(":memory:");
  database.exec("CREATE TABLE user (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL)");
  const insert = database.prepare("INSERT INTO user VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const byEmail = database.prepare("SELECT * FROM user WHERE email = ?");
  const byId = database.prepare("SELECT id, email FROM user WHERE id = ?");

  // An unknown address takes as long as a wrong password, so that nobody can find out who has an account.
  const nobody = await hash(randomBytes(16));

  const tries = new SignInTries();

  const signIn: Users["signIn"] = async (email, password) => {
    const row = byEmail.get(email.toLowerCase()) as UserRow | undefined;
    const right = await verify(row?.password_hash ?? nobody, password);
    return row !== undefined && right ? { id: row.id, email: row.email } : null;
  };

  return {
    database,

    async signUp(email, password) {
      const user = { id: randomBytes(9).toString("base64url"), email: email.toLowerCase() };
      const { changes } = insert.run(user.id, user.email, await hash(password));
      return changes === 1 ? user : null;
    },

    signIn,

    async signInByForm(fields) {
      const { email, password, problem } = readForm(fields);
      const address = email.toLowerCase();
      if (tries.isBlocked(address)) return { user: null, email, problem: "too-often", status: 429 };
      // Counted before it is looked at, so that tries at one time are counted too.
      if (problem === undefined) tries.addWrong(address);
      const user = problem === undefined ? await signIn(email, password) : null;
      if (user === null) return { user, email, problem: "wrong", status: 401 };
      tries.forget(address);
      return { user };
    },

    find: (id) => (byId.get(id) as User | undefined) ?? null,
  };
}
