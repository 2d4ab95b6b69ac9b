import { equal, eventually, ok, rejects } from "./assert.js";
import type { KitTest } from "./kit.js";

/** K12: what each word means. */
export function semantics(test: KitTest): void {
  test("a session is created, read, listed, counted and deleted", async ({ store }) => {
    const sessions = store();
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    equal(await sessions.get(session.id), session, "get");
    equal(
      (await sessions.list("u1")).map(({ handle }) => handle),
      [session.id],
      "list",
    );
    equal(await sessions.count("u1"), 1, "count");
    equal(await sessions.delete(session.id), session, "delete returns what was there");
    equal(await sessions.delete(session.id), null, "delete again");
    equal(await sessions.get(session.id), null, "get after delete");
    equal(await sessions.list("u1"), [], "list after delete");
    equal(await sessions.count("u1"), 0, "count after delete");
  });

  test("what is missing is null, nothing or zero, never an error", async ({ store }) => {
    const sessions = store();
    equal(await sessions.get("missing"), null, "get");
    equal(await sessions.touch("missing"), null, "touch");
    equal(await sessions.update("missing", () => ({ data: { n: 1 } })), null, "update");
    equal(await sessions.rotate("missing"), null, "rotate");
    equal(await sessions.revoke("nobody", "missing"), false, "revoke");
    equal(await sessions.list("nobody"), [], "list");
    equal(await sessions.deleteAll("nobody"), 0, "deleteAll");
    equal(await sessions.count("nobody"), 0, "count");
  });

  test("an id that is taken is refused and stays as it was", async ({ store }) => {
    const sessions = store();
    const first = await sessions.create({ userId: "u1", data: { n: 1 } });
    const again = sessions.create({ id: first.id, userId: "u2", data: { n: 2 } });
    await rejects(again, "ERR_SESSION_EXISTS", "create with a taken id");
    equal(await sessions.get(first.id), first, "the first session");
    equal(await sessions.list("u2"), [], "the other user's list");
  });

  test("values come back as they went in", async ({ store }) => {
    const sessions = store();
    for (const text of [
      "",
      "1",
      "true",
      "null",
      "[]",
      "{}",
      "2024-01-01T00:00:00Z",
      "é\u0000\n😀",
      '"\\',
      "12345678901234567890",
    ]) {
      const { id } = await sessions.create({ userId: `user ${text}`, data: { n: 0.1234567890123456, text } });
      equal((await sessions.get(id))?.data, { n: 0.1234567890123456, text }, "data");
      ok((await sessions.touch(id)) !== null, "touch keeps it");
      equal(
        (await sessions.list(`user ${text}`)).map(({ session }) => session.data.text),
        [text],
        "list",
      );
    }
  });

  test("data that only JavaScript can read is revoked all the same", async ({ store }) => {
    const sessions = store();
    const { id } = await sessions.create({ userId: "u1", data: { n: 1, text: "\ud800" } });
    ok((await sessions.delete(id)) !== null, "delete");
    equal(await sessions.list("u1"), [], "list");
  });

  test("update changes data, moves a session to its new owner, and can leave it alone", async ({ store }) => {
    const sessions = store();
    const session = await sessions.create({ userId: null, data: { n: 1 } });
    const signedIn = await sessions.update(session, ({ data }) => ({ userId: "u1", data: { n: data.n + 1 } }));
    equal([signedIn?.userId, signedIn?.data], ["u1", { n: 2 }], "the session");
    equal(await sessions.count("u1"), 1, "the new owner's");
    await sessions.update(session.id, () => ({ userId: "u2" }));
    equal([await sessions.count("u1"), await sessions.count("u2")], [0, 1], "after a change of owner");
    await sessions.update(session.id, () => ({ userId: null }));
    equal([await sessions.count("u2"), (await sessions.get(session.id))?.userId], [0, null], "after signing out");
    equal(await sessions.update(session.id, () => undefined), await sessions.get(session.id), "no change");
  });

  test("rotate moves a session to a new id; a grace keeps the old one readable, and no longer", async ({ store }) => {
    const sessions = store();
    const old = await sessions.create({ userId: "u1", data: { n: 1 } });
    const next = await sessions.rotate(old.id);
    ok(next !== null && next.id !== old.id, "a new id");
    equal([next.data, next.userId, next.createdAt], [old.data, old.userId, old.createdAt], "the same session");
    equal(await sessions.get(old.id), null, "the old id");
    equal(
      (await sessions.list("u1")).map(({ handle }) => handle),
      [next.id],
      "list",
    );

    const last = await sessions.rotate(next, { graceSeconds: 30 });
    ok(last !== null, "rotated again");
    const graced = await sessions.get(next.id);
    ok(graced !== null && graced.expiresAt.getTime() <= Date.now() + 30_000, "the old id ends with its grace");
    const touched = await sessions.touch(next.id);
    ok(touched !== null && touched.getTime() <= Date.now() + 30_000, "no touch prolongs it");
    const other = await sessions.create({ userId: "u1", data: { n: 2 } });
    await rejects(sessions.rotate(last.id, { id: other.id }), "ERR_SESSION_EXISTS", "rotate to a taken id");
    equal(await sessions.deleteAll("u1"), 2, "sign out everywhere counts sessions");
    equal([await sessions.get(next.id), await sessions.get(last.id)], [null, null], "both are gone");
  });

  test("rotations with grace neither count nor evict once their grace is over", async ({ store }) => {
    const sessions = store({ maxSessionsPerUser: 2 });
    let session = await sessions.create({ userId: "u1", data: { n: 1 } });
    for (let n = 0; n < 5; n++) session = (await sessions.rotate(session, { graceSeconds: 0.02 })) ?? session;
    await eventually(async () => (await sessions.count("u1")) === 1, "only the last one counts");
    await sessions.create({ userId: "u1", data: { n: 2 } });
    ok((await sessions.get(session.id)) !== null, "the live session is not evicted");
  });

  test("an update from what was read answers from what is stored", async ({ store }) => {
    const sessions = store();
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    const elapsed = { ...session, expiresAt: new Date(Date.now() - 1000) };
    equal(
      (await sessions.update(elapsed, () => ({ data: { n: 2 } })))?.data,
      { n: 2 },
      "an old copy of a live session",
    );
    await sessions.delete(session);
    equal(await sessions.update(session, () => undefined), null, "no change to a session that is gone");
  });

  test("sessions are listed by last use, and the one that asks is marked", async ({ store }) => {
    // A list by SORT_RO, and one by a script.
    for (const sessions of [store(), store({ maxSessionsPerUser: 100 })]) {
      const ids: string[] = [];
      for (const n of [1, 2, 3]) {
        const { id, expiresAt } = await sessions.create({ userId: "u1", data: { n } });
        ids.push(id);
        await eventually(async () => Date.now() + 1_209_600_000 > expiresAt.getTime(), "time goes on");
      }
      const [first, second, third] = ids;
      const order = async (): Promise<string[]> => (await sessions.list("u1")).map(({ handle }) => handle);
      equal(await order(), [third, second, first], "in the order of signing in");
      await sessions.touch(second ?? "");
      equal(await order(), [second, third, first], "after one was used");
      const marked = (await sessions.list("u1", { current: first })).filter(({ current }) => current);
      equal(
        marked.map(({ handle }) => handle),
        [first],
        "the one that asks",
      );
      await sessions.deleteAll("u1");
    }
  });

  test("sign out everywhere can spare one", async ({ store }) => {
    const sessions = store();
    const [kept, ...others] = await Promise.all([1, 2, 3].map((n) => sessions.create({ userId: "u1", data: { n } })));
    const stranger = await sessions.create({ userId: "u2", data: { n: 4 } });
    equal(await sessions.deleteAll("u1", { except: kept }), 2, "how many");
    for (const { id } of others) equal(await sessions.get(id), null, "another session");
    equal(
      (await sessions.list("u1")).map(({ handle }) => handle),
      [kept?.id],
      "list",
    );
    equal(await sessions.deleteAll("u1", { except: stranger }), 1, "a stranger's session is none of the user's");
    ok((await sessions.get(stranger.id)) !== null, "the stranger's session");
  });

  test("a handle revokes its owner's session and no other's", async ({ store }) => {
    const sessions = store({ hashIds: true });
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    const [listed] = await sessions.list("u1");
    ok(listed !== undefined && listed.handle !== session.id, "the handle is not the id");
    equal(await sessions.get(listed.handle), null, "a handle does not sign in");
    equal(await sessions.revoke("u2", listed.handle), false, "another user");
    equal(await sessions.revoke("u1", listed.handle), true, "the owner");
    equal(await sessions.get(session.id), null, "the session");
  });

  test("all sessions can be walked through, the prefix's special characters included", async ({
    store,
    sessionPrefix,
  }) => {
    const odd = store({ sessionPrefix: `${sessionPrefix}[a]*?\\:`, userSessionsPrefix: `${sessionPrefix}!` });
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await odd.create({ userId: n % 2 === 0 ? "u1" : null, data: { n } })).id);
    const found = new Set<string>();
    for await (const { handle } of odd.all()) found.add(handle);
    equal([...found].sort(), ids.sort(), "handles");
    equal((await odd.list("u1")).length, 3, "list");
    await odd.deleteAll("u1");
    for (const id of ids) await odd.delete(id);
  });
}
