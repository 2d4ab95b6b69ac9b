import type { StoreClient } from "../executions/choose.js";
import type { SessionStore } from "../sessions.js";
import { equal, ok, unlessRefused } from "./assert.js";
import type { KitTest, TestContext } from "./kit.js";
import type { KitData } from "./target.js";

/** K4 and K5: deleted stays deleted, everywhere means everywhere, whoever writes meanwhile. */
export function revocation(test: KitTest): void {
  test("no update, touch or rotation brings a deleted session back", async ({ store }) => {
    const sessions = store();
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    await sessions.delete(session);
    const stale = { ...session, expiresAt: new Date(session.expiresAt.getTime() - 1e9) };
    equal(await sessions.update(stale, () => ({ data: { n: 2 } })), null, "update with what was read");
    equal(await sessions.update(session.id, () => ({ data: { n: 2 } })), null, "update");
    equal(await sessions.touch(stale), null, "touch");
    equal(await sessions.rotate(stale), null, "rotate");
    equal(await sessions.get(session.id), null, "get");
    equal([await sessions.list("u1"), await sessions.count("u1")], [[], 0], "list and count");
  });

  test("a sign-out in the middle of an update wins", async ({ store }) => {
    const sessions = store();
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    const updated = await sessions.update(session.id, async () => {
      await sessions.deleteAll("u1");
      return { data: { n: 2 } };
    });
    equal([updated, await sessions.get(session.id), await sessions.count("u1")], [null, null, 0], "afterwards");
  });

  test("renewals racing a sign-out never revive", async ({ store }) => {
    const sessions = store();
    for (let round = 0; round < 20; round++) {
      const session = await sessions.create({ userId: "u1", data: { n: round } });
      await Promise.all([
        sessions.touch(session.id),
        sessions.update(session.id, ({ data }) => ({ data: { n: data.n + 1 } })),
        round % 2 === 0 ? sessions.delete(session.id) : sessions.deleteAll("u1"),
        sessions.touch(session.id),
        sessions.update(session, ({ data }) => ({ data: { n: data.n + 1 } })),
      ]);
      equal(await sessions.get(session.id), null, "get");
      equal(await sessions.list("u1"), [], "list");
    }
  });

  test("a sign-in racing a sign-out everywhere fails, or is live and listed", async ({ store }) => {
    const sessions = store();
    for (let round = 0; round < 20; round++) {
      const before = await sessions.create({ userId: "u1", data: { n: round } });
      const overlapping = Array.from({ length: 4 }, (_, n) =>
        unlessRefused(sessions.create({ userId: "u1", data: { n } }), "ERR_SESSION_REVOKED"),
      );
      await Promise.all([...overlapping, sessions.deleteAll("u1")]);
      equal(await sessions.get(before.id), null, "the session from before");
      const listed = new Set((await sessions.list("u1")).map(({ handle }) => handle));
      for (const created of await Promise.all(overlapping)) {
        if (created === undefined) continue;
        const live = (await sessions.get(created.id)) !== null;
        equal(listed.has(created.id), live, "a session is listed just if it is live");
      }
      await sessions.deleteAll("u1");
    }
  });

  test("two sign-outs everywhere at once, and rotations in between", async ({ store }) => {
    const sessions = store();
    for (let round = 0; round < 10; round++) {
      const all = await Promise.all([1, 2, 3].map((n) => sessions.create({ userId: "u1", data: { n } })));
      const rotated = all.map(({ id }) => unlessRefused(sessions.rotate(id), "ERR_SESSION_REVOKED"));
      await Promise.all([sessions.deleteAll("u1"), sessions.deleteAll("u1"), ...rotated]);
      const survivors = (await Promise.all(rotated)).filter((session) => session !== null && session !== undefined);
      const live = await Promise.all(survivors.map(({ id }) => sessions.get(id)));
      const listed = await sessions.list("u1");
      equal(listed.length, live.filter((session) => session !== null).length, "what is live is listed");
      await sessions.deleteAll("u1");
      for (const { id } of [...all, ...survivors]) equal(await sessions.get(id), null, "get");
    }
  });

  const meanwhile: Readonly<Record<string, (sessions: SessionStore<KitData>, id: string) => Promise<unknown>>> = {
    "a change of owner": (sessions, id) => sessions.update(id, () => ({ userId: "u2" })),
    "an update": (sessions, id) => sessions.update(id, () => ({ data: { n: 2 } })),
    "a touch": (sessions, id) => sessions.touch(id),
    "a delete": (sessions, id) => sessions.delete(id),
    "a sign-out everywhere": (sessions) => sessions.deleteAll("u1"),
  };
  for (const [name, other] of Object.entries(meanwhile)) {
    test(`${name} before any command of a rotation`, async (context) => {
      const { raw, sessionPrefix, store } = context;
      const sessions = store();
      for (let at = 0, reached = true; reached; at++) {
        const { id } = await sessions.create({ userId: "u1", data: { n: 1 } });
        const before = store({ idleTimeoutSeconds: 5_000_000 });
        reached = false;
        const interrupted = interposed(context, at, async () => {
          reached = true;
          await other(before, id);
        });
        const rotated = await unlessRefused(store({}, interrupted).rotate(id), "ERR_SESSION_REVOKED");
        await context.checkInvariants();
        const found = rotated ? await sessions.get(rotated.id) : null;
        for (const userId of ["u1", "u2"]) {
          const listed = (await sessions.list(userId)).some(({ handle }) => handle === rotated?.id);
          equal(listed, found?.userId === userId, `${userId}'s list, at command ${at}`);
        }
        if (found !== null && rotated) {
          const left = (await raw.ttl(sessionPrefix + rotated.id)) - (found.expiresAt.getTime() - Date.now());
          ok(Math.abs(left) < 1000, "the key ends with the record");
        }
        await sessions.deleteAll("u1");
        await sessions.deleteAll("u2");
        equal(rotated ? await sessions.get(rotated.id) : null, null, "after a sign-out everywhere");
        equal(await sessions.get(id), null, "the old id");
      }
    });
  }

  test("a legacy package's sessions are listed, renewed and revoked with ours", async ({
    records,
    raw,
    sessionPrefix,
    legacyIndexPrefix,
  }) => {
    const store = records({ legacySets: true, codec: undefined });
    const expiresAt = Date.now() + 60_000;
    const written = async (id: string): Promise<void> => {
      const value = JSON.stringify({ expiresAt, endsAt: null, userId: "u1", createdAt: 1, data: { n: 1 } });
      await raw.set(sessionPrefix + id, value, 60_000);
      await raw.addToSet(`${legacyIndexPrefix}u1`, id);
    };
    await written("old-1");
    await written("old-2");
    await written("old-3");
    const own = {
      userId: "u1",
      data: { n: 2 },
      createdAt: new Date(),
      expiresAt: new Date(expiresAt),
      absoluteExpiresAt: null,
    };
    await store.create("own", own);
    const handles = async (): Promise<string[]> => (await store.list("u1")).map(({ handle }) => handle).sort();
    equal(await handles(), ["old-1", "old-2", "old-3", "own"], "list");
    equal(await store.count("u1"), 4, "count");
    ok((await store.touch("old-1", expiresAt + 1000)) !== null, "touch");
    ok((await store.delete("old-2")) !== null, "delete");
    ok((await store.revoke("u1", "old-3")) !== null, "revoke");
    equal(await handles(), ["old-1", "own"], "list");
    ok((await raw.ttl(`${legacyIndexPrefix}u1`)) > 0, "the legacy set no longer lives for ever");
    equal(await store.deleteAll("u1", { except: "own" }), 1, "sign out the others");
    equal(await handles(), ["own"], "list");
    await written("old-4");
    equal(await store.deleteAll("u1"), 2, "sign out everywhere");
    equal([await store.get("own"), await store.get("old-4")], [null, null], "get");
    equal(await raw.keys(sessionPrefix), [], "records");
  });
}

/** The target's client, with something done before one of its commands. */
function interposed({ wrapped }: TestContext, at: number, action: () => Promise<void>): StoreClient {
  let left = at;
  const step = async <Reply>(send: () => Promise<Reply>): Promise<Reply> => {
    if (left-- === 0) await action();
    return await send();
  };
  return wrapped((driver) => ({
    ...driver,
    coalesceReads: false,
    get: (key) => step(() => driver.get(key)),
    run: (script, keys, args) => step(() => driver.run(script, keys, args)),
  }));
}
