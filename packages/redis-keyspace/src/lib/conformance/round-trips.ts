import type { SessionStore } from "../sessions.js";
import { equal } from "./assert.js";
import { tapped } from "./faults.js";
import type { KitTest } from "./kit.js";
import type { KitData } from "./target.js";

/**
 * K1 for the atomic execution: every operation is one command.
 *
 * @param isSealed Then what is sealed anew is read first, and a full user's sessions are opened to be counted.
 */
export function roundTrips(test: KitTest, isSealed: boolean): void {
  const more: Readonly<Record<string, number>> = isSealed
    ? { "update of what was read": 2, "update to an owner with a cap": 3, rotate: 2 }
    : {};
  test("every operation is one command, however many sessions", async ({ store, wrapped }) => {
    let commands = 0;
    const sessions = store(
      {},
      wrapped((driver) => tapped(driver, () => commands++)),
    );
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    const visitor = await sessions.create({ userId: null, data: { n: 1 } });
    const capped = store(
      { maxSessionsPerUser: 100 },
      wrapped((driver) => tapped(driver, () => commands++)),
    );
    await Promise.all(Array.from({ length: 100 }, (_, n) => sessions.create({ userId: "u1", data: { n } })));
    await sessions.list("u1");
    await capped.count("u1");
    const stale = { ...session, expiresAt: new Date(session.expiresAt.getTime() - 1e9) };
    const operations: [string, (sessions: SessionStore<KitData>) => Promise<unknown>][] = [
      ["get", (store) => store.get(session.id)],
      ["touch", (store) => store.touch(stale)],
      ["list", (store) => store.list("u1")],
      ["count", (store) => store.count("u1")],
      ["create", (store) => store.create({ id: "another", userId: "u1", data: { n: 2 } })],
      [
        "update of what was read",
        async (store) => {
          const read = (await store.get("another")) ?? "another";
          commands = 0;
          return store.update(read, () => ({ data: { n: 3 } }));
        },
      ],
      ["update to an owner with a cap", () => capped.update(visitor, () => ({ userId: "u1" }))],
      ["rotate", (store) => store.rotate("another", { id: "rotated" })],
      ["delete", (store) => store.delete("rotated")],
      ["deleteAll", (store) => store.deleteAll("u1")],
    ];
    for (const [name, operation] of operations) {
      commands = 0;
      await operation(sessions);
      equal(commands, more[name] ?? 1, `commands of ${name}`);
    }
  });

  test("reads of one turn are one command", async ({ store, wrapped }) => {
    let commands = 0;
    const client = wrapped((driver) => ({ ...tapped(driver, () => commands++), coalesceReads: true }));
    const sessions = store({}, client);
    const all = await Promise.all(
      Array.from({ length: 300 }, (_, n) => sessions.create({ userId: null, data: { n } })),
    );
    commands = 0;
    const read = await Promise.all([...all.map(({ id }) => sessions.get(id)), sessions.get("missing")]);
    equal(read, [...all, null], "each gets its own");
    equal(commands, 2, "commands, of 256 reads at most");
    for (const { id } of all) await sessions.delete(id);
  });
}
