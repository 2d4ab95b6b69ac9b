import { equal, eventually, ok, rejects, unlessRefused } from "./assert.js";
import type { KitTest } from "./kit.js";

/** K12, K15, K16: what each word means. */
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
    await rejects(sessions.rotate(last.id, { id: next.id }), "ERR_SESSION_EXISTS", "rotate to a taken id");
    equal(await sessions.deleteAll("u1"), 2, "sign out everywhere includes the old id");
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

  test("a full user loses the session that ends first, or is refused", async ({ store, records }) => {
    const evicting = store({ maxSessionsPerUser: 2 });
    const ending = (id: string, seconds: number): Promise<void> => {
      const expiresAt = new Date(Date.now() + seconds * 1000);
      return records().create(id, {
        userId: "u1",
        data: { n: 1 },
        createdAt: new Date(),
        expiresAt,
        absoluteExpiresAt: null,
      });
    };
    await ending("sooner", 600);
    await ending("later", 900);
    const third = await evicting.create({ userId: "u1", data: { n: 3 } });
    equal(await evicting.get("sooner"), null, "the one that ends first");
    equal(
      (await evicting.list("u1")).map(({ handle }) => handle),
      [third.id, "later"],
      "the others, latest first",
    );
    const refusing = store({ maxSessionsPerUser: 2, whenFull: "reject" });
    await rejects(refusing.create({ userId: "u1", data: { n: 4 } }), "ERR_SESSION_LIMIT", "a third session");
    equal(await refusing.count("u1"), 2, "count");
    await refusing.delete(third.id);
    await refusing.create({ userId: "u1", data: { n: 5 } });
  });

  test("a session that gets its owner by an update counts, and no other update does", async ({ store, records }) => {
    const [evicting, refusing] = [
      store({ maxSessionsPerUser: 2 }),
      store({ maxSessionsPerUser: 2, whenFull: "reject" }),
    ];
    const ending = async (id: string, userId: string | null, seconds: number): Promise<void> => {
      const expiresAt = new Date(Date.now() + seconds * 1000);
      await records().create(id, { userId, data: { n: 1 }, createdAt: new Date(), expiresAt, absoluteExpiresAt: null });
    };
    await ending("sooner", "u1", 600);
    await ending("later", "u1", 900);
    await ending("visitor", null, 300);
    await ending("of-another", "u2", 300);
    for (const id of ["visitor", "of-another"]) {
      await rejects(
        refusing.update(id, () => ({ userId: "u1" })),
        "ERR_SESSION_LIMIT",
        "a third session",
      );
    }
    equal([await refusing.count("u1"), await refusing.count("u2")], [2, 1], "nothing has changed");
    equal((await refusing.get("visitor"))?.userId, null, "the visitor");

    for (const [id, ended, left] of [
      ["visitor", "sooner", "later,visitor"],
      ["of-another", "visitor", "later,of-another"],
    ] as const) {
      const read = (await evicting.get(id)) ?? id;
      equal((await evicting.update(read, () => ({ userId: "u1" })))?.userId, "u1", "the new owner");
      equal(await evicting.get(ended), null, "the one that ends first");
      const handles = (await evicting.list("u1")).map(({ handle }) => handle);
      equal(handles.sort().join(), left, "the others");
    }
    equal(await evicting.count("u2"), 0, "the former owner");

    await ending("third", "u1", 900);
    for (const sessions of [evicting, refusing]) await sessions.update("later", () => ({ data: { n: 2 } }));
    equal(await refusing.count("u1"), 3, "an update that keeps the owner");
  });

  test("who has to go for a session that gets its owner leaves a legacy set too", async (context) => {
    const { records, raw, legacyIndexPrefix } = context;
    const store = records({ legacySets: true, maxSessionsPerUser: 1 });
    const expiresAt = new Date(Date.now() + 60_000);
    for (const [id, userId] of [
      ["first", "u1"],
      ["second", null],
      ["third", null],
    ] as const) {
      await store.create(id, { userId, data: null, createdAt: new Date(), expiresAt, absoluteExpiresAt: null });
    }
    await store.update("second", (found) => ({ ...found, userId: "u1" }));
    equal([await store.get("first"), await raw.members(`${legacyIndexPrefix}u1`)], [null, ["second"]], "the first");
    await store.update("third", (found) => ({ ...found, userId: "u1" }), { counted: false });
    equal((await raw.members(`${legacyIndexPrefix}u1`)).sort(), ["second", "third"], "one that is not counted");
    equal(await store.deleteAll("u1"), 2, "sign out everywhere");
  });

  test("nobody goes for an update that comes to nothing", async ({ store }) => {
    for (const whenFull of ["evict-oldest", "reject"] as const) {
      const sessions = store({ maxSessionsPerUser: 1, whenFull });
      const kept = await sessions.create({ userId: whenFull, data: { n: 1 } });
      const [ended, changed] = await Promise.all([2, 3].map((n) => sessions.create({ userId: null, data: { n } })));
      ok(ended !== undefined && changed !== undefined, "two visitors");
      await sessions.delete(ended);
      equal(await sessions.update(ended, () => ({ userId: whenFull })), null, "a session that is gone");
      await sessions.update(changed.id, () => ({ data: { n: 4 } }));
      const whileOld = await sessions.update(changed, ({ data }) => (data.n === 3 ? { userId: whenFull } : undefined));
      equal(whileOld?.userId, null, "a session that another writer changed");
      equal((await sessions.get(kept.id))?.userId, whenFull, "the user's only session");
    }
  });

  test("the cap holds when many sign in at once, also those that keep their ids", async ({ store }) => {
    const sessions = store({ maxSessionsPerUser: 3 });
    // One can be ended by the others before it is stored.
    const create = async (n: number): Promise<unknown> => {
      if (n % 2 === 0)
        return await unlessRefused(sessions.create({ userId: "u1", data: { n } }), "ERR_SESSION_REVOKED");
      const visitor = await sessions.create({ userId: null, data: { n } });
      return await sessions.update(visitor, () => ({ userId: "u1" }));
    };
    await Promise.all(Array.from({ length: 20 }, (_, n) => create(n)));
    equal([await sessions.count("u1"), (await sessions.list("u1")).length], [3, 3], "sessions");
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

  test("operations can be watched, without ids", async ({ store }) => {
    const seen: string[] = [];
    const sessions = store({
      observe: (event) => {
        seen.push(`${event.operation} ${event.keyKind} ${event.outcome}`);
        equal(Object.keys(event).sort(), ["durationMs", "keyKind", "operation", "outcome"], "an event");
        throw new Error("an observer that fails");
      },
    });
    const later = store({ observe: () => Promise.reject(new Error("an observer that fails later")) });
    equal(await later.get("missing"), null, "an observer that fails later");
    const { id } = await sessions.create({ userId: "u1", data: { n: 1 } });
    await sessions.get("missing");
    await rejects(sessions.create({ id, userId: "u1", data: { n: 1 } }), "ERR_SESSION_EXISTS", "a taken id");
    await sessions.deleteAll("u1");
    equal(
      seen,
      ["create session ok", "get session absent", "create session ERR_SESSION_EXISTS", "deleteAll user-sessions ok"],
      "events",
    );
  });

  test("a schema checks data when written and when read", async ({ store }) => {
    const positive = {
      "~standard": {
        version: 1,
        vendor: "kit",
        validate: (value: unknown) => {
          const { n } = value as { n: unknown };
          return typeof n === "number" && n > 0 ? { value: { n } } : { issues: [{ message: "bad", path: ["n"] }] };
        },
      },
    } as const;
    const checked = store({ schema: positive });
    const error = await rejects(checked.create({ userId: "u1", data: { n: -77 } }), "ERR_SESSION_INVALID", "bad data");
    ok(error.message.includes("data.n") && !error.message.includes("77"), "the path is named, the value is not");
    const { id } = await store().create({ userId: "u1", data: { n: 0 } });
    equal(await checked.get(id), null, "data that does not fit is no session");
    const good = await checked.create({ userId: "u1", data: { n: 1 } });
    await rejects(
      checked.update(good.id, () => ({ data: { n: 0 } })),
      "ERR_SESSION_INVALID",
      "a bad change",
    );
    equal((await checked.list("u1")).length, 1, "list");
  });
}
