import { randomBytes } from "node:crypto";
import { openStorage } from "@redis-keyspace/demo-kit/redis";
import { serveDemo } from "@redis-keyspace/demo-kit/serve";
import { readSettings } from "@redis-keyspace/demo-kit/settings";
import { startTracing } from "@redis-keyspace/demo-kit/tracing";
import { openUsers } from "@redis-keyspace/demo-kit/users";
import { createApp } from "./app.js";
import { openSessions } from "./sessions.js";
import { openWebSockets } from "./web-sockets.js";

const { port, redisUrl } = readSettings(process.env);
// Users end with this process, so their cookies may too. In production the secret is kept, and is the same everywhere.
const secret = process.env["SESSION_SECRET"] || randomBytes(32).toString("base64url");

startTracing("Express");
const storage = await openStorage(redisUrl);
const users = await openUsers();
const sessions = openSessions(storage.client, secret, storage.stream);
const app = createApp({ users, sessions, storage });
let closeWebSockets = (): void => {};

await serveDemo({
  port,
  answer(_url, server) {
    if (storage.stream !== undefined) closeWebSockets = openWebSockets(server, sessions);
    return app;
  },
  close() {
    closeWebSockets();
    storage.close();
    users.database.close();
  },
});
