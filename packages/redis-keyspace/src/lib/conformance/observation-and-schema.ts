import type { Incident } from "../observe.js";
import type { ValueCodec } from "../records/codec.js";
import { equal, ok, rejects } from "./assert.js";
import type { KitTest } from "./kit.js";

/** K15 and K16: what an observer is told, and what a schema lets through. */
export function observationAndSchema(test: KitTest): void {
  test("operations can be watched, without ids", async ({ store }) => {
    const seen: string[] = [];
    const sessions = store({
      observe: (event) => {
        seen.push(`${event.operation} ${event.keyKind} ${event.outcome}`);
        const members = ["driver", "durationMs", "keyKind", "operation", "outcome", "topology"];
        equal(Object.keys(event).sort(), members, "an event");
        throw new Error("an observer that fails");
      },
    });
    const later = store({ observe: () => Promise.reject(new Error("an observer that fails later")) });
    equal(await later.get("missing"), null, "an observer that fails later");
    const { id } = await sessions.create({ userId: "u1", data: { n: 1 } });
    await sessions.get("missing");
    await rejects(sessions.create({ id, userId: "u1", data: { n: 2 } }), "ERR_SESSION_EXISTS", "a taken id");
    await sessions.deleteAll("u1");
    equal(
      seen,
      ["create session ok", "get session absent", "create session ERR_SESSION_EXISTS", "deleteAll user-sessions ok"],
      "events",
    );
  });

  test("what happens under way can be watched, without ids", async ({ store }) => {
    const seen: Incident[] = [];
    const incident = (event: Incident): void => {
      seen.push(event);
      throw new Error("an observer that fails");
    };
    const kinds = (kind: Incident["kind"]): Incident[] => seen.filter((event) => event.kind === kind);
    const sessions = store({ observe: { incident } });
    const { id } = await sessions.create({ userId: "u1", data: { n: 1 } });
    let raced = false;
    await sessions.update(id, async ({ data }) => {
      if (!raced) await store().update(id, () => ({ data: { n: 10 } }));
      raced = true;
      return { data: { n: data.n + 1 } };
    });
    equal((await sessions.get(id))?.data, { n: 11 }, "no change is lost");
    equal(kinds("retry"), [{ kind: "retry" }], "a change that another writer came before");
    const others = await Promise.all([1, 2, 3].map((n) => sessions.get(`missing-${n}`)));
    equal(others, [null, null, null], "reads of one turn");
    for (const batch of kinds("batch")) equal(batch, { kind: "batch", reads: 3 }, "a batch");
    const unknown: ValueCodec = { seal: (text) => text, open: () => null, knows: (sealed) => sealed.length < 3 };
    const [sealed] = [await store({ codec: unknown }).create({ userId: "u1", data: { n: 1 } })];
    equal(await store({ codec: unknown, observe: { incident } }).get(sealed.id), null, "what cannot be opened");
    equal(kinds("unseal"), [{ kind: "unseal", outcome: "unknown-key" }], "is told");
    ok(!JSON.stringify(seen).includes(id) && !JSON.stringify(seen).includes(sealed.id), "no id is told");
    await sessions.deleteAll("u1");
  });

  test("a schema checks data when written and when read", async ({ store }) => {
    const positive = {
      "~standard": {
        version: 1,
        vendor: "kit",
        validate: (value: unknown) => {
          const { n } = value as { n: unknown };
          return typeof n === "number" && n > 0
            ? { value: { n } }
            : { issues: [{ message: `not ${n}`, path: ["data.n"] }] };
        },
      },
    } as const;
    const checked = store({ schema: positive });
    const error = await rejects(checked.create({ userId: "u1", data: { n: -77 } }), "ERR_SESSION_INVALID", "bad data");
    ok(!error.message.includes("data.n") && !error.message.includes("77"), "neither key nor value is named");
    const { id } = await store().create({ userId: "u1", data: { n: 0 } });
    equal(await checked.get(id), null, "data that does not fit is no session");
    const good = await checked.create({ userId: "u1", data: { n: 1 } });
    await rejects(
      checked.update(good.id, () => ({ data: { n: 0 } })),
      "ERR_SESSION_INVALID",
      "a bad change",
    );
    equal((await checked.list("u1")).length, 1, "list");
  });
}
