// Another process of the application: it reads, watches, and says when it knew that a session had ended.
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSessionStore } from "redis-keyspace";
import { createSessionStream } from "redis-keyspace/live";
import { kinds } from "./clients.mjs";

const [kind, url, prefix] = process.argv.slice(2);
const { client } = await kinds[kind].connect(url);
const stream = createSessionStream((await kinds[kind].connectStream(url)).client);
const sessions = createSessionStore(client, {
  ...{ sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` },
  cache: { stream, maxAgeMs: 60_000 },
});
await stream.ready();

/** As other requests of this process do: hot reads, and now and then one that asks Redis. */
let isLoaded = true;
async function load(ids) {
  for (let i = 0; isLoaded; i++) {
    for (let k = 0; k < 20; k++) await sessions.get(ids[(i + k) % ids.length]);
    await client.get(`${prefix}nothing`);
  }
}

process.on("message", async ({ load: ids, id, end }) => {
  if (end) {
    isLoaded = false;
    process.exit(0);
  }
  if (ids !== undefined) {
    for (let n = 0; n < 64; n++) void load(ids);
    return process.send({ loaded: true });
  }
  const times = {};
  const watched = new Promise((resolve) => {
    sessions.watch(id, {
      onEnd() {
        times.toldAt = String(process.hrtime.bigint());
        resolve();
      },
    });
  });
  await sessions.get(id);
  await sessions.get(id);
  process.send({ ready: id });
  while ((await sessions.get(id)) !== null) await nextTurn();
  times.refusedAt = String(process.hrtime.bigint());
  await watched;
  process.send({ ended: id, ...times });
});
process.send({ up: true });
