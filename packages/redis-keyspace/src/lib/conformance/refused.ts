import type { StoreClient } from "../executions/choose.js";
import type { RecordStore } from "../record-store.js";
import type { SessionRecord } from "../records/session-model.js";
import type { CommonOptions } from "../store-options.js";
import { equal } from "./assert.js";
import type { KitTest, TestContext } from "./kit.js";
import type { RawKeyspace } from "./target.js";

const inMs = (ms: number): Date => new Date(Date.now() + ms);
const record = (userId: string, n: number): SessionRecord<unknown> => ({
  ...{ userId, data: { n }, createdAt: new Date(), absoluteExpiresAt: null },
  expiresAt: inMs(600_000 + n * 10_000),
});

type Records = RecordStore<SessionRecord<unknown>>;

interface Operation {
  readonly run: (records: Records) => Promise<unknown>;
  readonly options?: CommonOptions;
}

/** On three sessions of one user, `a` to `c`, and one of another, `x`. */
const operations: Readonly<Record<string, Operation>> = {
  create: { run: (records) => records.create("new", record("u1", 9)) },
  "create in a full user": {
    options: { maxSessionsPerUser: 3 },
    run: (records) => records.create("new", record("u1", 9)),
  },
  update: {
    run: (records) => records.update("a", (found) => ({ ...found, data: { n: 7 }, expiresAt: inMs(900_000) })),
  },
  "change of owner": { run: (records) => records.update("a", (found) => ({ ...found, userId: "u2" })) },
  "change of owner to a full user": {
    options: { maxSessionsPerUser: 3 },
    run: (records) => records.update("x", (found) => ({ ...found, userId: "u1" })),
  },
  touch: { run: (records) => records.touch("a", inMs(900_000)) },
  rotate: { run: (records) => records.rotate("a", "new") },
  "rotate with grace": { run: (records) => records.rotate("a", "new", 30_000) },
  delete: { run: (records) => records.delete("a") },
  revoke: { run: (records) => records.revoke("u1", "a") },
  deleteAll: { run: (records) => records.deleteAll("u1") },
  "deleteAll but one": { run: (records) => records.deleteAll("u1", { except: "a" }) },
};

/** A way to make the server refuse commands while one operation runs. */
export interface Refusal {
  /** `client`: one that is refused. Default: the target's own, which is refused until `end` is called. */
  begin(): Promise<{ readonly client?: StoreClient; end(): Promise<unknown> }>;
  /** Whether what only removes is let through. Default: false. */
  readonly removes?: boolean;
}

/** Those that only remove work on a server whose memory is full. */
const removing = ["delete", "revoke", "deleteAll", "deleteAll but one"];

/**
 * W: an operation that fails has changed nothing, because Lua does not roll back. Only where one script carries an
 * operation out.
 */
export function refused(test: KitTest, refusals: Readonly<Record<string, Refusal>> = {}): void {
  for (const [name, operation] of Object.entries(operations)) {
    for (const legacySets of [false, true]) {
      const beside = legacySets ? " beside legacy sets" : "";
      test(`${name}${beside} on a key of another type does nothing or all`, async (context) => {
        for (const wrong of wrongKeys(context, legacySets)) {
          await prepare(context, legacySets);
          await wrong.spoil();
          await unchangedByError(
            () => held(context),
            () => operation.run(context.records({ ...operation.options, legacySets })),
            `${name} with another type at ${wrong.name}`,
          );
          await clear(context, legacySets);
        }
      });
    }

    for (const [why, refusal] of Object.entries(refusals)) {
      test(`${name} does nothing or all with ${why}`, async (context) => {
        await prepare(context, false);
        const { client = context.client, end } = await refusal.begin();
        const run = (): Promise<unknown> => operation.run(context.records(operation.options, client));
        const failed = await unchangedByError(() => held(context), run, `${name} with ${why}`, end);
        if (refusal.removes === true) equal(failed, !removing.includes(name), `whether ${name} fails with ${why}`);
        await clear(context, false);
      });
    }
  }
}

