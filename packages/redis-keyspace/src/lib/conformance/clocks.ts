import { sessionModel } from "../records/session-model.js";
import { equal, ok, rejects, withClock } from "./assert.js";
import type { KitTest } from "./kit.js";

const MINUTES = 60_000;

/** Redis's clock decides when a session ends, whatever the clock of a process says. */
export function clocks(test: KitTest): void {
  test("a process whose clock is behind signs in or says that it can't, and ends nobody's session", async ({
    store,
  }) => {
    const sessions = store({ idleTimeoutSeconds: 900, touchAfterSeconds: 0 });
    const healthy = await sessions.create({ userId: "u1", data: { n: 1 } });
    const of = { healthy, nobodys: await sessions.create({ userId: null, data: { n: 2 } }) };
    await withClock(-20 * MINUTES, async () => {
      await rejects(sessions.create({ userId: "u1", data: { n: 3 } }), "ERR_SESSION_EXPIRED", "create");
      await rejects(sessions.create({ userId: null, data: { n: 3 } }), "ERR_SESSION_EXPIRED", "create for nobody");
      for (const session of Object.values(of)) {
        await rejects(sessions.touch(session.id), "ERR_SESSION_EXPIRED", "touch by id");
        await rejects(sessions.touch(session), "ERR_SESSION_EXPIRED", "touch with the session");
      }
      equal((await sessions.update(healthy.id, () => ({ data: { n: 4 } })))?.data, { n: 4 }, "update");
    });
    equal([await sessions.count("u1"), (await sessions.get(of.nobodys.id))?.data], [1, { n: 2 }], "the sessions");
  });

  test("a rotation whose grace is over before it is written gives the new id", async ({ store }) => {
    const sessions = store();
    const { id } = await sessions.create({ userId: "u1", data: { n: 1 } });
    const newId = `${id}-moved`;
    await withClock(-20 * MINUTES, async () => {
      const rotated = await sessions.rotate(id, { id: newId, graceSeconds: 60 });
      equal(rotated?.data, { n: 1 }, "what the rotation answers");
    });
    equal((await sessions.get(newId))?.data, { n: 1 }, "the new id");
    equal([(await sessions.list("u1")).length, await sessions.count("u1")], [1, 1], "list and count");
  });

  test("a process whose clock is ahead sees every live session", async ({ store, records }) => {
    const sessions = store({ idleTimeoutSeconds: 900, maxSessionsPerUser: 2, whenFull: "reject" });
    const [first, second] = [
      await sessions.create({ userId: "u1", data: { n: 1 } }),
      await sessions.create({ userId: "u1", data: { n: 2 } }),
    ];
    await withClock(20 * MINUTES, async () => {
      equal((await sessions.get(first.id))?.data, { n: 1 }, "get");
      equal([(await sessions.list("u1")).length, await sessions.count("u1")], [2, 2], "list and count");
      await rejects(sessions.create({ userId: "u1", data: { n: 3 } }), "ERR_SESSION_LIMIT", "a third session");
      equal((await sessions.update(first.id, () => ({ data: { n: 4 } })))?.data, { n: 4 }, "update");
      ok((await sessions.rotate(second.id)) !== null, "rotate");
      ok((await sessions.touch(first.id)) !== null, "touch");
      await records().delete(first.id);
    });
    equal(await sessions.count("u1"), 1, "count");
  });

  test("a process whose clock is ahead says that it has ended a session", async ({ store }) => {
    const sessions = store({ idleTimeoutSeconds: 900 });
    const first = await sessions.create({ userId: "u1", data: { n: 1 } });
    const second = await sessions.create({ userId: "u1", data: { n: 2 } });
    await sessions.create({ userId: "u1", data: { n: 3 } });
    await withClock(20 * MINUTES, async () => {
      equal((await sessions.delete(first.id))?.data, { n: 1 }, "delete by id");
      equal((await sessions.delete(second))?.data, { n: 2 }, "delete with the session");
      const [third] = await sessions.list("u1");
      equal(await sessions.revoke("u1", third?.handle ?? ""), true, "revoke");
    });
    equal(await sessions.list("u1"), [], "what is left");
  });

  test("what is removed after its end was no session", async ({ records, raw, sessionPrefix }) => {
    const sessions = records();
    const now = Date.now();
    const dates = { createdAt: new Date(now - MINUTES), absoluteExpiresAt: null };
    const record = { userId: "u1", data: { n: 1 }, expiresAt: new Date(now + MINUTES), ...dates };
    await sessions.create("over", record);
    const [key = ""] = await raw.keys(sessionPrefix);
    await raw.set(key, sessionModel.encode({ ...record, expiresAt: new Date(now - 1) }, ""), 15 * MINUTES);
    equal(await sessions.delete("over"), null, "delete");
    equal(await raw.get(key), null, "what is left");
  });
}
