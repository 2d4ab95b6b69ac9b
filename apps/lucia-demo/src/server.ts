import { getRequestListener } from "@hono/node-server";
import { openStorage } from "@redis-keyspace/demo-kit/redis";
import { serveDemo } from "@redis-keyspace/demo-kit/serve";
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
const sessions = openSessions(storage.client, users, storage.stream);
const app = createApp({ users, sessions, storage, lucia: `Lucia ${LUCIA}` });

await serveDemo({
  port,
  answer: () => getRequestListener(app.fetch),
  close() {
    storage.close();
    users.database.close();
  },
});

async function chooseLucia(major: string): Promise<OpenSessions> {
  if (major === "2") return (await import("./sessions-v2.js")).openSessions;
  if (major === "3") return (await import("./sessions-v3.js")).openSessions;
  throw new Error(`LUCIA is "${major}". Known: 2, 3`);
}
