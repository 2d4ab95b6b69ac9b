import { createSessionStore } from "redis-keyspace";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { sharedRedis, standaloneClients } from "./targets.js";

afterEach(() => {
  vi.useRealTimers();
});

for (const name of ["node-redis 6", "node-redis 4", "ioredis 6"]) {
  describe(name, async () => {
    const { client, close } = await (standaloneClients[name] as NonNullable<(typeof standaloneClients)[string]>)(
      sharedRedis(),
    );
    afterAll(close);
    const unique = crypto.randomUUID();
    const prefixes = { sessionPrefix: `${unique}:s:`, userSessionsPrefix: `${unique}:u:` };
    const sessions = createSessionStore<{ n: number }>(client, { ...prefixes, commandTimeoutMs: 200 });

    test("an answer that lies in the socket when the event loop comes round is no time-out", async () => {
      const created = await sessions.create({ userId: "u1", data: { n: 1 } });
      for (const read of [
        () => sessions.get(created.id),
        async () => (await Promise.all([sessions.get(created.id), sessions.get("other")]))[0],
        () => sessions.update(created.id, () => undefined),
      ]) {
        const reading = read();
        // Sent in this turn or the next, by clients that write in a setImmediate too; then nothing runs for longer than the limit.
        for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
        expect(await reading).toEqual(created);
      }
      expect(await sessions.deleteAll("u1")).toBe(1);
    });

    // node-redis itself writes in a setImmediate.
    const faked = name.startsWith("ioredis") ? (["setImmediate"] as const) : [];

    test.each(["setTimeout", "queueMicrotask", ...faked] as const)("a faked %s stops nothing of ours", async (fake) => {
      vi.useFakeTimers({ toFake: [fake] });
      const created = await sessions.create({ userId: "u2", data: { n: 1 } });
      const read = Promise.all([sessions.get(created.id), sessions.get(created.id)]);
      expect(await read).toEqual([created, created]);
      expect(await sessions.deleteAll("u2")).toBe(1);
    });
  });
}
