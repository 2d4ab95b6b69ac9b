/**
 * A command that may be sent twice. It is, for on a machine with much to do an answer can take longer than a server's
 * `command` waits, and a measurement of minutes should not end with that.
 *
 * @param {import("@redis-keyspace/scripts/servers").RedisServer} server
 * @param {string[]} words
 */
export async function ask(server, ...words) {
  for (let triesLeft = 4; triesLeft > 0; triesLeft--) {
    const answer = await server.command(...words).catch(() => undefined);
    if (answer !== undefined) return answer;
  }
  return await server.command(...words);
}
