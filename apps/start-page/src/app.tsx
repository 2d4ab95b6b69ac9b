import { setTimeout as delay } from "node:timers/promises";
import { style } from "@redis-keyspace/demo-kit/pages";
import type { RedisClient } from "@redis-keyspace/demo-kit/redis";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { NONCE, type SecureHeadersVariables, secureHeaders } from "hono/secure-headers";
import type { Demo } from "./demos.js";
import { type Keyspace, readKeyspaces } from "./keyspaces.js";
import { StartPage } from "./pages/start-page.js";
import { TracesPage } from "./pages/traces-page.js";
import { type Metrics, type Spans, Telemetry } from "./telemetry.js";

/** How long the page waits for a Redis that hangs: the client's own limit ends when a command is sent. */
const READ_TIMEOUT_MS = 1_500;

interface Env {
  Variables: SecureHeadersVariables;
}

/** @param client `null`: there is no Redis, and every demo keeps its sessions in its own memory. */
export function createApp(demos: readonly Demo[], client: RedisClient | null): Hono<Env> {
  const app = new Hono<Env>();
  const telemetry = new Telemetry();

  app.get("/style.css", (c) => c.body(style, 200, { "Content-Type": "text/css; charset=utf-8" }));

  // OTLP. A page of another site cannot send JSON here without being asked about.
  app.use("/v1/*", bodyLimit({ maxSize: 1_000_000 }), async (c, next) =>
    c.req.header("content-type") === "application/json" ? next() : c.body(null, 415),
  );
  app.post("/v1/traces", async (c) => {
    telemetry.addSpans(await c.req.json<Spans>());
    return c.json({});
  });
  app.post("/v1/metrics", async (c) => {
    telemetry.addMetrics(await c.req.json<Metrics>());
    return c.json({});
  });

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: [NONCE],
        connectSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
      referrerPolicy: "same-origin",
    }),
    async (c, next) => {
      c.header("Cache-Control", "no-store");
      await next();
    },
  );

  app.get("/", async (c) => {
    const nonce = c.get("secureHeadersNonce") ?? "";
    return c.html(<StartPage demos={demos} keyspaces={await keyspaces()} nonce={nonce} />);
  });

  app.get("/traces", (c) => c.html(<TracesPage telemetry={telemetry} />));

  async function keyspaces(): Promise<Map<Demo, Keyspace> | "in memory" | "unavailable"> {
    if (client === null) return "in memory";
    return Promise.race([
      readKeyspaces(client, demos).catch(() => "unavailable" as const),
      delay(READ_TIMEOUT_MS, "unavailable" as const, { ref: false }),
    ]);
  }

  return app;
}
