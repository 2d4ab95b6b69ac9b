import { equal, eventually, ok, rejects, withClock } from "./assert.js";
import type { KitTest, TestContext } from "./kit.js";

const ghosts = {
  "whose key is gone": async ({ raw, sessionPrefix }: TestContext, id: string) => {
    await raw.set(sessionPrefix + id, "", 1);
  },
  "that a schema refuses": async ({ raw, sessionPrefix }: TestContext, id: string) => {
    const value = (await raw.get(sessionPrefix + id)) ?? "";
    await raw.set(sessionPrefix + id, value.replace('"n":', '"refused":'), 60_000);
  },
  "that is sealed": async ({ raw, sessionPrefix }: TestContext, id: string) => {
    const value = (await raw.get(sessionPrefix + id)) ?? "";
    await raw.set(sessionPrefix + id, value.replace(/"createdAt".*/, '"sealed":"x"}'), 60_000);
  },
};

/** K20: a session ends only for another that is stored and live. */
export function fairLimit(test: KitTest): void {
  for (const [name, haunt] of Object.entries(ghosts)) {
    test(`an entry ${name} takes nobody's place, and costs nobody a session`, async (context) => {
      const limited = { maxSessionsPerUser: 2, codec: undefined, ...withSchema(name) };
      const refusing = context.store({ ...limited, whenFull: "reject" });
      const evicting = context.store({ ...limited, idleTimeoutSeconds: 2_000_000 });
      const [ghost, kept] = [
        await refusing.create({ userId: "u1", data: { n: 1 } }),
        await refusing.create({ userId: "u1", data: { n: 2 } }),
      ];
      await rejects(refusing.create({ userId: "u1", data: { n: 3 } }), "ERR_SESSION_LIMIT", "a third");
      await haunt(context, ghost.id);
      const key = context.sessionPrefix + ghost.id;
      if (name.endsWith("gone")) await eventually(async () => (await context.raw.get(key)) === null, "the key is gone");
      equal([await evicting.count("u1"), (await evicting.list("u1")).length], [1, 1], "count and list agree");
      const second = await evicting.create({ userId: "u1", data: { n: 4 } });
      await rejects(refusing.create({ userId: "u1", data: { n: 5 } }), "ERR_SESSION_LIMIT", "one more");
      ok((await evicting.get(kept.id)) !== null, "the session beside it");
      const third = await evicting.create({ userId: "u1", data: { n: 6 } });
      const left = (await evicting.list("u1")).map(({ handle }) => handle).sort();
      equal(left, [second.id, third.id].sort(), "the two that end last");
    });
  }

  test("sessions of another form of ids take nobody's place, and stay", async ({ store }) => {
    const before = [];
    for (const n of [1, 2]) before.push(await store().create({ userId: "u1", data: { n } }));
    const hashed = store({ hashIds: true, maxSessionsPerUser: 1, whenFull: "reject" });
    equal(await hashed.count("u1"), 0, "count");
    const { id } = await hashed.create({ userId: "u1", data: { n: 3 } });
    await rejects(hashed.create({ userId: "u1", data: { n: 4 } }), "ERR_SESSION_LIMIT", "a second session");
    equal([await hashed.count("u1"), (await hashed.list("u1")).length], [1, 1], "count and list");
    const plain = store({ maxSessionsPerUser: 2 });
    equal(await plain.count("u1"), 2, "the sessions of before");
    await plain.create({ userId: "u1", data: { n: 5 } });
    const left = await Promise.all(before.map((session) => plain.get(session.id)));
    equal(
      [left.filter((session) => session !== null).length, (await hashed.get(id))?.data],
      [1, { n: 3 }],
      "what is left",
    );
  });

  test("a session that could not be stored costs nobody one", async (context) => {
    const kept = await context.store().create({ userId: "u1", data: { n: 1 } });
    const failing = context.wrapped((driver) => ({
      ...driver,
      run: (script, keys, args) => {
        if (keys[0]?.startsWith(context.sessionPrefix) || keys.length > 1) {
          return Promise.reject(new Error("OOM command not allowed when used memory > 'maxmemory'."));
        }
        return driver.run(script, keys, args);
      },
    }));
    for (const whenFull of ["evict-oldest", "reject"] as const) {
      const sessions = context.store({ maxSessionsPerUser: 1, whenFull }, failing);
      for (let n = 0; n < 3; n++) await sessions.create({ userId: "u1", data: { n } }).catch(() => {});
      ok((await sessions.get(kept.id)) !== null, "the session that was there");
    }
    const free = context.store({ maxSessionsPerUser: 2, whenFull: "reject" });
    await free.create({ userId: "u1", data: { n: 2 } });
    equal(await free.count("u1"), 2, "no place is lost");
  });

  test("a sign-in that comes too late ends nobody's session", async (context) => {
    const kept = await context.store().create({ userId: "u1", data: { n: 1 } });
    const late: (() => Promise<unknown>)[] = [];
    const hanging = context.wrapped((driver) => ({
      ...driver,
      run: (script, keys, args) =>
        new Promise((resolve, reject) => {
          late.push(() => driver.run(script, keys, args).then(resolve, reject));
        }),
    }));
    const sessions = context.store({ maxSessionsPerUser: 1, commandTimeoutMs: 20 }, hanging);
    await rejects(sessions.create({ userId: "u1", data: { n: 2 } }), "ERR_REDIS_TIMEOUT", "a hanging Redis");
    const limit = Date.now() + 5;
    await eventually(async () => Date.now() > limit, "it is late");
    while (late.length > 0)
      await late
        .shift()?.()
        .catch(() => {});
    ok((await context.store().get(kept.id)) !== null, "the session that was there");
    await context.store().deleteAll("u1");
  });

  test("a wrong clock does not make a sign-in late", async ({ store }) => {
    const sessions = store({ maxSessionsPerUser: 1 });
    const first = await sessions.create({ userId: "u1", data: { n: 1 } });
    await withClock(-60_000, async () => {
      const second = await sessions.create({ userId: "u1", data: { n: 2 } });
      equal([await sessions.get(first.id), (await sessions.get(second.id))?.data], [null, { n: 2 }], "the newer one");
    });
  });
}

/** Where only a schema can tell, there is one. */
function withSchema(name: string) {
  if (!name.includes("schema")) return {};
  const validate = (value: unknown) =>
    typeof (value as { n?: unknown })?.n === "number"
      ? { value: value as { n: number } }
      : { issues: [{ message: "no number", path: ["n"] }] };
  return { schema: { "~standard": { version: 1 as const, vendor: "kit", validate } } };
}
