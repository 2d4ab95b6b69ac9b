import { equal, ok } from "./assert.js";
import type { KitTest } from "./kit.js";

const hostile = [
  "*",
  "?",
  "[a-z]",
  ":",
  "{}",
  "{a}b",
  "}{",
  "\u0000",
  "\r\n",
  "é😀",
  "__proto__",
  "constructor",
  "../../etc",
  "u:u1",
  "user-sessions:u1",
  '"',
  "\\",
  "%00",
  "->field",
  "0",
  "null",
  " ",
  "x".repeat(512),
] as const;

const impossible = ["", "x".repeat(513), "\ud800", "a\udc00", null, undefined, 1, {}, ["a"]] as unknown as string[];

/** K9: ids are hostile input, and reach their own key only. */
export function isolation(test: KitTest): void {
  test("hostile ids are ids like any other", async ({ store }) => {
    const sessions = store();
    for (const [n, id] of hostile.entries()) await sessions.create({ id, userId: "u1", data: { n } });
    for (const [n, id] of hostile.entries()) equal((await sessions.get(id))?.data.n, n, "get");
    const listed = (await sessions.list("u1")).map(({ handle }) => handle);
    equal(listed.sort(), [...hostile].sort(), "list");
    for (const id of hostile) {
      const before = await sessions.count("u1");
      ok((await sessions.delete(id)) !== null, "delete");
      equal(await sessions.count("u1"), before - 1, "nothing else is gone");
    }
  });

  test("hostile user ids own their own sessions only", async ({ store }) => {
    const sessions = store();
    for (const [n, userId] of hostile.entries()) await sessions.create({ id: `s${n}`, userId, data: { n } });
    for (const [n, userId] of hostile.entries()) {
      equal(
        (await sessions.list(userId)).map(({ handle }) => handle),
        [`s${n}`],
        "list",
      );
      equal((await sessions.touch(`s${n}`)) === null, false, "touch");
    }
    for (const [n, userId] of hostile.entries()) {
      equal(await sessions.deleteAll(userId), 1, "deleteAll");
      equal(await sessions.get(`s${n}`), null, "get");
    }
  });

  test("what cannot be an id is no session to readers and a TypeError to writers", async ({
    store,
    raw,
    sessionPrefix,
  }) => {
    const sessions = store();
    const one = await sessions.create({ userId: "u1", data: { n: 1 } });
    for (const id of impossible) {
      equal(await sessions.get(id), null, "get");
      equal(await sessions.revoke("u1", id), false, "revoke");
      equal(await sessions.list(id), [], "list");
      equal(await sessions.deleteAll(id), 0, "deleteAll");
      equal(await sessions.count(id), 0, "count");
      if (id === undefined || (typeof id === "object" && id !== null)) continue;
      equal(await sessions.delete(id), null, "delete");
      equal(await sessions.touch(id), null, "touch");
      await typeError(sessions.create({ id, userId: "u1", data: { n: 1 } }), "id");
      if (id !== null) await typeError(sessions.create({ userId: id, data: { n: 1 } }), "userId");
    }
    equal(await raw.keys(sessionPrefix), [sessionPrefix + one.id], "keys");
  });

  test("one store cannot reach another's keys", async ({ store, sessionPrefix, userSessionsPrefix }) => {
    const user = store({ sessionPrefix: `${sessionPrefix}a:`, userSessionsPrefix: `${userSessionsPrefix}a:` });
    const admin = store({ sessionPrefix: `${sessionPrefix}b:`, userSessionsPrefix: `${userSessionsPrefix}b:` });
    const session = await admin.create({ id: "root", userId: "u1", data: { n: 1 } });
    for (const id of ["b:root", "../b:root", "\u0000b:root", "root"]) equal(await user.get(id), null, "get");
    equal([await user.deleteAll("u1"), await user.delete("root")], [0, null], "delete");
    equal(await admin.get("root"), session, "the other store's session");
    await admin.delete("root");
  });

  test("foreign and corrupt values are no session and are left alone", async ({ store, raw, sessionPrefix }) => {
    const sessions = store();
    const values = ["", "{", "null", "[]", "1", "plain text", '{"other":"u1"}'];
    for (const [n, value] of values.entries()) {
      await raw.set(`${sessionPrefix}${n}`, value, 60_000);
      equal(await sessions.get(String(n)), null, "get");
      equal(await sessions.touch(String(n)), null, "touch");
      equal(await sessions.update(String(n), () => ({ data: { n: 1 } })), null, "update");
      equal(await sessions.rotate(String(n)), null, "rotate");
      equal(await sessions.rotate(String(n), { graceSeconds: 10 }), null, "rotate with grace");
      equal(await sessions.revoke("u1", String(n)), false, "revoke");
      equal(await raw.get(`${sessionPrefix}${n}`), value, "the value");
    }
    for (const [n, value] of values.entries()) {
      await raw.set(`${sessionPrefix}${n}`, value, 1);
    }
  });
}

async function typeError(promise: Promise<unknown>, named: string): Promise<void> {
  try {
    await promise;
  } catch (error) {
    ok(
      error instanceof TypeError && error.message.includes(named),
      `a TypeError that names ${named}: ${String(error)}`,
    );
    return;
  }
  throw new Error(`expected a TypeError that names ${named}`);
}
