import { readFileSync } from "node:fs";
import { getRequestListener } from "@hono/node-server";
import { openStorage } from "@redis-keyspace/demo-kit/redis";
import { serveDemo } from "@redis-keyspace/demo-kit/serve";
import { readSettings } from "@redis-keyspace/demo-kit/settings";
import { startTracing } from "@redis-keyspace/demo-kit/tracing";
import { createApp } from "./app.js";
import { openAuth } from "./auth.js";

const { port, redisUrl } = readSettings(process.env);

startTracing("better-auth");
const storage = await openStorage(redisUrl);
const script = readFileSync(new URL("./public/script.js", import.meta.url), "utf8");

await serveDemo({
  port,
  answer: (url) => getRequestListener(createApp({ auth: openAuth(storage, url), storage, script }).fetch),
  close: storage.close,
});
