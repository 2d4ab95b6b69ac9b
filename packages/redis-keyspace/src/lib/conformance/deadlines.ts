import { MAX_LIFETIME_MS } from "../records/expiry.js";
import type { SessionRecord } from "../records/session-model.js";
import { equal, eventually, ok } from "./assert.js";
import type { KitTest } from "./kit.js";

const record = (expiresAt: Date, userId: string | null = "u1"): SessionRecord<unknown> => ({
  userId,
  data: { n: 1 },
  createdAt: new Date(),
  expiresAt,
  absoluteExpiresAt: null,
});

/** K3: an elapsed deadline means gone; none makes an error or an immortal key. */
export function deadlines(test: KitTest): void {
  const elapsed = { past: -1000, "the epoch": 0, negative: Number.NEGATIVE_INFINITY, NaN: Number.NaN } as const;

  for (const [name, offset] of Object.entries(elapsed)) {
    test(`a session whose end is ${name} is gone`, async ({ records, raw, sessionPrefix, userSessionsPrefix }) => {
      const store = records();
      const at = new Date(name === "past" ? Date.now() + offset : offset);
      await store.create("created", record(at));
      equal(await store.get("created"), null, "get");
      await store.create("touched", record(new Date(Date.now() + 60_000)));
      equal(await store.touch("touched", at), null, "touch");
      await store.create("updated", record(new Date(Date.now() + 60_000)));
      equal(await store.update("updated", (found) => ({ ...found, expiresAt: at })), null, "update");
      equal([await store.get("touched"), await store.get("updated")], [null, null], "get");
      equal(await raw.keys(sessionPrefix), [], "records");
      equal(await raw.keys(userSessionsPrefix), [], "indexes");
    });
  }

  for (const [name, at] of [
    ["Infinity", Number.POSITIVE_INFINITY],
    ["the year 200,000", 6.2e15],
  ] as const) {
    test(`a session whose end is ${name} ends in ten years`, async ({ records, raw, sessionPrefix }) => {
      const store = records();
      const end =
        name === "Infinity"
          ? { ...record(new Date()), expiresAt: { getTime: () => at } as Date }
          : record(new Date(at));
      await store.create("created", end);
      const ttl = await raw.ttl(`${sessionPrefix}created`);
      ok(ttl > MAX_LIFETIME_MS - 60_000 && ttl <= MAX_LIFETIME_MS, "a TTL of ten years");
      ok((await store.touch("created", at)) !== null, "touch");
      ok((await store.get("created")) !== null, "get");
    });
  }

  test("a session ends at its deadline, and so does its entry", async ({
    records,
    raw,
    sessionPrefix,
    userSessionsPrefix,
  }) => {
    const store = records();
    await store.create("short", record(new Date(Date.now() + 250)));
    const index = await raw.ttl(`${userSessionsPrefix}u1`);
    ok(index > 0 && index <= 250, "the index has the deadline of its last entry");
    await eventually(async () => (await store.get("short")) === null, "the session ends");
    equal(await store.list("u1"), [], "list");
    await eventually(async () => (await raw.keys(userSessionsPrefix)).length === 0, "the index ends");
    await eventually(async () => (await raw.keys(sessionPrefix)).length === 0, "the record ends");
  });

  test("the deadline in a record counts, also where the key has no TTL", async (context) => {
    const { raw, sessionPrefix } = context;
    const store = () => context.store({ codec: undefined });
    const old = { expiresAt: Date.now() - 1, endsAt: null, userId: "u1", createdAt: 1, data: { n: 1 } };
    await raw.set(`${sessionPrefix}old`, JSON.stringify(old), 60_000);
    equal(await store().get("old"), null, "an elapsed record");
    await raw.set(`${sessionPrefix}old`, JSON.stringify(old));
    equal(await store().touch("old"), null, "touch does not revive it");
    equal(await store().rotate("old"), null, "nor does rotate");
    await raw.set(`${sessionPrefix}old`, "", 1);
    await raw.set(`${sessionPrefix}moved`, JSON.stringify({ ...old, expiresAt: Date.now() + 60_000 }));
    const moved = await store().rotate("moved");
    equal((await store().get(moved?.id ?? ""))?.data, { n: 1 }, "a live record without a TTL can be rotated");
    ok((await raw.ttl(sessionPrefix + moved?.id)) > 0, "and gets a TTL");
    await store().delete(moved?.id ?? "");
    await raw.set(`${sessionPrefix}live`, JSON.stringify({ ...old, expiresAt: Date.now() + 60_000 }));
    equal((await store().get("live"))?.data, { n: 1 }, "a live record without a TTL");
    ok((await store().touch("live")) !== null, "touch");
    ok((await raw.ttl(`${sessionPrefix}live`)) > 0, "touch gives it a TTL");
    equal(await store().count("u1"), 1, "and an entry");
  });

  test("idle and absolute timeouts", async ({ store, raw, sessionPrefix }) => {
    const sessions = store({ idleTimeoutSeconds: 100, absoluteTimeoutSeconds: 150, touchAfterSeconds: 0 });
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    const within = (at: Date | null, seconds: number): boolean =>
      at !== null && Math.abs(at.getTime() - Date.now() - seconds * 1000) < 5000;
    ok(within(session.expiresAt, 100) && within(session.absoluteExpiresAt, 150), "create");
    const longer = store({ idleTimeoutSeconds: 1000 });
    ok(within(await longer.touch(session.id), 150), "touch stops at the absolute timeout");
    ok(within((await sessions.get(session.id))?.expiresAt ?? null, 150), "and it is stored");
    ok((await raw.ttl(sessionPrefix + session.id)) <= 150_000, "and Redis knows");
    ok(within(await sessions.touch(session.id), 100), "touch can shorten as well");
  });

  test("with a shorter idle timeout, both forms of touch shorten a session", async ({ store }) => {
    const session = await store({ idleTimeoutSeconds: 1_209_600 }).create({ userId: "u1", data: { n: 1 } });
    const shorter = store({ idleTimeoutSeconds: 900 });
    for (const target of [session, session.id]) {
      const end = await shorter.touch(target);
      ok(end !== null && Math.abs(end.getTime() - Date.now() - 900_000) < 5000, "a quarter of an hour");
    }
  });

  test("a list is in order of use, also where the absolute timeout ends the sessions", async ({ store }) => {
    const sessions = store({ idleTimeoutSeconds: 1000, absoluteTimeoutSeconds: 100, touchAfterSeconds: 0 });
    const made = [];
    for (const n of [1, 2, 3]) made.push(await sessions.create({ userId: "u1", data: { n } }));
    const [first, second, third] = made;
    ok(first !== undefined && second !== undefined && third !== undefined, "three sessions");
    const later = Date.now() + 2;
    await eventually(async () => Date.now() > later, "a moment later");
    const end = await sessions.touch(first);
    equal(end?.getTime(), first.absoluteExpiresAt?.getTime(), "it ends at its absolute end");
    await sessions.update(second.id, () => ({ data: { n: 4 } }));
    const listed = await sessions.list("u1");
    equal(listed[0]?.handle, first.id, "the one that was touched comes first");
    ok(
      listed.every(({ session }) => session.expiresAt <= (session.absoluteExpiresAt ?? 0)),
      "no end is later",
    );
    const read = await sessions.get(first.id);
    equal(
      (await sessions.update(read ?? "", ({ data }) => ({ data })))?.expiresAt,
      read?.expiresAt,
      "update with a session",
    );
    equal((await sessions.list("u1"))[0]?.handle, first.id, "is no use by itself");
  });

  test("a session with an idle timeout of its own keeps it: touched, changed and under a new id", async ({ store }) => {
    const sessions = store({ idleTimeoutSeconds: 100, touchAfterSeconds: 0 });
    const long = await sessions.create({ userId: "u1", data: { n: 1 }, idleTimeoutSeconds: 1000 });
    const short = await sessions.create({ userId: "u1", data: { n: 2 }, idleTimeoutSeconds: 10 });
    const common = await sessions.create({ userId: "u1", data: { n: 3 } });
    for (const [{ id }, seconds] of [[long, 1000] as const, [short, 10] as const, [common, 100] as const]) {
      const inTime = (end: Date | undefined | null, what: string): void =>
        ok(Math.abs((end?.getTime() ?? 0) - Date.now() - seconds * 1000) < 4000, `${what}: ${seconds} s`);
      const read = await sessions.get(id);
      inTime(read?.expiresAt, "create");
      inTime(await sessions.touch(read ?? ""), "touch");
      const changed = await sessions.update(read ?? "", ({ data }) => ({ data }));
      const rotated = await sessions.rotate(changed ?? "");
      inTime(await sessions.touch(rotated ?? ""), "touch of what was changed and rotated");
    }
    // Not in the order of their ends.
    await eventually(async () => {
      const listed = await sessions.list("u1");
      const [last] = listed.filter(({ session }) => session.data.n === 2);
      if (listed[0] === last) return true;
      const found = await sessions.get(last?.handle ?? "");
      await sessions.touch(found ?? "");
      return false;
    }, "the most recently used is listed first");
  });

  test("touch with a session writes once in a while", async ({ wrapped, store }) => {
    let commands = 0;
    const client = wrapped((driver) => ({
      ...driver,
      run: (...call) => {
        commands++;
        return driver.run(...call);
      },
    }));
    const sessions = store({ idleTimeoutSeconds: 100, touchAfterSeconds: 10 }, client);
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    commands = 0;
    equal(await sessions.touch(session), session.expiresAt, "a fresh session");
    equal(commands, 0, "commands");
    const older = { ...session, expiresAt: new Date(session.expiresAt.getTime() - 11_000) };
    ok(((await sessions.touch(older)) as Date).getTime() > older.expiresAt.getTime(), "an older one");
    ok(commands > 0, "it is written");
  });
}