/** A key, when it ends (-1: never), and what it holds. */
export type Held = readonly [key: string, end: number, content: unknown];

/**
 * Runs an operation. If it fails, nothing that `held` looks at may have changed. Answers whether it failed.
 *
 * @param end Ends what makes it fail.
 */
export async function unchangedByError(
  held: () => Promise<readonly Held[]>,
  run: () => Promise<unknown>,
  what: string,
  end: () => Promise<unknown> = () => Promise.resolve(),
): Promise<boolean> {
  const before = await held();
  let failure: unknown;
  try {
    await run();
  } catch (error) {
    failure = error ?? "an error";
  } finally {
    await end();
  }
  if (failure === undefined) return false;
  const after = await held();
  const changes = [...changed(before, after), ...changed(after, before)];
  if (changes.length === 0) return true;
  throw new Error(`${what} failed and changed ${JSON.stringify(changes)}`, { cause: failure });
}

/** What of the one is not in the other. Ends are measured, so they are only about the same. */
function changed(some: readonly Held[], others: readonly Held[]): Held[] {
  return some.filter(
    ([key, end, content]) =>
      !others.some(
        ([otherKey, otherEnd, other]) =>
          otherKey === key && Math.abs(otherEnd - end) < 1_000 && JSON.stringify(other) === JSON.stringify(content),
      ),
  );
}

async function prepare({ records }: TestContext, legacySets: boolean): Promise<void> {
  const healthy = records({ legacySets });
  for (const [n, id] of ["a", "b", "c"].entries()) await healthy.create(id, record("u1", n));
  await healthy.create("x", record("u2", 0));
}

/** Ways to put something else where a key is to be. */
function wrongKeys(
  context: TestContext,
  legacySets: boolean,
): readonly { readonly name: string; spoil(): Promise<void> }[] {
  const { raw, sessionPrefix, userSessionsPrefix, legacyIndexPrefix } = context;
  const set = (name: string, key: string) => ({
    name,
    spoil: async () => {
      await raw.set(key, "", 1);
      while ((await raw.ttl(key)) !== -2);
      await raw.addToSet(key, "x");
    },
  });
  const string = (name: string, key: string) => ({ name, spoil: () => raw.set(key, "x", 600_000) });
  return [
    ...["a", "b", "new"].map((id) => set(`the record ${id}`, sessionPrefix + id)),
    ...["u1", "u2"].map((userId) => string(`the index of ${userId}`, userSessionsPrefix + userId)),
    ...(legacySets ? ["u1", "u2"].map((userId) => string(`the set of ${userId}`, legacyIndexPrefix + userId)) : []),
  ];
}

async function clear({ raw, sessionPrefix, userSessionsPrefix, legacyIndexPrefix }: TestContext, legacySets: boolean) {
  const prefixes = [sessionPrefix, userSessionsPrefix, ...(legacySets ? [legacyIndexPrefix] : [])];
  const keys = (await Promise.all(prefixes.map((prefix) => raw.keys(prefix)))).flat();
  await Promise.all(keys.map((key) => raw.set(key, "", 1)));
  for (const key of keys) while ((await raw.ttl(key)) !== -2);
}

async function held({ raw, sessionPrefix, userSessionsPrefix, legacyIndexPrefix }: TestContext): Promise<Held[]> {
  const keys = await Promise.all([sessionPrefix, userSessionsPrefix, legacyIndexPrefix].map((each) => raw.keys(each)));
  return await Promise.all(keys.flat().map((key) => contentOf(raw, key)));
}

/** What a key holds, whatever its type is, and when it ends. */
async function contentOf(raw: RawKeyspace, key: string): Promise<Held> {
  const ttl = await raw.ttl(key);
  const end = ttl < 0 ? ttl : Date.now() + ttl;
  const readers = [() => raw.get(key), () => raw.scores(key), async () => (await raw.members(key)).sort()];
  for (const read of readers) {
    try {
      return [key, end, await read()];
    } catch {}
  }
  return [key, end, null];
}
