import { createServer } from "node:http";
import { answerLoopbackOnly } from "@redis-keyspace/demo-kit/hosts";
import { openStorage } from "@redis-keyspace/demo-kit/redis";
import { readSettings } from "@redis-keyspace/demo-kit/settings";
import { startTracing } from "@redis-keyspace/demo-kit/tracing";
import { openUsers } from "@redis-keyspace/demo-kit/users";
import { createApp } from "./app.js";
import { openSessions } from "./sessions.js";

const { port, redisUrl } = readSettings(process.env);

startTracing("Curveball");
const storage = await openStorage(redisUrl);
const users = await openUsers();
const app = createApp({ users, sessions: openSessions(storage.client), storage });

// Not `app.listen`: that one takes every WebSocket, and there is none here.
const server = createServer(app.callback()).listen(port, "127.0.0.1");
answerLoopbackOnly(server);
server.once("listening", () => {
  const address = server.address();
  if (typeof address === "object") console.log(`listening on http://127.0.0.1:${address?.port}`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    storage.close();
    users.database.close();
  });
}
