import { equal, eventually, ok } from "./assert.js";
import type { KitTest } from "./kit.js";

const AT_ONCE = 500;

/** K7: memory is bounded by what is live. */
export function growth(test: KitTest, signIns: number): void {
  test(`after ${signIns.toLocaleString("en")} sign-ins that expire, the index is as large as the live sessions`, async (context) => {
    const { records, raw, userSessionsPrefix } = context;
    const store = records();
    let last = 0;
    const create = (id: string, lifetime: number): Promise<void> => {
      last = Date.now() + lifetime;
      return store.create(id, {
        userId: "u1",
        data: {},
        createdAt: new Date(),
        expiresAt: new Date(last),
        absoluteExpiresAt: null,
      });
    };
    for (let n = 0; n < signIns; n += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => create(`short-${n + i}`, 30)));
    }
    const end = last;
    await create("first", 60_000);
    await eventually(async () => (await store.count("u1")) === 1 && Date.now() > end + 1, "the short ones have ended");
    await create("second", 60_000);
    const members = (await raw.scores(`${userSessionsPrefix}u1`)).map(([member]) => member);
    equal(members.sort(), ["first", "second"], "the index");
    await store.delete("first");
    await store.delete("second");
    equal(await raw.keys(userSessionsPrefix), [], "with none live, no key");
  });

  test("a legacy set does not grow with sessions that ended before the next began", async (context) => {
    const { records, raw, legacyIndexPrefix, userSessionsPrefix } = context;
    const store = records({ legacySets: true });
    for (let n = 0; n < 10; n++) {
      const expiresAt = new Date(Date.now() + 20);
      await store.create(`${n}`, {
        userId: "u1",
        data: { n },
        createdAt: new Date(),
        expiresAt,
        absoluteExpiresAt: null,
      });
      await eventually(
        async () => (await store.get(`${n}`)) === null && Date.now() > expiresAt.getTime() + 1,
        "it ends",
      );
    }
    const expiresAt = new Date(Date.now() + 60_000);
    await store.create("last", {
      userId: "u1",
      data: { n: 0 },
      createdAt: new Date(),
      expiresAt,
      absoluteExpiresAt: null,
    });
    equal(
      (await raw.scores(`${userSessionsPrefix}u1`)).map(([member]) => member),
      ["last"],
      "the index",
    );
    const members = await raw.members(`${legacyIndexPrefix}u1`);
    ok(members.length <= 2 && members.includes("last"), `the set: ${members.join()}`);
    await store.deleteAll("u1");
  });

  test("the index ends with its last session", async ({ records, raw, userSessionsPrefix }) => {
    const store = records();
    const create = (id: string, lifetime: number): Promise<void> => {
      const expiresAt = new Date(Date.now() + lifetime);
      return store.create(id, {
        userId: "u1",
        data: { n: 1 },
        createdAt: new Date(),
        expiresAt,
        absoluteExpiresAt: null,
      });
    };
    await create("long", 600_000);
    await create("short", 60_000);
    const ttl = (): Promise<number> => raw.ttl(`${userSessionsPrefix}u1`);
    ok((await ttl()) > 60_000, "the longer one counts");
    await store.delete("long");
    ok((await ttl()) <= 60_000, "once it is deleted, the other one does");
  });
}
