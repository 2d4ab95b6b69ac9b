import { startCluster } from "@redis-keyspace/scripts/servers";
import { createSessionStore, type KeyspaceError } from "redis-keyspace";
import { afterAll, describe, expect, test } from "vitest";
import { hashSlot } from "../src/lib/redis/key-slot.js";
import { clusterClients } from "./targets.js";

// While a slot moves, some of its keys are at the old node and some at the new one. No session may be missed meanwhile.
const cluster = await startCluster();
afterAll(() => cluster.stop());

const count = cluster.servers.length;
const idOf: string[] = [];
for (const server of cluster.servers) idOf.push(String(await server.command("CLUSTER", "MYID")));

/** Moves some of a slot's keys; the move ends with `finish`. */
async function moveHalf(slot: number): Promise<() => Promise<void>> {
  const from = Math.floor((slot * count) / 16_384);
  const to = (from + 1) % count;
  const [source, target] = [cluster.servers[from], cluster.servers[to]];
  if (source === undefined || target === undefined) throw new Error("no such node");
  const move = async (keys: readonly string[]): Promise<void> => {
    for (const key of keys) await source.command("MIGRATE", target.host, String(target.port), key, "0", "5000");
  };
  const keysIn = async (): Promise<string[]> =>
    (await source.command("CLUSTER", "GETKEYSINSLOT", String(slot), "1000")) as string[];
  await target.command("CLUSTER", "SETSLOT", String(slot), "IMPORTING", idOf[from] ?? "");
  await source.command("CLUSTER", "SETSLOT", String(slot), "MIGRATING", idOf[to] ?? "");
  const keys = await keysIn();
  await move(keys.slice(0, keys.length / 2));
  return async () => {
    await move(await keysIn());
    // Back again, so that each client meets the same Cluster.
    for (const node of cluster.servers) await node.command("CLUSTER", "SETSLOT", String(slot), "NODE", idOf[to] ?? "");
    await source.command("CLUSTER", "SETSLOT", String(slot), "IMPORTING", idOf[to] ?? "");
    await target.command("CLUSTER", "SETSLOT", String(slot), "MIGRATING", idOf[from] ?? "");
    const moved = (await target.command("CLUSTER", "GETKEYSINSLOT", String(slot), "1000")) as string[];
    for (const key of moved) await target.command("MIGRATE", source.host, String(source.port), key, "0", "5000");
    for (const node of cluster.servers)
      await node.command("CLUSTER", "SETSLOT", String(slot), "NODE", idOf[from] ?? "");
  };
}

for (const [name, connect] of Object.entries(clusterClients)) {
  describe(name, async () => {
    const { client, close } = await connect(cluster);
    afterAll(close);

    test("reads of one turn find every session while a slot is half moved, of that slot and of others", async () => {
      const unique = crypto.randomUUID();
      const open = (tag: string) =>
        createSessionStore<{ n: number }>(client, {
          sessionPrefix: `${tag}${unique}:s:`,
          userSessionsPrefix: `${tag}${unique}:u:`,
        });
      const tag = `{${unique}}`;
      const [tagged, others] = [open(tag), open("")];
      const create = (sessions: typeof tagged) =>
        Promise.all(Array.from({ length: 40 }, (_, n) => sessions.create({ userId: `u${n}`, data: { n } })));
      const [inSlot, elsewhere] = await Promise.all([create(tagged), create(others)]);
      const finish = await moveHalf(hashSlot(tag));
      const read = await Promise.all([
        ...inSlot.map(({ id }) => tagged.get(id)),
        ...elsewhere.map(({ id }) => others.get(id)),
        tagged.get("missing"),
      ]);
      expect(read).toEqual([...inSlot, ...elsewhere, null]);
      // A script over a record and an index that are apart for the moment is told so, and nothing is taken for absent.
      const touched = await Promise.all(
        inSlot.map(({ id }) => tagged.touch(id).catch((error: unknown) => (error as KeyspaceError).code)),
      );
      for (const outcome of touched) {
        if (!(outcome instanceof Date)) expect(outcome).toBe("ERR_REDIS_UNAVAILABLE");
      }
      await finish();
      expect(await Promise.all(inSlot.map(async ({ id }) => (await tagged.get(id))?.data))).toEqual(
        inSlot.map(({ data }) => data),
      );
    });
  });
}
