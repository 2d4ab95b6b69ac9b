import fc from "fast-check";
import type { Driver } from "../redis/driver.js";
import type { Session, SessionStore } from "../sessions.js";
import { ok, unlessRefused } from "./assert.js";
import type { KitTest, TestContext } from "./kit.js";
import type { KitData } from "./target.js";

// One user, a handful of ids, and two processes that do things in any order. fast-check decides when each command of
// each operation reaches Redis. Afterwards the promises are held against what each operation said and when.

type Act =
  | { readonly kind: "create" | "update" | "touch" | "delete"; readonly id: number }
  | { readonly kind: "rotate"; readonly id: number }
  | { readonly kind: "deleteAll" }
  | { readonly kind: "list" };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("create" as const), id: fc.nat(3) }) },
  fc.record({ kind: fc.constantFrom("update" as const, "touch" as const, "delete" as const), id: fc.nat(3) }),
  fc.record({ kind: fc.constant("rotate" as const), id: fc.nat(3) }),
  { weight: 2, arbitrary: fc.constant({ kind: "deleteAll" as const }) },
  fc.constant({ kind: "list" as const }),
);

interface Done {
  readonly act: Act;
  readonly began: number;
  readonly ended: number;
  readonly refused: boolean;
  readonly made: string | undefined;
}

/** K4 and K5 under interleavings that no test writer thinks of. Ids are never used twice, as random ids are not. */
export function model(test: KitTest, runs: number): void {
  test("any interleaving of two processes keeps the promises", async (context) => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 8 }), fc.scheduler(), async (acts, scheduler) => {
        await interleave(context, acts, scheduler);
      }),
      { numRuns: runs, interruptAfterTimeLimit: 20_000, endOnFailure: true },
    );
  });
}

let serial = 0;

async function interleave(context: TestContext, acts: readonly Act[], scheduler: fc.Scheduler): Promise<void> {
  const run = `run${serial++}-`;
  const plain = context.store();
  const seeds = await Promise.all(
    [0, 1, 2, 3].map((n) => plain.create({ id: `${run}${n}`, userId: "u1", data: { n } })),
  );
  const processes = [0, 1].map(() =>
    context.store(
      {},
      context.wrapped((driver) => scheduled(driver, scheduler)),
    ),
  );
  const done: Done[] = [];
  let clock = 0;
  const all = Promise.all(
    acts.map(async (act, i) => {
      const began = clock++;
      const outcome = await unlessRefused(
        perform(processes[i % 2] as SessionStore<KitData>, act, `${run}${i}`, seeds),
        "ERR_SESSION_REVOKED",
      );
      const made = outcome === undefined || outcome === null ? undefined : outcome.id;
      done.push({ act, began, ended: clock++, refused: outcome === undefined, made });
    }),
  );
  await scheduler.waitFor(all);

  await context.checkInvariants();
  // Nobody died, so nothing may be left half done: a session that can be read is in the index and not condemned.
  const scores = new Map(await context.raw.scores(`${context.userSessionsPrefix}u1`));
  for (const { made } of done) {
    if (made !== undefined && (await plain.get(made)) !== null) {
      ok((scores.get(made) ?? 0) > 0, "a live session has a live entry");
    }
  }
  const listed = new Set((await plain.list("u1")).map(({ handle }) => handle));
  const revocations = done.filter(({ act }) => act.kind === "deleteAll");
  const live = async (id: string): Promise<boolean> => (await plain.get(id)) !== null;
  for (const [n, seed] of seeds.entries()) {
    const gone = revocations.length > 0 || done.some(({ act }) => act.kind === "delete" && act.id === n);
    if (gone) ok(!(await live(seed.id)), "a session from before a sign-out is gone");
  }
  for (const { act, made, began, ended, refused } of done) {
    if (act.kind !== "create" && act.kind !== "rotate") continue;
    if (made === undefined) {
      ok(!refused || revocations.length > 0, "only a sign-out everywhere refuses");
      continue;
    }
    const alive = await live(made);
    if (revocations.some((revocation) => ended < revocation.began))
      ok(!alive, "a session from before a sign-out is gone");
    else if (revocations.every((revocation) => revocation.ended < began)) {
      ok(alive || act.kind === "rotate", "a session from after every sign-out is live");
    }
    ok(alive === listed.has(made), "a session is live just if it is listed");
  }
  await plain.deleteAll("u1");
  for (const { made } of done) ok(made === undefined || !(await live(made)), "sign out everywhere reaches all");
}

async function perform(
  sessions: SessionStore<KitData>,
  act: Act,
  id: string,
  seeds: readonly Session<KitData>[],
): Promise<{ readonly id: string } | null> {
  const target = "id" in act ? (seeds[act.id]?.id as string) : "";
  switch (act.kind) {
    case "create":
      return await sessions.create({ id: `${id}-created`, userId: "u1", data: { n: 0 } });
    case "rotate":
      return await sessions.rotate(target, { id: `${id}-rotated` });
    case "update":
      return await sessions.update(target, ({ data }) => ({ data: { n: data.n + 1 } })).then(() => null);
    case "touch":
      return await sessions.touch(target).then(() => null);
    case "delete":
      return await sessions.delete(target).then(() => null);
    case "deleteAll":
      return await sessions.deleteAll("u1").then(() => null);
    case "list":
      return await sessions.list("u1").then(() => null);
  }
}

/** Each command waits for its turn before it is sent. */
function scheduled(driver: Driver, scheduler: fc.Scheduler): Driver {
  const turn = async <Reply>(name: string, send: () => Promise<Reply>): Promise<Reply> => {
    await scheduler.schedule(Promise.resolve(), name);
    return await send();
  };
  return {
    ...driver,
    coalesceReads: false,
    membersWithValues: undefined,
    get: (key) => turn("get", () => driver.get(key)),
    getMany: (keys) => turn("getMany", () => driver.getMany(keys)),
    run: (script, keys, args, signal) => turn(script.name, () => driver.run(script, keys, args, signal)),
  };
}
