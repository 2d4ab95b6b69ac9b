import { startRedis } from "@redis-keyspace/scripts/servers";
import { connect } from "../clients.mjs";
import { inParallel } from "../data/pool.mjs";
import { newUserIds } from "../data/values.mjs";
import { serverInfo } from "./server-info.mjs";

const SESSIONS_PER_USER = 2;

/**
 * What a session and its share of the index take in a Redis that holds nothing else, before and after every user's
 * sessions were listed once.
 *
 * @param {string} name
 * @param {(connection: import("../clients.mjs").Connection) => any} contestantOf
 * @param {string} clientName
 * @param {number} users
 */
export async function measureMemory(name, contestantOf, clientName, users) {
  const server = await startRedis();
  const connection = await connect[clientName](server.url);
  try {
    const contestant = contestantOf(connection);
    // Connections and scripts have their buffers by then.
    const [warm] = await contestant.seed(newUserIds(1), SESSIONS_PER_USER);
    await contestant.list?.(warm);
    const empty = await usedMemory(server);

    const seeded = await contestant.seed(newUserIds(users), SESSIONS_PER_USER);
    const filled = await usedMemory(server);
    if (contestant.list) await inParallel(users, 64, (i) => contestant.list(seeded[i]));
    const listed = await usedMemory(server);

    const sessions = users * SESSIONS_PER_USER;
    return {
      name,
      client: clientName,
      sessions,
      sessionsPerUser: SESSIONS_PER_USER,
      bytesPerSession: Math.round((filled - empty) / sessions),
      bytesPerSessionAfterList: contestant.list ? Math.round((listed - empty) / sessions) : null,
    };
  } finally {
    await connection.close();
    await server.stop();
  }
}

async function usedMemory(server) {
  const { used_memory, mem_clients_normal } = await serverInfo(server, "memory");
  return Number(used_memory) - Number(mem_clients_normal);
}
