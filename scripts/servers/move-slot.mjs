import { Redis } from "ioredis";

/** @typedef {import("./process.mjs").RedisServer} RedisServer */

/**
 * @typedef {object} SlotMove
 * @property {() => Promise<string[]>} keys Those that have not moved yet, a thousand at most.
 * @property {(keys: readonly string[]) => Promise<void>} move Moves some, one by one.
 * @property {() => Promise<void>} finish Moves the rest, and the slot is the target's.
 */

/**
 * Begins to move a slot of a Cluster, as `redis-cli --cluster reshard` does.
 *
 * @param {readonly RedisServer[]} masters
 * @param {number} slot
 * @param {RedisServer} source
 * @param {RedisServer} target
 * @returns {Promise<SlotMove>}
 */
export async function beginMove(masters, slot, source, target) {
  /** @param {RedisServer} server */
  const idOf = async (server) => String(await server.command("CLUSTER", "MYID"));
  const [sourceId, targetId] = [await idOf(source), await idOf(target)];
  /** @param {RedisServer} server @param {string[]} words */
  const setSlot = (server, ...words) => server.command("CLUSTER", "SETSLOT", `${slot}`, ...words);
  await setSlot(target, "IMPORTING", sourceId);
  await setSlot(source, "MIGRATING", targetId);

  const keys = async () =>
    /** @type {string[]} */ (await source.command("CLUSTER", "GETKEYSINSLOT", `${slot}`, "1000"));
  /** @param {readonly string[]} moved */
  const move = async (moved) => {
    const connection = new Redis(source.url);
    for (const key of moved) await connection.call("MIGRATE", target.host, `${target.port}`, key, "0", "5000");
    connection.disconnect();
  };
  return {
    keys,
    move,
    async finish() {
      for (let left = await keys(); left.length > 0; left = await keys()) await move(left);
      // The target first: else for a moment nobody would have the slot.
      const others = masters.filter((server) => server !== source && server !== target);
      for (const server of [target, source, ...others]) await setSlot(server, "NODE", targetId);
    },
  };
}
