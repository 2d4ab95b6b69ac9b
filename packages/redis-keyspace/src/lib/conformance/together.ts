import type { Driver } from "../redis/driver.js";
import { equal, ok, rejects } from "./assert.js";
import type { KitTest } from "./kit.js";

/**
 * K1 and K18 for what is asked for in one turn: few commands, and nobody feels who went along.
 *
 * @param sealed Whether records are sealed first, which takes turns of its own.
 */
export function together(test: KitTest, sealed: boolean): void {
  const batching =
    (sent: number[]) =>
    (driver: Driver): Driver => ({
      ...driver,
      batches: { from: 2, maxBytes: 12_000 },
      run(script, keys, args, signal) {
        sent.push(script.name === "batch" ? (args[0] as string).length / 3 : 1);
        return driver.run(script, keys, args, signal);
      },
    });

  test("what is asked for in one turn is few commands, and each gets its own answer", async ({ store, wrapped }) => {
    const sent: number[] = [];
    const sessions = store({}, wrapped(batching(sent)));
    const inTurn = <Answer>(work: (n: number) => Promise<Answer>): Promise<Answer[]> => {
      sent.length = 0;
      return Promise.all(Array.from({ length: 100 }, (_, n) => work(n)));
    };
    const first = await sessions.create({ userId: "u0", data: { n: 0 } });
    const made = await inTurn((n) => sessions.create({ userId: `u${n % 7}`, data: { n } }));
    equal(
      (await inTurn((n) => sessions.get(made[n]?.id ?? ""))).map((session) => session?.data.n),
      made.map(({ data }) => data.n),
      "they are there",
    );
    const changed = await inTurn((n) => sessions.update(made[n] ?? "", ({ data }) => ({ data: { n: data.n + 1000 } })));
    equal(
      changed.map((session) => session?.data.n),
      made.map(({ data }) => data.n + 1000),
      "changes",
    );
    ok(sealed || sent.length <= 12, "commands of 100 changes");
    const touched = await inTurn((n) => sessions.touch(made[n]?.id ?? ""));
    ok(touched.every((end) => end !== null) && sent.length <= 5, "touches");
    const ended = await inTurn((n) => sessions.delete(made[n]?.id ?? ""));
    ok(ended.every((session) => session !== null) && sent.length <= 5, "sign-outs");
    equal([await sessions.get(first.id), await sessions.count("u0")], [first, 1], "no other was touched");
    await sessions.deleteAll("u0");
  });

  test("one turn's calls are carried out in their order", async ({ store, wrapped }) => {
    const sessions = store({}, wrapped(batching([])));
    const visit = (n: number) => ({ id: "one", userId: "u1", data: { n } });
    const [made, taken] = await Promise.allSettled([1, 2, 3].map((n) => sessions.create(visit(n))));
    await rejects(settled(taken as PromiseSettledResult<unknown>), "ERR_SESSION_EXISTS", "the second of a name");
    equal(made?.status, "fulfilled", "the first");
    const ended = await Promise.all([1, 2, 3].map(() => sessions.delete("one")));
    equal(
      ended.map((session) => session?.data.n),
      [1, undefined, undefined],
      "who ended it",
    );
  });

  test("what fails in a turn harms no other", async ({ store, raw, wrapped, sessionPrefix }) => {
    const sessions = store({}, wrapped(batching([])));
    await raw.addToSet(`${sessionPrefix}set`, "member");
    const [touched, after, ...both] = await Promise.allSettled([
      sessions.touch("set"),
      sessions.create({ id: "after", userId: "u1", data: { n: 1 } }),
      sessions.create({ id: "one", userId: "u1", data: { n: 2 } }),
      sessions.create({ id: "one", userId: "u1", data: { n: 3 } }),
    ]);
    await rejects(settled(touched), "ERR_REDIS_WRONG_TYPE", "a key of another type");
    equal(after.status, "fulfilled", "the one after it");
    const taken = both.filter(({ status }) => status === "rejected");
    equal(taken.length, 1, "two of one id");
    await rejects(settled(taken[0] as PromiseSettledResult<unknown>), "ERR_SESSION_EXISTS", "a taken id");
    equal(await sessions.deleteAll("u1"), 2, "both are there");
    await raw.set(`${sessionPrefix}set`, "", 1);
  });
}

async function settled(outcome: PromiseSettledResult<unknown>): Promise<unknown> {
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
}
