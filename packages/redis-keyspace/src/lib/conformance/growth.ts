import { equal, eventually, ok } from "./assert.js";
import type { KitTest } from "./kit.js";

const CYCLES = 10_000;
const AT_ONCE = 500;

/** K7: memory is bounded by what is live. */
export function growth(test: KitTest): void {
  test("after 10,000 sign-ins that expire, the index is as large as the live sessions", async (bench) => {
    const { records, raw, userSessionsPrefix } = bench;
    const store = records();
    const create = (id: string, lifetime: number): Promise<void> => {
      const expiresAt = new Date(Date.now() + lifetime);
      return store.create(id, { userId: "u1", data: { n: 1 }, createdAt: new Date(), expiresAt, endsAt: null });
    };
    for (let n = 0; n < CYCLES; n += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => create(`short-${n + i}`, 30)));
    }
    await create("first", 60_000);
    await eventually(async () => (await store.count("u1")) === 1, "the short ones have ended");
    await create("second", 60_000);
    const members = (await raw.scores(`${userSessionsPrefix}u1`)).map(([member]) => member);
    equal(members.sort(), ["first", "second"], "the index");
    await store.delete("first");
    await store.delete("second");
    equal(await raw.keys(userSessionsPrefix), [], "with none live, no key");
  });

  test("the index ends with its last session", async ({ records, raw, userSessionsPrefix }) => {
    const store = records();
    const create = (id: string, lifetime: number): Promise<void> => {
      const expiresAt = new Date(Date.now() + lifetime);
      return store.create(id, { userId: "u1", data: { n: 1 }, createdAt: new Date(), expiresAt, endsAt: null });
    };
    await create("long", 600_000);
    await create("short", 60_000);
    const ttl = (): Promise<number> => raw.ttl(`${userSessionsPrefix}u1`);
    ok((await ttl()) > 60_000, "the longer one counts");
    await store.delete("long");
    ok((await ttl()) <= 60_000, "once it is deleted, the other one does");
  });
}
