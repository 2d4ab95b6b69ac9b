import { randomBytes } from "node:crypto";
import { openStorage } from "@redis-keyspace/demo-kit/redis";
import { serveDemo } from "@redis-keyspace/demo-kit/serve";
import { readSettings } from "@redis-keyspace/demo-kit/settings";
import { startTracing } from "@redis-keyspace/demo-kit/tracing";
import { openUsers } from "@redis-keyspace/demo-kit/users";
import { createApp } from "./app.js";
import { openSessions } from "./sessions.js";

const { port, redisUrl } = readSettings(process.env);
// Users end with this process, so their cookies may too. In production the secret is kept, and is the same everywhere.
const secret = process.env["SESSION_SECRET"] || randomBytes(32).toString("base64url");

startTracing("Express");
const storage = await openStorage(redisUrl);
const users = await openUsers();
const app = createApp({ users, sessions: openSessions(storage.client, secret, storage.stream), storage });

await serveDemo({
  port,
  answer: () => app,
  close() {
    storage.close();
    users.database.close();
  },
});
