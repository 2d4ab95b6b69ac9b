import { equal, ok } from "./assert.js";
import type { KitTest } from "./kit.js";

/** A rotation with a grace leaves two ids and one session: it lists and counts once, and ends as a whole. */
export function rotationGrace(test: KitTest): void {
  const ends = {
    "a sign-out by the new id": (_: string, now: string) => ({ ended: now }),
    "a sign-out by the former id": (former: string) => ({ ended: former }),
  };
  for (const [name, which] of Object.entries(ends)) {
    for (const userId of ["u1", null]) {
      test(`${name} ends both, ${userId === null ? "of nobody" : "of a user"}`, async ({ store }) => {
        const sessions = store();
        const former = await sessions.create({ userId, data: { n: 1 } });
        const now = await sessions.rotate(former, { graceSeconds: 30 });
        ok(now !== null, "rotated");
        await sessions.delete(which(former.id, now.id).ended);
        equal([await sessions.get(former.id), await sessions.get(now.id)], [null, null], "both ids");
        equal(userId === null ? 0 : await sessions.count(userId), 0, "count");
      });
    }
  }

  test("a revocation by handle ends the former id, and the one before it", async ({ store }) => {
    const sessions = store();
    const first = await sessions.create({ userId: "u1", data: { n: 1 } });
    const second = await sessions.rotate(first, { graceSeconds: 30 });
    const third = await sessions.rotate(second ?? "", { graceSeconds: 30 });
    ok(second !== null && third !== null, "rotated twice");
    const listed = await sessions.list("u1", { current: third });
    equal([listed.map(({ handle }) => handle), await sessions.count("u1")], [[third.id], 1], "one session");
    equal(await sessions.revoke("u1", third.id), true, "revoke");
    equal(await Promise.all([first, second, third].map(({ id }) => sessions.get(id))), [null, null, null], "all ids");
  });

  test("a change in between keeps the former id bound", async ({ store }) => {
    const sessions = store();
    const former = await sessions.create({ userId: "u1", data: { n: 1 } });
    const now = await sessions.rotate(former, { graceSeconds: 30 });
    await sessions.update(now ?? "", () => ({ data: { n: 2 } }));
    await sessions.touch(now?.id ?? "");
    ok((await sessions.update(former.id, () => ({ data: { n: 3 } }))) !== null, "the former id can still be written");
    ok((await sessions.touch(former.id)) !== null, "and touched");
    equal([(await sessions.get(now?.id ?? ""))?.data, await sessions.count("u1")], [{ n: 2 }, 1], "one session");
    const other = await sessions.create({ userId: "u1", data: { n: 4 } });
    equal(await sessions.deleteAll("u1", { except: other }), 1, "others that were signed out");
    equal([await sessions.get(former.id), await sessions.get(now?.id ?? "")], [null, null], "both ids");
  });

  test("another user who signs in ends the former id", async ({ store }) => {
    const sessions = store();
    const former = await sessions.create({ userId: "u1", data: { n: 1 } });
    const now = await sessions.rotate(former, { graceSeconds: 30 });
    await sessions.update(now ?? "", () => ({ userId: "u2" }));
    equal(await sessions.get(former.id), null, "the former id");
    equal([await sessions.count("u1"), await sessions.count("u2")], [0, 1], "count");
  });

  test("signing out the others keeps both ids of the one that asks", async ({ store }) => {
    const sessions = store();
    const other = await sessions.create({ userId: "u1", data: { n: 1 } });
    const otherNow = await sessions.rotate(other, { graceSeconds: 30 });
    const former = await sessions.create({ userId: "u1", data: { n: 2 } });
    const now = await sessions.rotate(former, { graceSeconds: 30 });
    for (const except of [now?.id ?? "", former.id]) {
      equal(await sessions.deleteAll("u1", { except }), except === former.id ? 0 : 1, "others");
      ok((await sessions.get(former.id)) !== null && (await sessions.get(now?.id ?? "")) !== null, "both ids");
    }
    equal([await sessions.get(other.id), await sessions.get(otherNow?.id ?? "")], [null, null], "the other one");
  });

  test("a former id takes nobody's place", async ({ store }) => {
    const sessions = store({ maxSessionsPerUser: 2, whenFull: "reject" });
    const former = await sessions.create({ userId: "u1", data: { n: 1 } });
    const now = await sessions.rotate(former, { graceSeconds: 30 });
    const second = await sessions.create({ userId: "u1", data: { n: 2 } });
    equal((await sessions.list("u1")).length, 2, "list");
    const evicting = store({ maxSessionsPerUser: 2, idleTimeoutSeconds: 2_000_000 });
    await evicting.update(second, ({ data }) => ({ data }));
    await evicting.touch(second.id);
    const third = await evicting.create({ userId: "u1", data: { n: 3 } });
    const left = (await evicting.list("u1")).map(({ handle }) => handle).sort();
    equal(left, [second.id, third.id].sort(), "the others");
    equal(
      [await sessions.get(former.id), await sessions.get(now?.id ?? "")],
      [null, null],
      "both ids of the one that ended",
    );
  });

  test("a session can get its former id back", async ({ store }) => {
    const sessions = store();
    const former = await sessions.create({ userId: "u1", data: { n: 1 } });
    const now = await sessions.rotate(former, { graceSeconds: 30 });
    equal((await sessions.rotate(now ?? "", { id: former.id }))?.id, former.id, "rotate back");
    equal(await sessions.get(now?.id ?? ""), null, "the id between");
    equal((await sessions.get(former.id))?.expiresAt, now?.expiresAt, "it lives as long as before");
    equal(
      (await sessions.list("u1")).map(({ handle }) => handle),
      [former.id],
      "list",
    );
    equal(await sessions.deleteAll("u1"), 1, "one session");
  });
}
