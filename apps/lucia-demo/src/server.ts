import { serve } from "@hono/node-server";
import { answerLoopbackOnly } from "@redis-keyspace/demo-kit/hosts";
import { openStorage } from "@redis-keyspace/demo-kit/redis";
import { readSettings } from "@redis-keyspace/demo-kit/settings";
import { startTracing } from "@redis-keyspace/demo-kit/tracing";
import { openUsers } from "@redis-keyspace/demo-kit/users";
import { createApp } from "./app.js";
import type { OpenSessions } from "./sessions.js";

const { LUCIA = "2" } = process.env;
const { port, redisUrl } = readSettings(process.env);

startTracing("Lucia");
const storage = await openStorage(redisUrl);
const users = await openUsers();
const openSessions = await chooseLucia(LUCIA);
const app = createApp({ users, sessions: openSessions(storage.client, users), storage, lucia: `Lucia ${LUCIA}` });

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, (address) => {
  console.log(`listening on http://127.0.0.1:${address.port}`);
});
answerLoopbackOnly(server);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
    storage.close();
    users.database.close();
  });
}

async function chooseLucia(major: string): Promise<OpenSessions> {
  if (major === "2") return (await import("./sessions-v2.js")).openSessions;
  if (major === "3") return (await import("./sessions-v3.js")).openSessions;
  throw new Error(`LUCIA is "${major}". Known: 2, 3`);
}
