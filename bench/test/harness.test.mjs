import { startRedis } from "@redis-keyspace/scripts/servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../clients.mjs";
import { lucia } from "../contestants/lucia.mjs";
import { ours } from "../contestants/ours.mjs";
import { raw } from "../contestants/raw.mjs";
import { measureCell } from "../measure/cell.mjs";
import { countCosts } from "../measure/costs.mjs";
import { Meter } from "../measure/meter.mjs";
import { sessionOperations, userOperations } from "../measure/operations.mjs";
import { toResults } from "../measure/rows.mjs";
import { cpuOf } from "../measure/server-info.mjs";

const operations = [...sessionOperations, ...userOperations];
const meter = new Meter();
let server;
let proxied;

beforeAll(async () => {
  server = await startRedis();
  proxied = await meter.proxy(server);
});

afterAll(async () => {
  await meter.close();
  await server?.stop();
});

async function on(client, { host, port }, work) {
  const connection = await connect[client](`redis://${host}:${port}`);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

describe.each(["node-redis 6", "ioredis 6"])("on %s", (client) => {
  it.each([...operations, "rotate", "count"])("%s of ours is one command in one round trip", (op) =>
    on(client, proxied, async (connection) => {
      const contestant = ours(connection);
      const costs = await countCosts({ op, n: 3, concurrency: 1 }, { contestant, seeder: contestant, meter });
      expect(costs).toEqual({ roundTrips: 1, commands: 1, bytes: expect.any(Number) });
    }),
  );

  it("64 gets of ours are one command", () =>
    on(client, proxied, async (connection) => {
      const contestant = ours(connection);
      const costs = await countCosts({ op: "get", n: 1, concurrency: 64 }, { contestant, seeder: contestant, meter });
      expect(costs).toMatchObject({ roundTrips: 1, commands: 0.0156 });
    }));

  it("counts what the peer needs", () =>
    on(client, proxied, async (connection) => {
      const contestant = lucia(connection);
      const costs = (op) => countCosts({ op, n: 3, concurrency: 1 }, { contestant, seeder: contestant, meter });
      expect(await costs("get")).toMatchObject({ roundTrips: 1, commands: 1 });
      expect(await costs("create")).toMatchObject({ roundTrips: 1, commands: 2 });
      expect(await costs("delete")).toMatchObject({ roundTrips: 2, commands: 3 });
      expect(await costs("list")).toMatchObject({ roundTrips: 2, commands: 4 });
    }));

  it.each(operations)("a row of %s has every field", (op) =>
    on(client, server, async (connection) => {
      const contestants = [ours(connection), raw(connection)];
      const seeders = Object.fromEntries(contestants.map((contestant) => [contestant.name, contestant]));
      const cell = { op, n: 2, concurrency: 1 };
      const effort = { rounds: 1, sliceMs: 0, budgetMs: 0 };
      const samples = await measureCell(cell, { contestants, seeders, effort, redisCpuUs: () => cpuOf([server]) });
      const { rows } = toResults(cell, samples, { roundTrips: 1, commands: 1, bytes: 1 });
      expect(rows).toEqual([
        {
          ...{ op, n: 2, client, concurrency: 1, vs: "raw", vsClient: client },
          ...{ roundTrips: 1, commands: 1, bytes: 1 },
          ratio: expect.any(Number),
          interval: [rows[0].ratio, rows[0].ratio],
          clientCpuRatio: expect.any(Number),
          redisCpuRatio: expect.any(Number),
          clientCpuUs: expect.any(Number),
          redisCpuUs: expect.any(Number),
        },
      ]);
      expect(rows[0].ratio).toBeGreaterThan(0);
    }),
  );
});
