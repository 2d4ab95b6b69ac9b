import { createRecordStore } from "../create-record-store.js";
import type { StoreClient } from "../executions/choose.js";
import type { RecordStore } from "../record-store.js";
import { parseObject } from "../records/codec.js";
import type { RecordModel } from "../records/record-model.js";
import type { Driver } from "../redis/driver.js";
import { equal, eventually, ok } from "./assert.js";
import { tapped } from "./faults.js";
import type { KitTest, TestContext } from "./kit.js";

export interface Bare {
  readonly n: number;
  readonly owner: string | null;
  /** Only of one that is to be written. */
  readonly expiresAt: Date | null;
}

/** As some legacy packages write: no deadline in the JSON, and the owner where no script looks for it. */
export const bareModel: RecordModel<Bare> = {
  encode: ({ n, owner }) => JSON.stringify({ n, by: { owner } }),
  decode(text) {
    const json = parseObject(text);
    if (json === null || typeof json["n"] !== "number") return null;
    const { owner } = (json["by"] ?? {}) as { owner?: string | null };
    return { n: json["n"], owner: owner ?? null, expiresAt: null };
  },
  userId: ({ owner }) => owner,
  userIdField: "",
  expiresAt: ({ expiresAt }) => expiresAt,
  withExpiresAt: (record, expiresAt) => ({ ...record, expiresAt }),
};

/** The same with the owner where scripts look for it. */
const ownedModel: RecordModel<Bare> = {
  ...bareModel,
  encode: ({ n, owner }) => JSON.stringify(owner === null ? { n } : { n, owner }),
  decode(text) {
    const json = parseObject(text);
    if (json === null || typeof json["n"] !== "number") return null;
    return { n: json["n"], owner: typeof json["owner"] === "string" ? json["owner"] : null, expiresAt: null };
  },
  userIdField: "owner",
  endsWithKey: true,
};

const inMs = (ms: number): Date => new Date(Date.now() + ms);
const bare = (n: number, owner: string | null = "u1"): Bare => ({ n, owner, expiresAt: inMs(60_000) });

function stores(
  context: TestContext,
  record: RecordModel<Bare> = bareModel,
): {
  open(options?: { legacySets?: boolean }, client?: StoreClient): RecordStore<Bare>;
  ttl(id: string): Promise<number>;
  members(userId: string): Promise<string[]>;
} {
  const { client, raw, sessionPrefix, userSessionsPrefix, legacyIndexPrefix } = context;
  return {
    open: ({ legacySets = false } = {}, other = client) =>
      createRecordStore(other, {
        record,
        sessionPrefix,
        userSessionsPrefix,
        ...(legacySets ? { legacyIndexPrefix } : {}),
      }),
    ttl: (id) => raw.ttl(sessionPrefix + id),
    members: async (userId) => (await raw.scores(userSessionsPrefix + userId)).map(([member]) => member),
  };
}

