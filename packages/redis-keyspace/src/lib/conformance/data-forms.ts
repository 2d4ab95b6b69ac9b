import type { StandardSchema } from "../records/schema.js";
import { createSessionStore } from "../session-store.js";
import type { SessionStore } from "../sessions.js";
import { equal, ok, rejects } from "./assert.js";
import type { KitTest, TestContext } from "./kit.js";

interface Stored {
  readonly since: string;
  readonly visits: number;
}

interface Parsed {
  readonly since: Date;
  readonly visits: number;
}

const first = "2026-01-02T03:04:05.000Z";

/** D1 and D2: data is JSON, and a schema makes of it what callers get, once in each direction. */
export function dataForms(test: KitTest): void {
  test("create answers what get will answer", async ({ store }) => {
    const sessions = store();
    const given: object = { n: 1, text: new Date(first), left: undefined, map: new Map([[1, 2]]) };
    const session = await sessions.create({ userId: "u1", data: given as { n: number } });
    equal(session.data, { n: 1, text: first, map: {} }, "what is JSON of it");
    equal(await sessions.get(session.id), session, "get");
    const updated = await sessions.update(session, ({ data }) => ({ data: { ...data, n: new Date(first) as never } }));
    equal(await sessions.get(session.id), updated, "update");
    await throwsWithout("secret", () => sessions.create({ userId: "u1", data: { n: 1n as never, text: "secret" } }));
  });

  test("a schema makes a Date of a string, and what was read can be changed and given back", async (context) => {
    const seen: unknown[] = [];
    const sessions = datedStore(context, seen);
    const session = await sessions.create({ userId: "u1", data: { since: first, visits: 1 } });
    equal(session.data, { since: new Date(first), visits: 1 }, "create");
    equal(await sessions.get(session.id), session, "get");
    seen.length = 0;
    const changed = await sessions.update(session, ({ data }) => ({ data: { ...data, visits: data.visits + 1 } }));
    equal(changed?.data, { since: new Date(first), visits: 2 }, "update");
    equal(seen.length, 2, "the schema is run once in each direction");
    equal(await sessions.get(session.id), changed, "get what was updated");
    const owned = await sessions.update(session.id, () => ({ userId: "u2" }));
    equal([owned?.userId, owned?.data], ["u2", changed?.data], "an update of the owner alone");
    equal((await sessions.list("u2"))[0]?.session.data, changed?.data, "list");
    const rotated = await sessions.rotate(session.id);
    equal(rotated?.data, changed?.data, "rotate");
    equal(await sessions.update(rotated?.id ?? "", () => undefined), rotated, "an update of nothing");
    equal((await sessions.delete(rotated?.id ?? ""))?.data, changed?.data, "delete");
  });

  test("data whose JSON a schema does not take is refused before anything is stored", async (context) => {
    const sessions = datedStore(context, []);
    const { id } = await sessions.create({ userId: "u1", data: { since: first, visits: 1 } });
    const before = await context.raw.get(context.sessionPrefix + id);
    const unreadable = new Date(Number.NaN);
    await rejects(
      sessions.update(id, ({ data }) => ({ data: { ...data, since: unreadable } })),
      "ERR_SESSION_INVALID",
      "an update whose JSON has null for a date",
    );
    equal(await context.raw.get(context.sessionPrefix + id), before, "the record is as it was");
    equal(await context.raw.keys(context.sessionPrefix), [context.sessionPrefix + id], "no other record");
  });
}

/** Notes what the schema is given, and refuses whatever is not as it stands in Redis. */
function datedStore(
  { client, sessionPrefix, userSessionsPrefix }: TestContext,
  seen: unknown[],
): SessionStore<Parsed, Stored> {
  const schema: StandardSchema<Stored, Parsed> = {
    "~standard": {
      version: 1,
      vendor: "kit",
      validate(value) {
        seen.push(value);
        const { since, visits } = value as Stored;
        return typeof since === "string"
          ? { value: { since: new Date(since), visits } }
          : { issues: [{ message: "not a string" }] };
      },
    },
  };
  return createSessionStore(client, { sessionPrefix, userSessionsPrefix, schema, hashIds: false });
}

async function throwsWithout(secret: string, work: () => Promise<unknown>): Promise<void> {
  const error = await work().catch((thrown: unknown) => thrown);
  ok(error instanceof TypeError && !error.message.includes(secret), "a TypeError without data");
}
