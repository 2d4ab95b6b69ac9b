import type { SessionStore } from "../sessions.js";
import { equal, ok, unlessRefused } from "./assert.js";
import { dying } from "./faults.js";
import type { KitTest, TestContext } from "./kit.js";
import type { KitData } from "./target.js";

interface Attempt {
  readonly userId: string;
  /** The user's three sessions. */
  readonly ids: readonly string[];
  /** The first of them. */
  readonly id: string;
  readonly newId: string;
  /** Another user. */
  readonly other: string;
}

type Operation = (sessions: SessionStore<KitData>, attempt: Attempt) => Promise<unknown>;

const operations: Readonly<Record<string, Operation>> = {
  create: (sessions, { userId, newId }) => sessions.create({ id: newId, userId, data: { n: 9 } }),
  "create in a full user": (sessions, { userId, newId }) => sessions.create({ id: newId, userId, data: { n: 9 } }),
  update: (sessions, { id }) => sessions.update(id, () => ({ data: { n: 9 } })),
  "change of owner": (sessions, { id, other }) => sessions.update(id, () => ({ userId: other })),
  "change of owner to a full user": (sessions, { userId, newId }) => sessions.update(newId, () => ({ userId })),
  touch: (sessions, { id }) => sessions.touch(id),
  rotate: (sessions, { id, newId }) => sessions.rotate(id, { id: newId }),
  "rotate with grace": (sessions, { id, newId }) => sessions.rotate(id, { id: newId, graceSeconds: 30 }),
  delete: (sessions, { id }) => sessions.delete(id),
  revoke: (sessions, { userId, id }) => sessions.revoke(userId, id),
  deleteAll: (sessions, { userId }) => sessions.deleteAll(userId),
  "deleteAll but one": (sessions, { userId, id }) => sessions.deleteAll(userId, { except: id }),
};

/** K6: whoever dies between two commands leaves nothing that the next one does not put right. */
export function crash(test: KitTest): void {
  for (const [name, operation] of Object.entries(operations)) {
    test(`a crash after any command of ${name}`, async (context) => {
      for (let survived = 0; ; survived++) {
        const finished = await dieAfter(context, name, operation, survived);
        ok(survived < 30, "an operation ends");
        if (finished) return;
      }
    });
  }

  const others = {
    touch: (sessions: SessionStore<KitData>, id: string) => sessions.touch(id),
    update: (sessions: SessionStore<KitData>, id: string) => sessions.update(id, () => ({ data: { n: 9 } })),
    rotate: (sessions: SessionStore<KitData>, id: string) =>
      unlessRefused(sessions.rotate(id), "ERR_SESSION_REVOKED").then((rotated) => rotated ?? null),
  };
  for (const [name, other] of Object.entries(others)) {
    test(`a ${name} after a sign-out everywhere that died finishes it`, async (context) => {
      const healthy = context.store();
      const session = await healthy.create({ userId: "u1", data: { n: 1 } });
      await context
        .store({}, dying(context.wrapped, 1))
        .deleteAll("u1")
        .catch(() => 0);
      equal(await other(healthy, session.id), null, name);
      equal(await healthy.get(session.id), null, "get");
    });
  }

  test("a sign-out everywhere that died is not forgotten when one of its sessions is met", async (context) => {
    const { raw, userSessionsPrefix, store } = context;
    const healthy = store();
    const [met, other] = await Promise.all([1, 2].map((n) => healthy.create({ userId: "u1", data: { n } })));
    const died = store({}, dying(context.wrapped, 1)).deleteAll("u1");
    await died.catch(() => 0);
    equal(await healthy.touch(met?.id ?? ""), null, "touch");
    const left = await raw.scores(`${userSessionsPrefix}u1`);
    if (left.length > 0) {
      ok((await raw.ttl(`${userSessionsPrefix}u1`)) > 60_000, "the index waits for who finishes it");
      ok(
        left.some(([member]) => member === other?.id),
        "the other session is still condemned",
      );
    }
    equal(await healthy.list("u1"), [], "list finishes it");
    equal(await healthy.get(other?.id ?? ""), null, "the other session");
  });

  test("a create that dies while a sign-out everywhere overtakes it leaves nothing to sign in with", async (context) => {
    for (let commands = 1; commands <= 4; commands++) {
      const healthy = context.store();
      const id = `overtaken-${commands}`;
      const overtaken = dying(context.wrapped, commands, (left) =>
        left === 0 ? healthy.deleteAll("u1") : Promise.resolve(0),
      );
      await context
        .store({}, overtaken)
        .create({ id, userId: "u1", data: { n: 1 } })
        .catch(() => null);
      await context.checkInvariants();
      const listed = (await healthy.list("u1")).map(({ handle }) => handle);
      equal(listed.includes(id), (await healthy.get(id)) !== null, `listed after ${commands} commands`);
      await healthy.deleteAll("u1");
      equal(await healthy.get(id), null, "after another sign-out everywhere");
    }
  });
}

/** Whether the operation was over before it could die. */
async function dieAfter(context: TestContext, name: string, operation: Operation, commands: number): Promise<boolean> {
  const healthy = context.store();
  const userId = `user-${commands}`;
  const sessions = await Promise.all([1, 2, 3].map((n) => healthy.create({ userId, data: { n } })));
  const ids = sessions.map(({ id }) => id);
  const attempt: Attempt = { userId, ids, id: ids[0] as string, newId: `new-${commands}`, other: `other-${commands}` };
  const cap = name.endsWith("full user") ? { maxSessionsPerUser: 2 } : {};
  if (name.startsWith("change of owner to")) {
    await healthy.create({ id: attempt.newId, userId: attempt.other, data: { n: 1 } });
  }
  let finished = true;
  try {
    await operation(context.store(cap, dying(context.wrapped, commands)), attempt);
  } catch {
    finished = false;
  }

  await context.checkInvariants();
  const listed = new Set((await healthy.list(userId)).map(({ handle }) => handle));
  // A sign-out everywhere that has said anything to Redis is finished by whoever comes next.
  if (name === "deleteAll" && (finished || commands > 0)) {
    for (const id of ids) equal(await healthy.get(id), null, `a session after ${commands} commands of deleteAll`);
  }
  for (const id of [...ids, attempt.newId]) {
    const live = await healthy.get(id);
    // A former id can be read until its grace ends, and is no session by itself.
    if ((await context.raw.get(context.sessionPrefix + id))?.includes('"successor"')) continue;
    equal(listed.has(id), live !== null && live.userId === userId, `listed after ${commands} commands`);
  }
  await healthy.deleteAll(userId);
  await healthy.deleteAll(attempt.other);
  for (const id of [...ids, attempt.newId]) equal(await healthy.get(id), null, "after a sign-out everywhere");
  return finished;
}