/** Records whose JSON has no deadline: they end with their key. */
export function ttlOnly(test: KitTest): void {
  test("a record without a deadline ends with its key", async (context) => {
    const { open, ttl, members } = stores(context);
    const store = open();
    await store.create("a", bare(1));
    await store.create("short", { ...bare(2), expiresAt: inMs(50) });
    equal(await store.get("a"), { n: 1, owner: "u1", expiresAt: null }, "as it is read");
    ok((await ttl("a")) > 50_000, "its key has the deadline");
    await eventually(async () => (await store.get("short")) === null, "the short one ends");
    equal((await store.list("u1")).map(({ handle }) => handle).join(), "a", "the list");
    await store.update("a", (found) => ({ ...found, n: found.n + 2, expiresAt: inMs(120_000) }));
    equal((await store.get("a"))?.n, 3, "after an update");
    ok((await ttl("a")) > 110_000, "the update moved its end");
    equal((await store.delete("a"))?.n, 3, "what was deleted");
    equal((await store.update("a", (found) => ({ ...found, expiresAt: inMs(60_000) })))?.n, undefined, "it stays so");
    equal(await store.touch("a", inMs(60_000), { from: bare(3) }), null, "touched, too");
    ok(!(await members("u1")).includes("a"), "the index");
    await store.create("b", bare(4));
    equal(await store.deleteAll("u1"), 1, "sign out everywhere");
    equal(await store.get("b"), null, "the last");
  });

  test("touch moves the end of a record without a deadline, with its entry", async (context) => {
    const { open, ttl } = stores(context);
    const { raw, userSessionsPrefix } = context;
    const store = open();
    await store.create("a", bare(1));
    const read = (await store.get("a")) as Bare;
    for (const [minutes, options] of [
      [2, { from: read }],
      [4, {}],
      [3, { from: read }],
    ] as const) {
      const end = inMs(minutes * 60_000);
      equal(await store.touch("a", end, options), end, "the new end");
      const left = await ttl("a");
      ok(
        left > minutes * 60_000 - 10_000 && left <= minutes * 60_000,
        `the key has ${minutes} minutes, not ${left} ms`,
      );
      const [, score] = (await raw.scores(`${userSessionsPrefix}u1`))[0] as [string, number];
      ok(score >= end.getTime(), "the entry does not end before the record");
      ok((await raw.ttl(`${userSessionsPrefix}u1`)) >= left - 1000, "nor does the index");
    }
    const end = (await store.touch("a", inMs(600_000), { from: read, whenLeftMs: 60_000 })) as Date;
    ok(end.getTime() < Date.now() + 181_000, "with enough left it stays as it is");
    ok((await ttl("a")) < 181_000, "in Redis too");
    await store.touch("a", inMs(600_000), { from: read, whenLeftMs: 300_000 });
    ok((await ttl("a")) > 500_000, "with less it does not");
    equal(await store.touch("a", 0, { from: read }), null, "an elapsed end");
    equal(await store.get("a"), null, "is its end");
  });

  test("a legacy record without a deadline is adopted when it is touched", async (context) => {
    const { open, ttl, members } = stores(context);
    const { raw, sessionPrefix, legacyIndexPrefix } = context;
    const store = open({ legacySets: true });
    await raw.set(`${sessionPrefix}old`, '{"n":1,"by":{"owner":"u1"}}');
    await raw.addToSet(`${legacyIndexPrefix}u1`, "old");
    const read = (await store.get("old")) as Bare;
    equal((await store.list("u1")).length, 1, "listed from the set");
    await store.touch("old", inMs(60_000), { from: read });
    ok((await ttl("old")) > 50_000, "it has an end");
    equal(await members("u1"), ["old"], "the index");
    equal(await store.deleteAll("u1"), 1, "sign out everywhere");
    equal(await raw.keys(legacyIndexPrefix), [], "the set");
  });

  test("touch enters what a legacy process wrote or renewed, also where it leaves the end alone", async (context) => {
    const { open, ttl, members } = stores(context);
    const { raw, sessionPrefix, userSessionsPrefix } = context;
    const store = open();
    const touch = async (): Promise<unknown> => {
      const from = (await store.get("old")) as Bare;
      return await store.touch("old", inMs(600_000), { from, whenLeftMs: 1_000 });
    };
    await raw.set(`${sessionPrefix}old`, '{"n":1,"by":{"owner":"u1"}}', 60_000);
    ok((await touch()) !== null, "written by a legacy process");
    equal(await members("u1"), ["old"], "the index");
    await raw.set(`${sessionPrefix}old`, '{"n":2,"by":{"owner":"u1"}}', 900_000);
    ok((await touch()) !== null, "renewed by a legacy process");
    const [, score] = (await raw.scores(`${userSessionsPrefix}u1`))[0] as [string, number];
    ok(score > Date.now() + (await ttl("old")) - 1_000, "the entry does not end before the record");
    equal(await store.deleteAll("u1"), 1, "sign out everywhere");
  });

  test("touch with an owner who has changed leaves no entry in the former one's index", async (context) => {
    const { open, members } = stores(context);
    const store = open();
    await store.create("a", bare(1));
    const read = (await store.get("a")) as Bare;
    await store.update("a", (found) => ({ ...found, owner: "u2", expiresAt: inMs(60_000) }));
    await store.touch("a", inMs(120_000), { from: read });
    equal([await members("u1"), await members("u2")], [[], ["a"]], "the indexes");
    equal(await store.deleteAll("u1"), 0, "the former owner");
    equal(await store.deleteAll("u2"), 1, "the owner");
  });

  test("touch by id of a record that names its owner moves its end and its entry", async (context) => {
    const { open, ttl, members } = stores(context, ownedModel);
    const { raw, sessionPrefix, userSessionsPrefix } = context;
    const store = open();
    await store.create("a", bare(1));
    for (const minutes of [4, 2]) {
      const end = inMs(minutes * 60_000);
      equal(await store.touch("a", end), end, "the new end");
      const left = await ttl("a");
      ok(left > minutes * 60_000 - 10_000 && left <= minutes * 60_000, `${minutes} minutes, not ${left} ms`);
      const [, score] = (await raw.scores(`${userSessionsPrefix}u1`))[0] as [string, number];
      ok(score >= end.getTime(), "the entry does not end before the record");
    }
    await store.update("a", (found) => ({ ...found, owner: "u2", expiresAt: inMs(60_000) }));
    await store.touch("a", inMs(120_000));
    equal([await members("u1"), await members("u2")], [[], ["a"]], "the indexes of an owner who has changed");
    await raw.set(`${sessionPrefix}old`, '{"n":1,"owner":"u2"}', 60_000);
    ok((await store.touch("old", inMs(120_000))) !== null, "what a legacy process wrote");
    equal((await members("u2")).sort(), ["a", "old"], "is entered");
    await raw.set(`${sessionPrefix}nobody's`, '{"n":1}', 60_000);
    ok((await store.touch("nobody's", inMs(120_000))) !== null && (await ttl("nobody's")) > 100_000, "of nobody");
    equal((await store.delete("nobody's"))?.n, 1, "it is as it was");
    equal(await store.touch("a", 0), null, "an elapsed end");
    equal(await store.touch("a", inMs(60_000)), null, "is its end");
    equal(await store.deleteAll("u2"), 1, "sign out everywhere");
    equal(await store.touch("old", inMs(60_000)), null, "what is signed out stays so");
    equal(await store.get("old"), null, "it is not there");
  });

  test("touch by id of a record that names its owner, beside legacy sets", async (context) => {
    const { open, ttl, members } = stores(context, ownedModel);
    const { raw, sessionPrefix, legacyIndexPrefix } = context;
    const store = open({ legacySets: true });
    await raw.set(`${sessionPrefix}old`, '{"n":1,"owner":"u1"}');
    await raw.addToSet(`${legacyIndexPrefix}u1`, "old");
    await store.touch("old", inMs(60_000));
    ok((await ttl("old")) > 50_000, "it has an end");
    equal(await members("u1"), ["old"], "the index");
    equal(await store.deleteAll("u1"), 1, "sign out everywhere");
    equal(await raw.keys(legacyIndexPrefix), [], "the set");
  });

  test("only the model knows whose a record is that no script looks into", async (context) => {
    const { open, members } = stores(context);
    const { raw, sessionPrefix } = context;
    const store = open();
    for (const [id, mislead] of [
      ["a", '"":"u2"'],
      ["b", '"expiresAt":1763720000000,"endsAt":null,"userId":"u2"'],
    ] as const) {
      await store.create(id, bare(1));
      await raw.set(sessionPrefix + id, `{${mislead},"n":1,"by":{"owner":"u1"}}`, 60_000);
      equal(await store.revoke("u2", id), null, "another user");
      equal((await store.revoke("u1", id))?.n, 1, "the owner");
      equal(await members("u1"), [], "the index");
    }
  });

  test("what a record that ends with its key cannot do is refused", async (context) => {
    const store = stores(context).open();
    await store.create("a", bare(1, null));
    for (const [what, attempt] of [
      ["a record without an end", () => store.create("b", { ...bare(1), expiresAt: null })],
      ["an update without an end", () => store.update("a", (found) => ({ ...found }))],
      ["a rotation", () => store.rotate("a", "b")],
    ] as const) {
      const refused = await attempt().then(
        () => false,
        (error) => error instanceof TypeError,
      );
      ok(refused, `${what} is refused`);
    }
    equal((await store.delete("a"))?.n, 1, "it is as it was");
    equal(await store.get("b"), null, "the new id");
  });
}

/** K1 for these: a touch of what was read is one command. */
export function ttlOnlyRoundTrips(test: KitTest): void {
  test("touch of a record without a deadline, as it was read, is one command", async (context) => {
    let commands = 0;
    const client = context.wrapped((driver: Driver) => tapped(driver, () => commands++));
    const store = stores(context).open({}, client);
    await store.create("a", bare(1));
    const read = (await store.get("a")) as Bare;
    for (const whenLeftMs of [0, 1e9]) {
      commands = 0;
      await store.touch("a", inMs(90_000), { from: read, whenLeftMs });
      equal(commands, 1, "commands");
    }
    await store.delete("a");
  });

  test("touch by id of one that names its owner is one command", async (context) => {
    let commands = 0;
    const client = context.wrapped((driver: Driver) => tapped(driver, () => commands++));
    const store = stores(context, ownedModel).open({}, client);
    await store.create("a", bare(1));
    commands = 0;
    await store.touch("a", inMs(90_000));
    equal(commands, 1, "commands");
  });
}
