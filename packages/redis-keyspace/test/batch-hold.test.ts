// How long writes that go out together hold Redis, by its own SLOWLOG: nobody else is served meanwhile. What counts is the
// quickest of several commands, which says what the scripts take and not what else this machine had to do.
import { clients } from "@redis-keyspace/scripts/clients";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createSessionStore, type Session } from "redis-keyspace";
import {
  type Driver,
  type IoRedisClient,
  ioRedisDriver,
  type NodeRedisClient,
  nodeRedisDriver,
} from "redis-keyspace/driver";
import { afterAll, expect, test } from "vitest";

const AT_ONCE = 64;
const TURNS = 3;
const MOST_MICROS = 1_500;

const server = await startRedis({ config: ["slowlog-log-slower-than 0", "slowlog-max-len 1000"] });
const inspector = new Redis(server.url);
afterAll(async () => {
  inspector.disconnect();
  await server.stop();
});

interface Visit {
  readonly n: number;
  readonly text: string;
}

type Visits = ReturnType<typeof createSessionStore<Visit>>;
type Work = (store: Visits, session: Session<Visit>) => Promise<unknown>;

const data = { n: 0, text: "x".repeat(200) };
const writes: Readonly<Record<string, Work>> = {
  touches: (store, { id }) => store.touch(id),
  changes: (store, session) => store.update(session, (found) => ({ data: { ...found.data, n: found.data.n + 1 } })),
  "sign-outs": (store, session) => store.delete(session),
};
const drivers: Readonly<Record<string, (client: unknown) => Driver>> = {
  "node-redis 6": (client) => nodeRedisDriver(client as NodeRedisClient),
  "ioredis 6": (client) => ioRedisDriver(client as IoRedisClient),
};

/** How long each script held Redis since this was asked last, in microseconds. */
async function heldMicros(): Promise<number[]> {
  const seen = (await inspector.slowlog("GET", -1)) as [number, number, number, string[]][];
  await inspector.slowlog("RESET");
  return seen.flatMap(([, , micros, [command = "", , keys]]) =>
    /^eval/i.test(command) && Number(keys) > 20 ? micros : [],
  );
}

test.each(Object.keys(drivers).flatMap((client) => Object.keys(writes).map((write) => [client, write] as const)))(
  "%s: %s of one turn go out in small commands, which hold Redis for no more than 1.5 ms each",
  async (name, write) => {
    const { client, close } = (await clients[name]?.(server.url)) ?? {};
    const driver = (drivers[name] as (client: unknown) => Driver)(client);
    const pieces: { calls: number; bytes: number }[] = [];
    const store: Visits = createSessionStore<Visit>({
      ...driver,
      run(script, keys, args, signal) {
        const bytes = [...keys, ...args].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        if (script.name === "batch") pieces.push({ calls: (args[0] as string).length / 3, bytes });
        return driver.run(script, keys, args, signal);
      },
    });
    const held: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      const sessions = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, n) => store.create({ userId: `${turn}-${n}`, data })),
      );
      await heldMicros();
      await Promise.all(sessions.map((session) => writes[write]?.(store, session)));
      held.push(...(await heldMicros()));
    }
    await close?.();
    expect(pieces.length).toBeGreaterThanOrEqual(TURNS);
    expect(Math.max(...pieces.map(({ calls }) => calls))).toBeLessThanOrEqual(32);
    expect(Math.max(...pieces.map(({ bytes }) => bytes))).toBeLessThanOrEqual(12_000);
    expect(Math.min(...held)).toBeLessThanOrEqual(MOST_MICROS);
  },
);
