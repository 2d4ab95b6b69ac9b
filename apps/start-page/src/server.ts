import { serve } from "@hono/node-server";
import { answerLoopbackOnly } from "@redis-keyspace/demo-kit/hosts";
import { connect } from "@redis-keyspace/demo-kit/redis";
import { readSettings } from "@redis-keyspace/demo-kit/settings";
import { createApp } from "./app.js";
import { readDemos } from "./demos.js";

const { port, redisUrl } = readSettings(process.env);
const demos = readDemos(process.env["DEMOS"]);
const client = redisUrl === undefined ? null : await connect(redisUrl);

const server = serve({ fetch: createApp(demos, client).fetch, hostname: "127.0.0.1", port }, (address) => {
  console.log(`listening on http://127.0.0.1:${address.port}`);
});
answerLoopbackOnly(server);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
    client?.destroy();
  });
}
