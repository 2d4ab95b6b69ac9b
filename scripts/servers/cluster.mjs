import { isReplicaOf } from "./failover.mjs";
import { freePort, onFreePort, startRedis, until } from "./process.mjs";

/**
 * @typedef {object} RedisCluster
 * @property {string[]} urls
 * @property {{ url: string }[]} rootNodes As node-redis's `createCluster` wants them.
 * @property {{ host: string, port: number }[]} nodes As ioredis's `Cluster` wants them.
 * @property {import("./process.mjs").RedisServer[]} servers The masters, as they were at the start.
 * @property {import("./process.mjs").RedisServer | undefined} replica Of the first master.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts three masters that share the slots.
 *
 * @param {{ replica?: boolean }} [options] `replica`: the first master has one, which takes over a second after its master
 *   is gone; meanwhile the other masters go on answering.
 * @returns {Promise<RedisCluster>} once every node says `cluster_state:ok`
 */
export async function startCluster({ replica: wanted = false } = {}) {
  const start = () => startNode(wanted ? failsOver : []);
  const members = await Promise.all([start(), start(), start(), ...(wanted ? [start()] : [])]);
  const servers = members.slice(0, 3).map(({ server }) => server);
  const replica = members[3]?.server;
  const stop = async () => {
    await Promise.all(members.map(({ server }) => server.stop()));
  };

  try {
    await Promise.all(
      servers.map(async (server, n) => {
        const first = Math.ceil((16_384 * n) / servers.length);
        const last = Math.ceil((16_384 * (n + 1)) / servers.length) - 1;
        await server.command("CLUSTER", "ADDSLOTSRANGE", `${first}`, `${last}`);
        await server.command("CLUSTER", "SET-CONFIG-EPOCH", `${n + 1}`);
      }),
    );
    const [first, ...others] = members;
    for (const { server, busPort } of others) {
      await first?.server.command("CLUSTER", "MEET", server.host, `${server.port}`, `${busPort}`);
    }
    await Promise.all(
      members.map(({ server }) =>
        until(`the cluster on port ${server.port}`, async () => {
          const info = String(await server.command("CLUSTER", "INFO"));
          return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${members.length}`);
        }),
      ),
    );
    if (first && replica) {
      await replica.command("CLUSTER", "REPLICATE", String(await first.server.command("CLUSTER", "MYID")));
      await isReplicaOf(first.server, replica);
    }
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    urls: servers.map(({ url }) => url),
    rootNodes: servers.map(({ url }) => ({ url })),
    nodes: servers.map(({ host, port }) => ({ host, port })),
    servers,
    replica,
    stop,
  };
}

const failsOver = [
  ...["--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0"],
  ...["--cluster-require-full-coverage", "no", "--repl-diskless-sync-delay", "0"],
];

/**
 * Starts one server that has all the slots, as managed services put one in front of many: to a client that knows nothing
 * of a Cluster it is one server, which refuses keys of two slots in one command or script.
 *
 * @returns {Promise<import("./process.mjs").RedisServer>}
 */
export async function startSlotCheckingRedis() {
  const { server } = await startNode();
  await server.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  await until(`the cluster on port ${server.port}`, async () =>
    String(await server.command("CLUSTER", "INFO")).includes("cluster_state:ok"),
  );
  return server;
}

/** The bus port is explicit: its default, port + 10000, is often above 65535. */
function startNode(more = /** @type {string[]} */ ([])) {
  return onFreePort(async (busPort) => {
    const port = await freePort();
    const args = ["--cluster-enabled", "yes", "--cluster-port", `${busPort}`, ...more];
    return { busPort, server: await startRedis({ port, args }) };
  });
}
