import { openStorage } from "@redis-keyspace/demo-kit/redis";
import { serveDemo } from "@redis-keyspace/demo-kit/serve";
import { readSettings } from "@redis-keyspace/demo-kit/settings";
import { startTracing } from "@redis-keyspace/demo-kit/tracing";
import { openUsers } from "@redis-keyspace/demo-kit/users";
import { createApp } from "./app.js";
import { openSessions } from "./sessions.js";

const { port, redisUrl } = readSettings(process.env);

startTracing("Curveball");
const storage = await openStorage(redisUrl);
const users = await openUsers();
const app = createApp({ users, sessions: openSessions(storage.client, storage.stream), storage });

await serveDemo({
  port,
  // Not `app.listen`: that one takes every WebSocket, and there is none here.
  answer: () => app.callback(),
  close() {
    storage.close();
    users.database.close();
  },
});
