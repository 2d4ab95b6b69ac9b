import { createRecordStore } from "../create-record-store.js";
import type { StoreClient } from "../executions/choose.js";
import type { RecordStore } from "../record-store.js";
import type { SessionRecord } from "../records/session-model.js";
import type { CommonOptions } from "../store-options.js";
import { equal, ok } from "./assert.js";
import { repeating } from "./faults.js";
import type { KitTest, TestContext } from "./kit.js";
import { type Bare, bareModel } from "./ttl-only.js";

interface Stores {
  readonly records: RecordStore<SessionRecord<unknown>>;
  /** Whose records end with their keys. */
  readonly bare: RecordStore<Bare>;
}

/** What an operation is about: three sessions of one user and two of another. */
interface Cast {
  readonly user: string;
  readonly other: string;
  id(name: string): string;
}

interface Operation {
  readonly run: (stores: Stores, cast: Cast) => Promise<unknown>;
  readonly options?: CommonOptions;
}

const lifetime = 600_000;
const inMs = (ms: number): Date => new Date(Date.now() + ms);

const record = (userId: string | null, n: number): SessionRecord<unknown> => ({
  ...{ userId, data: { n }, createdAt: new Date(), absoluteExpiresAt: null },
  // Each ends a while after the one before, so that a limit ends the same ones.
  expiresAt: inMs(lifetime + n * 10_000),
});

const evicting = { maxSessionsPerUser: 3 };
const refusing = { maxSessionsPerUser: 4, whenFull: "reject" } as const;
const next = (found: SessionRecord<unknown>): SessionRecord<unknown> => ({
  ...found,
  data: { n: (found.data as { n: number }).n + 1 },
});

const operations: Readonly<Record<string, Operation>> = {
  create: { run: ({ records }, { user, id }) => records.create(id("new"), record(user, 9)) },
  "create for a visitor": { run: ({ records }, { id }) => records.create(id("new"), record(null, 9)) },
  "create in a full user": {
    options: evicting,
    run: ({ records }, { user, id }) => records.create(id("new"), record(user, 9)),
  },
  "create of the last that a user may have": {
    options: refusing,
    run: ({ records }, { user, id }) => records.create(id("new"), record(user, 9)),
  },
  update: { run: ({ records }, { id }) => records.update(id("a"), next) },
  "change of owner": {
    run: ({ records }, { id, other }) => records.update(id("a"), (found) => ({ ...found, userId: other })),
  },
  "change of owner to a full user": {
    options: evicting,
    run: ({ records }, { id, user }) => records.update(id("x"), (found) => ({ ...found, userId: user })),
  },
  touch: { run: ({ records }, { id }) => records.touch(id("a"), inMs(2 * lifetime)) },
  "touch that ends": { run: ({ records }, { id }) => records.touch(id("a"), 0) },
  "touch of a record that ends with its key": {
    run: ({ bare }, { id, other }) =>
      bare.touch(id("bare"), inMs(2 * lifetime), { from: { n: 1, owner: other, expiresAt: null } }),
  },
  "touch of a record that has changed its owner since": {
    run: ({ bare }, { id, user }) =>
      bare.touch(id("bare"), inMs(2 * lifetime), { from: { n: 1, owner: user, expiresAt: null } }),
  },
  rotate: { run: ({ records }, { id }) => records.rotate(id("a"), id("new")) },
  "rotate with grace": { run: ({ records }, { id }) => records.rotate(id("a"), id("new"), 30_000) },
  delete: { run: ({ records }, { id }) => records.delete(id("a")) },
  "delete of a record that ends with its key": { run: ({ bare }, { id }) => bare.delete(id("bare")) },
  revoke: { run: ({ records }, { user, id }) => records.revoke(user, id("a")) },
  deleteAll: { run: ({ records }, { user }) => records.deleteAll(user) },
  "deleteAll but one": { run: ({ records }, { user, id }) => records.deleteAll(user, { except: id("a") }) },
  "deleteAll of nobody": { run: ({ records }) => records.deleteAll("nobody") },
};

