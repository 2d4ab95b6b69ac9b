import { nodeRedis } from "@redis-keyspace/scripts/clients";
import { beginMove, startCluster } from "@redis-keyspace/scripts/servers";
import { createCluster } from "redis";
import { createSessionStore, type KeyspaceError } from "redis-keyspace";
import { afterAll, describe, expect, test } from "vitest";
import { hashSlot } from "../src/lib/redis/key-slot.js";
import { clusterClients } from "./targets.js";

// While a slot moves, some of its keys are at the old node and some at the new one. No session may be missed meanwhile.
const cluster = await startCluster();
afterAll(() => cluster.stop());

/** Moves some of a slot's keys to the next node. What it answers moves the rest, and then all of them back. */
async function moveSome(slot: number, some: (keys: string[]) => string[]): Promise<() => Promise<void>> {
  const { servers } = cluster;
  const from = Math.floor((slot * servers.length) / 16_384);
  const [source, target] = [servers[from], servers[(from + 1) % servers.length]];
  if (source === undefined || target === undefined) throw new Error("no such node");
  const { keys, move, finish } = await beginMove(servers, slot, source, target);
  await move(some(await keys()));
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
          hashIds: false,
          sessionPrefix: `${tag}${unique}:s:`,
          userSessionsPrefix: `${tag}${unique}:u:`,
        });
      const tag = `{${unique}}`;
      const [tagged, others] = [open(tag), open("")];
      const create = (sessions: typeof tagged) =>
        Promise.all(Array.from({ length: 40 }, (_, n) => sessions.create({ userId: `u${n}`, data: { n } })));
      const [inSlot, elsewhere] = await Promise.all([create(tagged), create(others)]);
      const finish = await moveSome(hashSlot(tag), (keys) => keys.slice(0, keys.length / 2));
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

describe("a slot in which a record and its index are apart for a moment", async () => {
  const { client, close } = await nodeRedis(createCluster({ rootNodes: cluster.rootNodes }), (made) => made.destroy());
  afterAll(close);

  /** One session of a user, or two, whose slot moves; `first` says which keys have moved already. */
  async function apart(first: (key: string) => boolean, sessions = 1) {
    const tag = `{${crypto.randomUUID()}}`;
    const store = createSessionStore(client, {
      hashIds: false,
      sessionPrefix: `${tag}s:`,
      userSessionsPrefix: `${tag}u:`,
    });
    const ids: string[] = [];
    for (let n = 0; n < sessions; n++) ids.push((await store.create({ userId: "u", data: n })).id);
    const finish = await moveSome(hashSlot(tag), (keys) => keys.filter((key) => first(key.slice(tag.length))));
    return { store, id: ids[0] as string, finish };
  }
  const isRecord = (key: string): boolean => key.startsWith("s:");
  const isIndex = (key: string): boolean => key.startsWith("u:");
  const outcome = (answer: Promise<unknown>): Promise<unknown> =>
    answer.catch((error: unknown) => (error as KeyspaceError).code);

  test("the only session of a user ends whole", async () => {
    const { store, id, finish } = await apart(() => false);
    expect(await outcome(store.delete(id))).toMatchObject({ id });
    expect(await store.get(id)).toBeNull();
    await finish();
  });

  test("a session's touch makes no second index", async () => {
    const { store, id, finish } = await apart(isRecord);
    expect(await outcome(store.touch(id))).toBe("ERR_REDIS_UNAVAILABLE");
    await finish();
    expect(await store.touch(id)).toBeInstanceOf(Date);
    expect(await store.count("u")).toBe(1);
  });

  test("a session that cannot leave its index stays", async () => {
    const { store, id, finish } = await apart(isRecord);
    expect(await outcome(store.delete(id))).toBe("ERR_REDIS_UNAVAILABLE");
    expect(await store.get(id)).not.toBeNull();
    await finish();
    expect(await store.delete(id)).toMatchObject({ id });
  });

  for (const sessions of [1, 2]) {
    test(`a user's sessions are not taken for gone: ${sessions}`, async () => {
      const { store, id, finish } = await apart(isIndex, sessions);
      expect(await outcome(store.list("u"))).toBe("ERR_REDIS_UNAVAILABLE");
      expect(await outcome(store.count("u"))).toBe("ERR_REDIS_UNAVAILABLE");
      expect(await outcome(store.deleteAll("u"))).toBe("ERR_REDIS_UNAVAILABLE");
      expect(await store.get(id)).not.toBeNull();
      await finish();
      expect(await store.deleteAll("u")).toBe(sessions);
      expect(await store.get(id)).toBeNull();
    });
  }
});
