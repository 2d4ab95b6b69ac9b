import { startRedis, until } from "./process.mjs";

/** @typedef {import("./process.mjs").RedisServer} RedisServer */

/**
 * @typedef {object} RedisSentinel
 * @property {string} name The name of the master.
 * @property {{ host: string, port: number }[]} sentinels
 * @property {RedisServer[]} servers The master and its replica, as they were at the start.
 * @property {() => Promise<RedisServer>} master The server that the sentinels call master now.
 * @property {() => Promise<RedisServer>} killMaster Ends the master and answers it; its `restart` makes it a replica.
 * @property {() => Promise<void>} stop
 */

const name = "keyspace";

/**
 * Starts a master, its replica and three sentinels that fail over after 500 ms of silence.
 *
 * @returns {Promise<RedisSentinel>} once a failover would succeed
 */
export async function startSentinel() {
  /** @type {RedisServer[]} */
  const started = [];
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
  };
  /** @param {import("./process.mjs").RedisOptions} options */
  const start = async (options) => {
    const server = await startRedis(options);
    started.push(server);
    return server;
  };

  try {
    const noWait = ["--repl-diskless-sync-delay", "0"];
    const first = await start({ args: noWait });
    const replica = await start({ args: [...noWait, "--replicaof", first.host, `${first.port}`] });
    await until("the replica", async () =>
      String(await replica.command("INFO", "replication")).includes("master_link_status:up"),
    );

    const sentinels = await Promise.all(
      [1, 2, 3].map(() =>
        start({
          args: ["--sentinel"],
          config: [
            `sentinel monitor ${name} ${first.host} ${first.port} 2`,
            `sentinel down-after-milliseconds ${name} 500`,
            `sentinel failover-timeout ${name} 2000`,
          ],
        }),
      ),
    );
    await Promise.all(
      sentinels.map((sentinel) =>
        until(`the sentinel on port ${sentinel.port}`, async () => {
          const fields = /** @type {string[]} */ (await sentinel.command("SENTINEL", "MASTER", name));
          /** @param {string} field */
          const value = (field) => Number(fields[fields.indexOf(field) + 1]);
          return value("num-slaves") === 1 && value("num-other-sentinels") === sentinels.length - 1;
        }),
      ),
    );

    const servers = [first, replica];
    const master = async () => {
      const address = await sentinels[0]?.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name);
      const port = Number(/** @type {string[]} */ (address)[1]);
      const server = servers.find((candidate) => candidate.port === port);
      if (!server) throw new Error(`The sentinels name an unknown master on port ${port}`);
      return server;
    };
    return {
      name,
      sentinels: sentinels.map(({ host, port }) => ({ host, port })),
      servers,
      master,
      async killMaster() {
        const server = await master();
        await server.kill();
        return server;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
