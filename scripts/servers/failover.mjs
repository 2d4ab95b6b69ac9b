import { until } from "./process.mjs";

/** @typedef {import("./process.mjs").RedisServer} RedisServer */

/**
 * Ends a master at once and waits until its replica has taken over, which a Cluster or Sentinel sees to.
 *
 * @param {RedisServer} master
 * @param {RedisServer} replica
 * @param {(since: number) => Promise<void>} unreplicated While it runs, nothing reaches the replica. It must be over before
 *   the replica is missed. What was acknowledged before `since`, by `performance.now()`, is on the replica.
 */
export async function takesOver(master, replica, unreplicated) {
  const since = performance.now();
  const sent = await replicated(master, "master_repl_offset");
  await until("what the replica is behind", async () => (await replicated(replica, "slave_repl_offset")) >= sent);
  replica.pause();
  try {
    await master.command("CLIENT", "KILL", "TYPE", "replica");
    await unreplicated(since);
    await master.kill();
  } finally {
    replica.resume();
  }
  await until("the replica to take over", async () => (await replication(replica)).includes("role:master"));
}

/**
 * Waits until a server is a replica that has all that its master has.
 *
 * @param {RedisServer} master
 * @param {RedisServer} replica
 */
export async function isReplicaOf(master, replica) {
  await until(`the replica on port ${replica.port}`, async () => {
    const info = await replication(replica);
    return info.includes(`master_port:${master.port}\r`) && info.includes("master_link_status:up");
  });
}

/**
 * Waits until a replica of a Cluster knows which slots its master has: it hears of a slot that has moved by and by, and takes
 * over only what it knows of.
 *
 * @param {RedisServer} master
 * @param {RedisServer} replica
 */
export async function knowsSlotsOf(master, replica) {
  const id = String(await master.command("CLUSTER", "MYID"));
  /** @param {RedisServer} server */
  const slotsAt = async (server) => {
    const line = String(await server.command("CLUSTER", "NODES"))
      .split("\n")
      .find((one) => one.startsWith(id));
    return line?.split(" ").slice(8).join(" ");
  };
  await until(
    "the replica to know its master's slots",
    async () => (await slotsAt(replica)) === (await slotsAt(master)),
  );
}

/** @param {RedisServer} server */
async function replication(server) {
  return String(await server.command("INFO", "replication"));
}

/**
 * @param {RedisServer} server
 * @param {string} field
 */
async function replicated(server, field) {
  return Number(new RegExp(`${field}:(\\d+)`).exec(await replication(server))?.[1]);
}
