import { beginMove, startCluster } from "@redis-keyspace/scripts/servers";
import { createSessionStore, type KeyspaceError } from "redis-keyspace";
import { afterAll, describe, expect, test } from "vitest";
import { hashSlot } from "../src/lib/redis/key-slot.js";
import { clusterClients } from "./targets.js";

// While a slot moves, some of its keys are at the old node and some at the new one. No session may be missed meanwhile.
const cluster = await startCluster();
afterAll(() => cluster.stop());

/** Moves some of a slot's keys to the next node; the move ends with `finish`, and the slot goes back. */
async function moveHalf(slot: number): Promise<() => Promise<void>> {
  const { servers } = cluster;
  const from = Math.floor((slot * servers.length) / 16_384);
  const [source, target] = [servers[from], servers[(from + 1) % servers.length]];
  if (source === undefined || target === undefined) throw new Error("no such node");
  const { keys, move, finish } = await beginMove(servers, slot, source, target);
  const all = await keys();
  await move(all.slice(0, all.length / 2));
  return async () => {
    await finish();
    // So that each client meets the same Cluster.
    await (await beginMove(servers, slot, target, source)).finish();
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
