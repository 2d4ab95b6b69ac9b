// Lucia's own tests of adapters, of both majors. They throw at the first failure.

import { betterSqlite3 } from "@lucia-auth/adapter-sqlite-2";
import { BetterSqlite3Adapter } from "@lucia-auth/adapter-sqlite-3";
import { Database as TestDatabase, testAdapter as testAdapter2, testSessionAdapter } from "@lucia-auth/adapter-test-2";
import { databaseUser, testAdapter as testAdapter3 } from "@lucia-auth/adapter-test-3";
import { LuciaError, type SessionSchema } from "lucia-2";
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import redis from "../src/index.js";
import { RedisAdapter } from "../src/v3.js";
import { inspect, keysUnder, uniquePrefixes } from "./support/clients.js";
import { userTables } from "./support/lucia-2.js";
import { sqlite } from "./support/sqlite.js";

const inspector = inspect();
let log: MockInstance<typeof console.log>;
beforeEach(() => {
  log = vi.spyOn(console, "log").mockImplementation(() => {});
});
afterEach(() => log.mockRestore());

/** What they print, without colours. */
function printed(): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour is.
  return log.mock.calls.join("\n").replaceAll(/\x1B\[[\d;]*m/g, "");
}

describe("Lucia 2", () => {
  const prefixes = uniquePrefixes();
  const adapter = redis(inspector, prefixes)(LuciaError);
  // As the replaced package's own tests do it: written without an end, and with its set.
  const session = {
    async get() {
      const keys = await keysUnder(inspector, `${prefixes.session}:`);
      const values = keys.length === 0 ? [] : await inspector.mget(keys);
      return values.map((value) => JSON.parse(value ?? "null") as SessionSchema);
    },
    async insert(session: SessionSchema) {
      await inspector.set(`${prefixes.session}:${session.id}`, JSON.stringify(session));
      await inspector.sadd(`${prefixes.userSessions}:${session.user_id}`, session.id);
    },
    async clear() {
      const unique = prefixes.session.slice(0, -2);
      const keys = [...(await keysUnder(inspector, unique)), ...(await keysUnder(inspector, `index:${unique}`))];
      if (keys.length > 0) await inspector.del(keys);
    },
  };

  test("testSessionAdapter", async () => {
    await testSessionAdapter(adapter, new TestDatabase({ session }));
    expect(printed()).toContain("Adapter passed 8 tests");
    expect(printed()).not.toContain("✗");
  });

  test("testAdapter, with users in SQLite", async () => {
    const db = userTables();
    const table = (name: string) => ({
      get: async () => db.prepare(`SELECT * FROM ${name}`).all() as never[],
      async insert(row: object) {
        const columns = Object.keys(row);
        const values = columns.map(() => "?").join(", ");
        db.prepare(`INSERT INTO ${name} (${columns.join(", ")}) VALUES (${values})`).run(...Object.values(row));
      },
      async clear() {
        db.exec(`DELETE FROM ${name}`);
      },
    });
    const { getSessionAndUser: _, ...users } = betterSqlite3(db, { user: "user", key: "user_key", session: null })(
      LuciaError,
    );
    await testAdapter2(
      { ...users, ...adapter },
      new TestDatabase({ user: table("user"), key: table("user_key"), session }),
    );
    expect(printed()).toMatch(/Adapter passed \d\d tests/);
    expect(printed()).not.toContain("✗");
  });
});

describe("Lucia 3", () => {
  const unique = (): { sessionPrefix: string; userSessionsPrefix: string } => {
    const { session, userSessions } = uniquePrefixes();
    return { sessionPrefix: `${session}:`, userSessionsPrefix: `${userSessions}:` };
  };
  const user = { id: databaseUser.id as string, attributes: databaseUser.attributes as { username: string } };

  test("testAdapter, with a function that looks up users", async () => {
    await testAdapter3(new RedisAdapter(inspector, (userId) => (userId === user.id ? user : null), unique()));
    expect(printed()).toContain("Adapter passed all tests");
    expect(printed()).not.toContain("Failed");
  });

  test("testAdapter, with users from another adapter", async () => {
    const db = sqlite(`
      CREATE TABLE user (id TEXT PRIMARY KEY, username TEXT NOT NULL);
      CREATE TABLE session (id TEXT PRIMARY KEY, expires_at INTEGER, user_id TEXT REFERENCES user (id), country TEXT);
    `);
    db.prepare("INSERT INTO user VALUES (?, ?)").run(user.id, user.attributes.username);
    const users = new BetterSqlite3Adapter(db as never, { user: "user", session: "session" });
    await testAdapter3(new RedisAdapter(inspector, users, unique()));
    expect(printed()).toContain("Adapter passed all tests");
  });
});

test("a failure of theirs is a failure of ours", async () => {
  const broken = { ...redis(inspector, uniquePrefixes())(LuciaError), getSession: async () => null };
  const session = { get: async () => [], insert: async () => {}, clear: async () => {} };
  await expect(testSessionAdapter(broken, new TestDatabase({ session }))).rejects.toThrow();
});
