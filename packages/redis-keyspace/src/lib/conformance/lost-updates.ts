import { equal, rejects } from "./assert.js";
import type { KitTest } from "./kit.js";

/** K8: no update is lost. */
export function lostUpdates(test: KitTest): void {
  test("fifty increments at once count fifty", async ({ store }) => {
    const sessions = store();
    const session = await sessions.create({ userId: "u1", data: { n: 0 } });
    const increment = (target: string | typeof session): Promise<unknown> =>
      sessions.update(target, ({ data }) => ({ data: { n: data.n + 1 } }));
    await Promise.all(Array.from({ length: 50 }, (_, i) => increment(i % 2 === 0 ? session.id : session)));
    equal((await sessions.get(session.id))?.data, { n: 50 }, "data");
  });

  test("touches between updates lose neither", async ({ store }) => {
    const sessions = store();
    const { id } = await sessions.create({ userId: "u1", data: { n: 0 } });
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0 ? sessions.touch(id) : sessions.update(id, ({ data }) => ({ data: { n: data.n + 1 } })),
      ),
    );
    equal((await sessions.get(id))?.data, { n: 10 }, "data");
  });

  test("an update gives up after a hundred other writers, and says so", async ({ store }) => {
    const sessions = store();
    const { id } = await sessions.create({ userId: "u1", data: { n: 0 } });
    const hopeless = sessions.update(id, async ({ data }) => {
      await sessions.update(id, (now) => ({ data: { n: now.data.n + 1 } }));
      return { data: { n: data.n + 1000 } };
    });
    await rejects(hopeless, "ERR_SESSION_CONFLICT", "update");
    equal((await sessions.get(id))?.data, { n: 100 }, "the others' updates");
  });
}
