// Users that are looked up through another Lucia 3 adapter.
import { BetterSqlite3Adapter } from "@lucia-auth/adapter-sqlite-3";
import { type Adapter, Lucia } from "lucia-3";
import { describe, expect, test, vi } from "vitest";
import { RedisAdapter } from "../../src/v3.js";
import { inspect } from "../support/clients.js";
import { uniqueOptions } from "../support/lucia-3.js";
import { sqlite } from "../support/sqlite.js";

const inspector = inspect();

describe("users from another adapter", () => {
  const db = sqlite(`
    CREATE TABLE user (id TEXT PRIMARY KEY, username TEXT NOT NULL);
    CREATE TABLE session (
      id TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL,
      user_id TEXT NOT NULL REFERENCES user (id),
      country TEXT NOT NULL
    );
    INSERT INTO user VALUES ('ada', 'Ada'), ('bob', 'Bob');
  `);
  const users: Adapter = new BetterSqlite3Adapter(db as never, { user: "user", session: "session" });
  const options = uniqueOptions();
  const adapter = new RedisAdapter(inspector, users, options);
  const lucia = new Lucia(adapter, { getUserAttributes: ({ username }) => ({ username }) });
  const rows = (): unknown[] => db.prepare("SELECT user_id, country FROM session ORDER BY user_id").all() as unknown[];

  test("finds them through one ended session for each user", async () => {
    for (const userId of ["ada", "ada", "bob"]) {
      const { id } = await lucia.createSession(userId, { country: "NL" });
      const { user } = await lucia.validateSession(id);
      expect(user).toEqual({ id: userId, username: userId === "ada" ? "Ada" : "Bob" });
    }
    expect(rows()).toEqual([
      { user_id: "ada", country: "NL" },
      { user_id: "bob", country: "NL" },
    ]);
  });

  test("whose id cannot sign in, neither here nor with the other adapter alone", async () => {
    const [{ id = "" } = {}] = db.prepare("SELECT id FROM session WHERE user_id = 'bob'").all() as { id?: string }[];
    expect(id).toMatch(/^keyspace-user-/);
    expect(await lucia.validateSession(id)).toEqual({ session: null, user: null });
    expect(await new Lucia(users).validateSession(id)).toEqual({ session: null, user: null });
  });

  test("many first look-ups at once", async () => {
    await lucia.invalidateUserSessions("bob");
    const sessions = await Promise.all(Array.from({ length: 20 }, () => lucia.createSession("bob", { country: "BE" })));
    const found = await Promise.all(sessions.map(({ id }) => lucia.validateSession(id)));
    expect(found.map(({ user }) => user)).toEqual(Array(20).fill({ id: "bob", username: "Bob" }));
    expect(rows()).toContainEqual({ user_id: "bob", country: "BE" });
  });

  test("signing out everywhere removes it, so that the user can be deleted", async () => {
    await lucia.invalidateUserSessions("bob");
    db.exec("DELETE FROM user WHERE id = 'bob'");
    expect(rows()).toEqual([{ user_id: "ada", country: "NL" }]);
  });

  test("an unknown session costs no query", async () => {
    const spy = vi.spyOn(users, "getSessionAndUser");
    expect(await lucia.validateSession("unknown")).toEqual({ session: null, user: null });
    expect(spy).not.toHaveBeenCalled();
    await lucia.invalidateUserSessions("ada");
  });

  test("its row gets what Lucia gave: a Date for a column that holds a time", async () => {
    const setSession = vi.spyOn(users, "setSession").mockResolvedValue();
    const dated = new RedisAdapter(inspector, users, options);
    const attributes = { country: "NL", since: new Date(1) };
    await dated.setSession({ id: "dated", userId: "cy", expiresAt: new Date(Date.now() + 60_000), attributes });
    await dated.getSessionAndUser("dated");
    expect(setSession).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ attributes }));
    setSession.mockRestore();
    await dated.deleteSession("dated");
  });

  test("a user that was deleted behind its back is nobody", async () => {
    const loose = sqlite(`
      PRAGMA foreign_keys = OFF;
      CREATE TABLE user (id TEXT PRIMARY KEY, username TEXT NOT NULL);
      CREATE TABLE session (id TEXT PRIMARY KEY, expires_at INTEGER, user_id TEXT, country TEXT);
      INSERT INTO user VALUES ('eve', 'Eve');
    `);
    const lax = new Lucia(
      new RedisAdapter(
        inspector,
        new BetterSqlite3Adapter(loose as never, { user: "user", session: "session" }),
        options,
      ),
    );
    const { id } = await lax.createSession("eve", { country: "NL" });
    expect((await lax.validateSession(id)).user).toEqual({ id: "eve" });
    loose.exec("DELETE FROM user");
    expect(await lax.validateSession(id)).toEqual({ session: null, user: null });
    expect(loose.prepare("SELECT * FROM session").all()).toEqual([]);
  });
});
