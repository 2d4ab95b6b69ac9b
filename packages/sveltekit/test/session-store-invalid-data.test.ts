// Data and user ids that the store cannot use.
import { describe, expect, test } from "vitest";
import { inspect, keysUnder } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { ada, type Data, storeOn } from "./support/session-store.js";

const inspector = inspect();

describe("what cannot be stored is answered, not thrown", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  const cases: [string, unknown, string | undefined][] = [
    ["circular data", circular, "u1"],
    ["a function", () => {}, "u1"],
    ["a bigint", { big: 1n }, "u1"],
    ["a reserved member", { _keyspaceUserId: "victim" }, undefined],
    ["a user id that is too long", ada, "u".repeat(513)],
  ];
  test.each(cases)("%s", async (_, data, userId) => {
    const { store, prefix } = storeOn(inspector);
    const visitor = new Visitor();
    expect(await visitor.inRequest(({ cookies }) => store.createSession(cookies, data as Data, userId))).toMatchObject({
      data: null,
      error: true,
      code: "invalid",
    });
    expect(visitor.cookies.size).toBe(0);
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test.each([42, 42n, "", "u".repeat(513), undefined, { toString: () => "u1" }])(
    "a user id that cannot be one: nobody is told that its sessions have ended",
    async (userId) => {
      const { store } = storeOn(inspector);
      for (const answer of [
        await store.deleteSessionsByUserId(userId as string),
        await store.getSessionsByUserId(userId as string),
        await store.listSessions(userId as string),
        await store.revokeSession(userId as string, "handle"),
      ]) {
        expect(answer).toMatchObject({ data: null, error: true, code: "invalid" });
      }
    },
  );

  test("a key that could be taken for a handle of hashed ids", async () => {
    const { store, prefix } = storeOn(inspector);
    const visitor = new Visitor();
    const key = `~${"x".repeat(32)}`;
    expect(await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada, key))).toMatchObject({
      code: "invalid",
    });
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test("data that nobody can read", async () => {
    const { store, prefix } = storeOn(inspector);
    const visitor = new Visitor();
    const created = await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada));
    await inspector.set(`${prefix}:s:${created.data?.uniqueKey}`, "{not JSON", "EX", 60);
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "unreadable" });
    expect(
      await visitor.inRequest(({ cookies }) => store.updateSession(cookies, (data) => ({ ...data, visits: 1 }))),
    ).toMatchObject({ code: "unreadable" });
    expect(await visitor.inRequest(({ cookies }) => store.updateSession(cookies, ada))).toMatchObject({ code: "ok" });
    await visitor.inRequest(({ cookies }) => store.delSession(cookies));
  });
});
