import { toHashedId } from "../keyspace.js";
import type { ValueCodec } from "../records/codec.js";
import type { Driver } from "../redis/driver.js";
import { KeyspaceError } from "../redis/errors.js";
import { equal, eventually, ok, rejects } from "./assert.js";
import type { KitTest } from "./kit.js";

/** Not a cipher: it shows what a codec is given, and what the store does with what it answers. */
const mark: ValueCodec = {
  seal: (text, { userId, storedId }) => `${userId ?? ""}|${storedId}|${[...text].reverse().join("")}`,
  async open(sealed, { userId, storedId }) {
    const bound = `${userId ?? ""}|${storedId}|`;
    return sealed.startsWith(bound) ? [...sealed.slice(bound.length)].reverse().join("") : null;
  },
};

/** K10: ids stay out of keys unless a layout asks for them, and out of errors always. */
export function secrets(test: KitTest): void {
  test("with hashIds no key, entry or handle is an id", async ({ store, raw, sessionPrefix, userSessionsPrefix }) => {
    const sessions = store({ hashIds: true, maxSessionsPerUser: 2 });
    const first = await sessions.create({ userId: "u1", data: { n: 1 } });
    const second = await sessions.create({ userId: "u1", data: { n: 2 } });
    equal((await sessions.get(first.id))?.data, { n: 1 }, "get");
    const key = `${sessionPrefix}${await toHashedId(first.id)}`;
    equal(await raw.keys(key), [key], "key");
    const visible = JSON.stringify([
      await raw.keys(sessionPrefix),
      await raw.scores(`${userSessionsPrefix}u1`),
      await raw.get(key),
      await sessions.list("u1"),
    ]);
    ok(!visible.includes(first.id) && !visible.includes(second.id), "no id is visible");
    ok((await sessions.touch(first.id)) !== null, "touch");
    const rotated = await sessions.rotate(first.id);
    ok(rotated !== null && (await sessions.get(rotated.id)) !== null, "rotate");
    equal(await sessions.deleteAll("u1", { except: second.id }), 1, "sign out the others");
    ok((await sessions.delete(second.id)) !== null, "delete");
  });

  test("a handle never signs in, also where hashIds is turned off again", async ({ store }) => {
    const hashing = store({ hashIds: true });
    const session = await hashing.create({ userId: "u1", data: { n: 1 } });
    const [listed] = await hashing.list("u1");
    const handle = listed?.handle ?? "";
    for (const sessions of [hashing, store()]) {
      equal(await sessions.get(handle), null, "get");
      equal(await sessions.update(handle, () => ({ data: { n: 2 } })), null, "update");
      equal([await sessions.touch(handle), await sessions.delete(handle)], [null, null], "touch and delete");
      equal(await sessions.rotate(handle), null, "rotate");
      for (const work of [
        () => sessions.create({ id: handle, userId: "u2", data: { n: 3 } }),
        () => sessions.rotate(session.id, { id: handle }),
      ]) {
        const refused = await work().catch((error: unknown) => error);
        ok(refused instanceof TypeError && !refused.message.includes(handle), "as a new id it is refused");
      }
    }
    equal(await store().revoke("u1", handle), false, "without the option it is nobody's handle");
    equal(await hashing.get(session.id), session, "the session is as it was");
    equal(await hashing.revoke("u1", handle), true, "with the option it revokes");
  });

  test("a codec seals values and binds them to their owner", async ({ store, raw, sessionPrefix }) => {
    const sessions = store({ codec: mark, idleTimeoutSeconds: 100, touchAfterSeconds: 0 });
    const session = await sessions.create({ userId: "u1", data: { n: 1, text: "secret" } });
    const key = sessionPrefix + session.id;
    const value = (await raw.get(key)) as string;
    ok(!value.includes("secret"), "the data is not readable");
    equal(await sessions.get(session.id), session, "get");
    const touched = await store({ codec: mark, idleTimeoutSeconds: 200 }).touch(session.id);
    equal((await sessions.get(session.id))?.expiresAt, touched, "touch without opening");
    const updated = await sessions.update(session, ({ data }) => ({ data: { ...data, n: 2 } }));
    equal(updated?.data, { n: 2, text: "secret" }, "update");
    equal(
      (await sessions.list("u1")).map(({ session }) => session.data.n),
      [2],
      "list",
    );
    const rotated = await sessions.rotate(session.id, { graceSeconds: 30 });
    equal(rotated?.data, updated?.data, "rotate");
    const moved = await sessions.update(rotated?.id ?? "", () => ({ userId: "u2" }));
    equal((await sessions.get(rotated?.id ?? ""))?.userId, moved?.userId, "a change of owner");

    const closed = await sessions.create({ userId: "u3", data: { n: 1 } });
    await sessions.rotate(closed.id, { graceSeconds: 30 });
    await sessions.update(closed.id, () => ({ data: { n: 2 } }));
    const kept = await sessions.touch(closed.id);
    ok(kept !== null && kept.getTime() <= Date.now() + 30_000, "an update does not prolong an id in its grace");

    const forged = value.replace('"userId":"u1"', '"userId":"u9"');
    await raw.set(`${sessionPrefix}forged`, forged, 60_000);
    equal(await sessions.get("forged"), null, "another owner on the outside");
    await raw.set(`${sessionPrefix}plain`, JSON.stringify({ ...session, sealed: 1 }), 60_000);
    equal(await sessions.get("plain"), null, "an unsealed value");
    await raw.set(`${sessionPrefix}forged`, "", 1);
    await raw.set(`${sessionPrefix}plain`, "", 1);
  });

  test("sealed sessions count under a cap, and are listed in order of use", async ({ store }) => {
    const sealed = { codec: mark, idleTimeoutSeconds: 1000, absoluteTimeoutSeconds: 100, touchAfterSeconds: 0 };
    const refusing = store({ ...sealed, maxSessionsPerUser: 2, whenFull: "reject" });
    const [first, second] = [1, 2].map((n) => refusing.create({ userId: "u1", data: { n } }));
    const ids = [(await first)?.id ?? "", (await second)?.id ?? ""];
    await rejects(refusing.create({ userId: "u1", data: { n: 3 } }), "ERR_SESSION_LIMIT", "a third");
    equal(await refusing.count("u1"), 2, "count");
    for (const id of [...ids, ...ids].slice(1)) {
      const later = Date.now() + 2;
      await eventually(async () => Date.now() > later, "a moment later");
      await refusing.touch(id);
      const [latest] = await refusing.list("u1");
      equal(latest?.handle, id, "the one that was touched comes first");
      ok(latest !== undefined && latest.session.expiresAt <= (latest.session.absoluteExpiresAt ?? 0), "its end");
    }
    const evicting = store({ ...sealed, maxSessionsPerUser: 2 });
    const { id } = await evicting.create({ userId: "u1", data: { n: 4 } });
    equal([await evicting.count("u1"), (await evicting.get(id)) !== null], [2, true], "one ended for another");
  });

  test("a sealed value is bound to its key and to its absolute end", async ({ store, raw, sessionPrefix }) => {
    for (const hashIds of [false, true]) {
      const sessions = store({ codec: mark, hashIds, absoluteTimeoutSeconds: 1000 });
      const session = await sessions.create({ userId: "u1", data: { n: 1 } });
      const [item] = await sessions.list("u1");
      const value = (await raw.get(sessionPrefix + item?.handle)) as string;
      await raw.set(`${sessionPrefix}${hashIds ? await toHashedId("copy") : "copy"}`, value, 60_000);
      equal(await sessions.get("copy"), null, "under another key");

      const later = session.expiresAt.getTime() + 3_600_000;
      for (const end of [String(later), "null"]) {
        const forged = value.replace(/^\{"expiresAt":\d+,"endsAt":\d+/, `{"expiresAt":${later},"endsAt":${end}`);
        await raw.set(sessionPrefix + item?.handle, forged, 60_000);
        equal(await sessions.get(session.id), session, "its end is the one that was sealed");
      }
      const rotated = await sessions.rotate(session.id, { graceSeconds: 30 });
      equal(await sessions.get(rotated?.id ?? ""), rotated, "rotate seals it for its new key");
      equal(rotated?.absoluteExpiresAt, session.absoluteExpiresAt, "with the same end");
      ok((await sessions.get(session.id)) !== null, "the former id can be read in its grace");
      await sessions.update(rotated?.id ?? "", () => ({ data: { n: 2 } }));
      const again = await sessions.rotate(rotated?.id ?? "");
      equal([again?.data, await sessions.get(rotated?.id ?? "")], [{ n: 2 }, null], "and again");
      await sessions.deleteAll("u1");
      await raw.set(`${sessionPrefix}${hashIds ? await toHashedId("copy") : "copy"}`, "", 1);
    }
  });

  test("an error holds no id, key or value", async ({ wrapped, store }) => {
    const id = "a-very-secret-session-id";
    const seen: unknown[] = [];
    // A client that puts the whole command into its errors, as some do.
    const failing = (prefix: string): ReturnType<typeof store> => {
      const fail = async (...command: unknown[]): Promise<never> => {
        throw Object.assign(new Error(`${prefix} ${JSON.stringify(command)}`), { command: { args: command } });
      };
      const failed = (driver: Driver): Driver => ({
        ...driver,
        get: (key) => fail(key),
        getMany: (keys) => fail(...keys),
        run: (_, keys, args) => fail(...keys, ...args),
        membersWithValues: (key, pattern) => fail(key, pattern),
      });
      return store({}, wrapped(failed));
    };
    for (const prefix of ["ERR command was:", "ECONNREFUSED", "WRONGTYPE"]) {
      const sessions = failing(prefix);
      const calls = [
        sessions.get(id),
        sessions.create({ id, userId: id, data: { n: 1, text: id } }),
        sessions.update(id, () => ({ data: { n: 2, text: id } })),
        sessions.delete(id),
        sessions.deleteAll(id, { except: id }),
        sessions.list(id),
      ];
      for (const outcome of await Promise.allSettled(calls)) {
        ok(outcome.status === "rejected" && outcome.reason instanceof KeyspaceError, "a KeyspaceError");
        seen.push(everything(outcome.reason));
      }
    }
    ok(!JSON.stringify(seen).includes(id), "the id is nowhere in them");
  });
}

/** All that a logger could print of an error. */
function everything(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const own = Object.getOwnPropertyNames(error).map((name) => [name, Reflect.get(error, name)] as const);
  return own.map(([name, value]) => [name, value instanceof Error ? everything(value) : value]);
}