/** K22: a client that sends a write again, because its answer was lost, hears the first answer, and it is done once. */
export function repeat(test: KitTest, thorough: boolean): void {
  for (const [name, operation] of Object.entries(operations)) {
    test(`${name} is done once where its answers are lost`, async (context) => {
      const once = await carryOut(context, "once", operation);
      const twice = await carryOut(context, "twice", operation, () => true);
      equal(twice, { ...once, writes: twice.writes }, "where all are lost");
      for (let lost = 0; thorough && once.writes > 1 && lost < once.writes; lost++) {
        const one = await carryOut(context, `lost-${lost}`, operation, (write) => write === lost);
        equal({ ...one, writes: once.writes }, once, `where answer ${lost} is lost`);
      }
    });
  }

  test("an update that is repeated counts once, whoever writes in between", async ({ records, wrapped }) => {
    const healthy = records();
    await healthy.create("a", record("u1", 0));
    let others = 0;
    const inBetween = async (): Promise<unknown> => (others++ === 0 ? await healthy.update("a", next) : undefined);
    const lossy = records(
      {},
      wrapped((driver) => repeating(driver, undefined, inBetween)),
    );
    ok((await lossy.update("a", next)) !== null, "the update");
    ok(others > 0, "somebody else wrote");
    equal((await healthy.get("a"))?.data, { n: 2 }, "one for each");
  });
}

interface Outcome {
  readonly answer: unknown;
  /** Each key with what it holds. */
  readonly keys: unknown;
  readonly writes: number;
}

async function carryOut(
  context: TestContext,
  world: string,
  { run, options = {} }: Operation,
  lost: (write: number) => boolean = () => false,
): Promise<Outcome> {
  const { records, sessionPrefix, userSessionsPrefix, client } = context;
  const cast: Cast = { user: `${world}:u`, other: `${world}:v`, id: (name) => `${world}:${name}` };
  const bare = (other: StoreClient): RecordStore<Bare> =>
    createRecordStore(other, { record: bareModel, sessionPrefix, userSessionsPrefix });
  const healthy: Stores = { records: records(), bare: bare(client) };
  await prepare(healthy, cast);
  let writes = 0;
  const lossy = context.wrapped((driver) =>
    repeating(driver, () => {
      return lost(writes++);
    }),
  );
  const answer = await run({ records: records(options, lossy), bare: bare(lossy) }, cast);
  const outcome = { answer: named(answer, world), keys: named(await held(context, world), world), writes };
  for (const userId of [cast.user, cast.other]) await healthy.records.deleteAll(userId);
  await healthy.records.delete(cast.id("new"));
  return outcome;
}

async function prepare({ records, bare }: Stores, { user, other, id }: Cast): Promise<void> {
  for (const [n, name] of ["a", "b", "c"].entries()) await records.create(id(name), record(user, n));
  for (const [n, name] of ["x", "y"].entries()) await records.create(id(name), record(other, n));
  await bare.create(id("bare"), { n: 1, owner: other, expiresAt: inMs(lifetime) });
}

async function held({ raw, sessionPrefix, userSessionsPrefix }: TestContext, world: string): Promise<unknown> {
  const records = await raw.keys(`${sessionPrefix}${world}:`);
  const indexes = await raw.keys(`${userSessionsPrefix}${world}:`);
  return [
    await Promise.all(records.map(async (key) => [key.slice(sessionPrefix.length), await raw.get(key)])),
    await Promise.all(
      indexes.map(async (key) => {
        const entries = (await raw.scores(key)).map(([member, score]) => `${member} ${Math.sign(score)}`);
        return [key.slice(userSessionsPrefix.length), entries.sort()];
      }),
    ),
  ];
}

/** Without the name of the world, and with all times and sealed texts alike. */
function named(value: unknown, world: string): unknown {
  const text = JSON.stringify(value) ?? "null";
  const opened = text.replace(/\\"sealed\\":\\"[\w.-]+/g, "");
  const timeless = opened.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d{13}\b/g, "<time>");
  return JSON.parse(timeless.replaceAll("<time>", "0").replaceAll(`${world}:`, ""));
}
