import { equal, ok, rejects, unlessRefused } from "./assert.js";
import type { KitTest } from "./kit.js";

/** The session cap: whose session is ended for another one, and whose is not. */
export function limit(test: KitTest): void {
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

  test("a session that is ended for one that gets its owner leaves a legacy set too", async (context) => {
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

  test("an update that comes to nothing ends nobody's session", async ({ store }) => {
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
}
