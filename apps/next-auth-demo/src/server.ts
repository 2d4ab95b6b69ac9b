import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { answerLoopbackOnly } from "@redis-keyspace/demo-kit/hosts";
import { startTracing, traced } from "@redis-keyspace/demo-kit/tracing";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis } from "@upstash/redis";
import { createSessionStream } from "redis-keyspace/live";
import { memoryDriver } from "redis-keyspace/memory";
import { startOidcProvider } from "./server/oidc-provider.js";
import { readSettings, refuse } from "./server/settings.js";

// What production has around the app, on this machine: Upstash, an OpenID provider, a mail box, settings and a server.
// On Vercel none of this file is used.

startTracing("NextAuth");
const settings = readSettings(process.env);

const server = createServer();
server.listen(settings.port, "127.0.0.1");
await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
const { port } = server.address() as AddressInfo;
const url = `http://127.0.0.1:${port}`;

const { storage } = settings;
const upstash =
  typeof storage === "string"
    ? null
    : await startUpstashLocal({ ...storage, port: 0 }).catch((error: Error) => refuse(error.message));
if (storage === "memory") Object.assign(globalThis, { nextAuthDemoMemory: memoryDriver() });
const listening =
  upstash && new Redis({ url: upstash.url, token: upstash.token, enableTelemetry: false, retry: false });
const stream = listening && createSessionStream(listening);
if (stream !== null) Object.assign(globalThis, { nextAuthDemoStream: stream });
const oidc = await startOidcProvider(`${url}/api/auth/callback/oidc`);

// Next reads these when it starts.
Object.assign(process.env, {
  NODE_ENV: "production",
  NEXT_TELEMETRY_DISABLED: "1",
  NEXTAUTH_URL: url,
  NEXTAUTH_SECRET: process.env["NEXTAUTH_SECRET"] ?? randomBytes(32).toString("base64url"),
  DEMO_INBOX: "1",
  OIDC_ISSUER: oidc.issuer,
  OIDC_CLIENT_ID: oidc.clientId,
  OIDC_CLIENT_SECRET: oidc.clientSecret,
  ...(upstash && { UPSTASH_REDIS_REST_URL: upstash.url, UPSTASH_REDIS_REST_TOKEN: upstash.token }),
});

const { default: exported } = await import("next");
// Next is CommonJS, and its types describe what a bundler makes of that.
const next = exported as unknown as typeof exported.default;
const app = next({ dev: false, dir: fileURLToPath(new URL("..", import.meta.url)), hostname: "127.0.0.1", port });
await app.prepare();
const handle = app.getRequestHandler();

server.on("request", (request, response) => {
  // No other server stands before this one, so nobody else can say where a request comes from.
  request.headers["x-forwarded-for"] = request.socket.remoteAddress ?? "";
  void traced(request.method ?? "", request.url ?? "", () => handle(request, response));
});
answerLoopbackOnly(server);
console.log(`listening on ${url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());

async function stop(): Promise<void> {
  server.close();
  server.closeAllConnections();
  await stream?.close();
  await Promise.all([app.close(), oidc.close(), upstash?.close()]);
  process.exit(0);
}
