import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { answerLoopbackOnly } from "@redis-keyspace/demo-kit/hosts";
import { readSettings } from "@redis-keyspace/demo-kit/settings";

const { port } = readSettings(process.env);

const server = createServer();
server.listen(port, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

// SvelteKit reads both when its handler is loaded. Forms of other origins are refused.
process.env["ORIGIN"] = origin;
process.env["BODY_SIZE_LIMIT"] = "10K";
const { handler } = (await import(new URL("./app/handler.js", import.meta.url).href)) as { handler: RequestListener };
server.on("request", handler);
answerLoopbackOnly(server);
console.log(`listening on ${origin}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    // As adapter-node's own server does, so that `hooks.server.ts` need not know which one it is.
    server.close(() => (process as NodeJS.EventEmitter).emit("sveltekit:shutdown", signal));
    server.closeAllConnections();
  });
}
