import { serve } from "@hono/node-server";
import { createApp } from "./app.js";
import { openStorage } from "./redis.js";
import type { OpenSessions } from "./sessions.js";
import { openUsers } from "./users.js";

const { PORT = "3000", REDIS_URL, KEYSPACE_MEMORY, LUCIA = "2" } = process.env;

const port = Number(PORT);
if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT is "${PORT}", not a port number`);
if (!REDIS_URL && KEYSPACE_MEMORY !== "1") throw new Error("Set REDIS_URL, or KEYSPACE_MEMORY=1 to do without a Redis");

const storage = await openStorage(KEYSPACE_MEMORY === "1" ? undefined : REDIS_URL);
const users = await openUsers();
const openSessions = await chooseLucia(LUCIA);
const app = createApp({ users, sessions: openSessions(storage.client, users), storage, lucia: `Lucia ${LUCIA}` });

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, (address) => {
  console.log(`listening on http://127.0.0.1:${address.port}`);
});

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
