import { startRedis } from "@redis-keyspace/scripts/servers";
import { createSessionStore } from "redis-keyspace";
import { afterAll, describe, expect, test, vi } from "vitest";
import { standaloneClients } from "./targets.js";

// What was not sent within its time is never sent: a sign-in that failed must not end a session later.

for (const [name, connect] of Object.entries(standaloneClients)) {
  describe(name, async () => {
    const redis = await startRedis();
    const { client, close } = await connect(redis.url);
    afterAll(async () => {
      redis.resume();
      await close();
      await redis.stop();
    });
    const sessions = createSessionStore<{ n: number }>(client, { commandTimeoutMs: 150 });
    const patient = createSessionStore<{ n: number }>(client, { commandTimeoutMs: 20_000 });

    test("sign-ins that timed out while Redis was down are not carried out when it is back", async () => {
      await sessions.create({ userId: "u1", data: { n: 0 } });
      await redis.kill();
      const tries = await Promise.allSettled([1, 2, 3].map((n) => sessions.create({ userId: "u1", data: { n } })));
      expect(tries.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
      await redis.restart();
      const device = await vi.waitFor(() => patient.create({ userId: "u1", data: { n: 9 } }), { timeout: 15_000 });
      expect(await patient.list("u1")).toEqual([expect.objectContaining({ handle: device.id })]);
      expect((await redis.command("KEYS", "session:*")) as string[]).toEqual([`session:${device.id}`]);
    });

    test("a Redis that hangs is handed no more than what was under way when it stopped answering", async () => {
      await patient.create({ userId: "u2", data: { n: 0 } });
      redis.pause();
      const first = await Promise.allSettled([1, 2, 3].map((n) => sessions.create({ userId: "u3", data: { n } })));
      expect(first.every(({ status }) => status === "rejected")).toBe(true);
      for (let round = 0; round < 3; round++) {
        const more = await Promise.allSettled(
          Array.from({ length: 100 }, (_, n) => sessions.create({ userId: "u4", data: { n } })),
        );
        expect(more.every(({ status }) => status === "rejected")).toBe(true);
      }
      redis.resume();
      await vi.waitFor(() => patient.create({ userId: "u5", data: { n: 0 } }), { timeout: 15_000 });
      expect(await patient.count("u4")).toBe(0);
    });
  });
}
