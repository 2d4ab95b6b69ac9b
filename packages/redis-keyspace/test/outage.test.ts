import { type RedisServer, startRedis } from "@redis-keyspace/scripts/servers";
import { createSessionStore, KeyspaceError, type SessionStore } from "redis-keyspace";
import { afterAll, describe, expect, test } from "vitest";
import { standaloneClients } from "./targets.js";

// K2 on real servers: every way to be unavailable is a typed error, on time, and never an absent session.

type Sessions = SessionStore<{ n: number }>;

const operations: Readonly<Record<string, (sessions: Sessions) => Promise<unknown>>> = {
  get: (sessions) => sessions.get("id"),
  create: (sessions) => sessions.create({ userId: "u1", data: { n: 1 } }),
  update: (sessions) => sessions.update("id", () => ({ data: { n: 2 } })),
  touch: (sessions) => sessions.touch("id"),
  rotate: (sessions) => sessions.rotate("id"),
  delete: (sessions) => sessions.delete("id"),
  list: (sessions) => sessions.list("u1"),
  deleteAll: (sessions) => sessions.deleteAll("u1"),
};

async function codes(sessions: Sessions): Promise<Record<string, string>> {
  const outcomes = Object.keys(operations).map(async (name) => {
    const outcome = await operations[name]?.(sessions).then(
      () => "ok",
      (error: unknown) => (error instanceof KeyspaceError ? error.code : `not ours: ${String(error)}`),
    );
    return [name, outcome] as const;
  });
  return Object.fromEntries(await Promise.all(outcomes)) as Record<string, string>;
}

const all = (code: string): Record<string, string> =>
  Object.fromEntries(Object.keys(operations).map((name) => [name, code]));

/** Retries what a reconnecting client refuses at first. */
async function whenBack<Value>(operation: () => Promise<Value>): Promise<Value> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

for (const [name, connect] of Object.entries(standaloneClients)) {
  describe(name, async () => {
    const redis: RedisServer = await startRedis();
    const { client, close } = await connect(redis.url);
    const sessions: Sessions = createSessionStore(client, { hashIds: false, commandTimeoutMs: 400 });
    await sessions.create({ id: "id", userId: "u1", data: { n: 1 } });

    afterAll(async () => {
      redis.resume();
      await close();
      await redis.stop();
    });

    test("a Redis that hangs is a time-out, on time, and the session is still there afterwards", async () => {
      redis.pause();
      const start = Date.now();
      const found = await codes(sessions);
      const took = Date.now() - start;
      redis.resume();
      expect(found).toEqual(all("ERR_REDIS_TIMEOUT"));
      expect(took).toBeGreaterThanOrEqual(399);
      expect(took).toBeLessThan(4000);
    });

    test("a Redis that is full refuses writes and still answers reads", async () => {
      await sessions.create({ id: "full", userId: "u2", data: { n: 1 } });
      await redis.command("CONFIG", "SET", "maxmemory", "1");
      try {
        const refused = { code: "ERR_REDIS_OUT_OF_MEMORY" };
        await expect(sessions.touch("full")).rejects.toMatchObject(refused);
        await expect(sessions.create({ userId: "u1", data: { n: 1 } })).rejects.toMatchObject(refused);
        expect((await sessions.get("full"))?.data).toEqual({ n: 1 });
      } finally {
        await redis.command("CONFIG", "SET", "maxmemory", "0");
      }
      expect((await sessions.delete("full"))?.data).toEqual({ n: 1 });
    });

    test("a read-only Redis refuses writes and still answers reads", async () => {
      await sessions.create({ id: "kept", userId: "u2", data: { n: 1 } });
      // A replica of nobody: it keeps what it has and takes no writes.
      await redis.command("REPLICAOF", "127.0.0.1", "1");
      try {
        const refused = { code: "ERR_REDIS_READONLY" };
        await expect(sessions.touch("kept")).rejects.toMatchObject(refused);
        await expect(sessions.create({ userId: "u1", data: { n: 1 } })).rejects.toMatchObject(refused);
        expect((await sessions.get("kept"))?.data).toEqual({ n: 1 });
      } finally {
        await redis.command("REPLICAOF", "NO", "ONE");
      }
      await sessions.delete("kept");
    });

    test("another type under the prefix is an error and stays", async () => {
      await redis.command("HSET", "session:hash", "field", "value");
      const hash = {
        get: () => sessions.get("hash"),
        touch: () => sessions.touch("hash"),
        delete: () => sessions.delete("hash"),
      };
      for (const operation of Object.values(hash)) {
        await expect(operation()).rejects.toMatchObject({ code: "ERR_REDIS_WRONG_TYPE" });
      }
      expect(await redis.command("HGET", "session:hash", "field")).toBe("value");
    });

    test("scripts are sent again to a server that has lost them", async () => {
      const { id } = await sessions.create({ userId: "u3", data: { n: 1 } });
      await redis.command("SCRIPT", "FLUSH");
      await expect(sessions.touch(id)).resolves.toBeInstanceOf(Date);
      await redis.command("SCRIPT", "FLUSH");
      await expect(sessions.deleteAll("u3")).resolves.toBe(1);
    });

    test("a Redis that is down is an error; when it is back, so is the store", async () => {
      await redis.kill();
      for (const code of Object.values(await codes(sessions))) {
        expect(["ERR_REDIS_UNAVAILABLE", "ERR_REDIS_TIMEOUT"]).toContain(code);
      }
      await redis.restart();
      const again = await whenBack(() => sessions.create({ userId: "u1", data: { n: 9 } }));
      expect((await whenBack(() => sessions.get(again.id)))?.data).toEqual({ n: 9 });
    });
  });
}
