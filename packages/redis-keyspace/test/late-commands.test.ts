import { clients } from "@redis-keyspace/scripts/clients";
import { startProxy, startRedis } from "@redis-keyspace/scripts/servers";
import { createSessionStore, type Session, type SessionStore, type StoreClient } from "redis-keyspace";
import { afterAll, describe, expect, test, vi } from "vitest";
import { isOperationKey } from "../src/lib/operation-keys.js";
import { standaloneClients } from "./targets.js";

// What was not sent within its time is never sent: a sign-in that failed must not end a session later.

interface Outage {
  begins(stores: readonly SessionStore<{ n: number }>[]): Promise<void>;
  /** Once the sign-ins are on their way. */
  goesOn(): Promise<void>;
  ends(): Promise<void>;
}

function isReady(client: StoreClient): unknown {
  return "status" in client ? client.status === "ready" : "isReady" in client && client.isReady;
}

for (const [name, connect] of Object.entries(standaloneClients)) {
  describe(name, async () => {
    const redis = await startRedis();
    const { client, close } = await connect(redis.url);
    afterAll(async () => {
      redis.resume();
      await close();
      await redis.stop();
    });
    const sessions = createSessionStore<{ n: number }>(client, { hashIds: false, commandTimeoutMs: 150 });
    const patient = createSessionStore<{ n: number }>(client, { hashIds: false, commandTimeoutMs: 20_000 });

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

for (const [name, connect] of Object.entries(clients)) {
  describe(`${name}, before a server that keeps its scripts`, async () => {
    // One that has lost them would refuse a late script by its hash.
    const redis = await startRedis();
    const proxy = await startProxy(redis);
    const { client, close } = await connect(proxy.url);
    afterAll(async () => {
      redis.resume();
      await close();
      await proxy.stop();
      await redis.stop();
    });
    const outages: Readonly<Record<string, Outage>> = {
      "is down": { begins: lost, goesOn: async () => {}, ends: proxy.resume },
      "is down, then takes connections and answers nothing": { begins: lost, goesOn: proxy.hang, ends: proxy.resume },
      "has stopped answering": {
        async begins(stores) {
          redis.pause();
          // What is written to it before anything has timed out may still happen.
          const reads = await Promise.allSettled(stores.map((sessions) => sessions.get("id")));
          expect(reads.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
        },
        goesOn: async () => {},
        ends: async () => redis.resume(),
      },
    };
    async function lost(): Promise<void> {
      await proxy.refuse();
      // Else the sign-ins would be written to the connection that is gone.
      await vi.waitFor(() => expect(isReady(client)).toBe(false));
    }
    function open(prefix: string, options: { commandTimeoutMs?: number; maxSessionsPerUser?: number } = {}) {
      const prefixes = { sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
      return createSessionStore<{ n: number }>(client, {
        ...prefixes,
        hashIds: false,
        commandTimeoutMs: 400,
        ...options,
      });
    }

    test.each(Object.entries(outages))("sign-ins that time out while Redis %s never happen", async (outage, at) => {
      const stores = [open(outage), open(`cap ${outage}`, { maxSessionsPerUser: 2 })];
      const signIns = (): Promise<Session<{ n: number }>>[] =>
        stores.flatMap((sessions) => [1, 2].map((n) => sessions.create({ userId: "u1", data: { n } })));
      // The first sign-in also asks what this user may do. Those of the outage are to be scripts that the server knows.
      for (const sessions of stores)
        await sessions.delete((await sessions.create({ userId: "u1", data: { n: 0 } })).id);
      const devices = await Promise.all(signIns());
      await at.begins(stores);
      const tries = Promise.allSettled(signIns());
      await at.goesOn();
      const tried = await tries;
      await at.ends();
      const code = "ERR_REDIS_TIMEOUT";
      expect(tried).toEqual(Array(4).fill({ status: "rejected", reason: expect.objectContaining({ code }) }));
      // Whatever the client still has for Redis goes before this.
      await open("last", { commandTimeoutMs: 20_000 }).count("u1");
      const live = await Promise.all(stores.map((sessions) => sessions.list("u1")));
      expect(
        live
          .flat()
          .map(({ handle }) => handle)
          .sort(),
      ).toEqual(devices.map(({ id }) => id).sort());
      const keys = (await redis.command("KEYS", `*${outage}:s:*`)) as string[];
      expect(keys.filter((key) => !isOperationKey(key))).toHaveLength(4);
    });
  });
}
