import { ask } from "./ask.mjs";

/**
 * Empties one of the bench's own servers, so that each cell starts alike.
 *
 * @param {import("@redis-keyspace/scripts/servers").RedisServer} server
 */
export async function removeAllKeys(server) {
  let cursor = "0";
  do {
    const page = await ask(server, "SCAN", cursor, "COUNT", "5000");
    const [next, keys] = /** @type {[string, string[]]} */ (page);
    // In a script, because a Cluster takes keys of different slots in no single command.
    if (keys.length > 0) await ask(server, "EVAL", "for i = 1, #ARGV do redis.call('DEL', ARGV[i]) end", "0", ...keys);
    cursor = next;
  } while (cursor !== "0");
}
