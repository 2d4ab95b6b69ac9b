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
    const sessions = createSessionStore<{ n: number }>(client, { commandTimeoutMs: 150, maxSessionsPerUser: 2 });
    const patient = createSessionStore<{ n: number }>(client, { commandTimeoutMs: 20_000, maxSessionsPerUser: 2 });

    test("sign-ins that timed out while Redis was down cost no device its session when it is back", async () => {
      // So that a restart finds a Redis that was not lost: the sessions are created again under their ids.
      await sessions.create({ userId: "warm", data: { n: 0 } });
      await redis.kill();
      const tries = await Promise.allSettled([1, 2, 3].map((n) => sessions.create({ userId: "u1", data: { n } })));
      expect(tries.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
      await redis.restart();
      await redis.command("SCRIPT", "FLUSH");
      const devices = await vi.waitFor(
        () => Promise.all([1, 2].map((n) => patient.create({ id: `device-${n}`, userId: "u1", data: { n } }))),
        { timeout: 15_000 },
      );
      expect(await Promise.all(devices.map(({ id }) => patient.get(id)))).toEqual(devices);
      expect(await patient.count("u1")).toBe(2);
      expect((await redis.command("KEYS", "session:*")) as string[]).toHaveLength(2);
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
