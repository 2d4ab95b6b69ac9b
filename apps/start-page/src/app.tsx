import { setTimeout as delay } from "node:timers/promises";
import { style } from "@redis-keyspace/demo-kit/pages";
import type { RedisClient } from "@redis-keyspace/demo-kit/redis";
import { Hono } from "hono";
import { NONCE, type SecureHeadersVariables, secureHeaders } from "hono/secure-headers";
import type { Demo } from "./demos.js";
import { type Keyspace, readKeyspaces } from "./keyspaces.js";
import { StartPage } from "./pages/start-page.js";

/** How long the page waits for a Redis that hangs: the client's own limit ends when a command is sent. */
const READ_TIMEOUT_MS = 1_500;

interface Env {
  Variables: SecureHeadersVariables;
}

/** @param client `null`: there is no Redis, and every demo keeps its sessions in its own memory. */
export function createApp(demos: readonly Demo[], client: RedisClient | null): Hono<Env> {
  const app = new Hono<Env>();

  app.get("/style.css", (c) => c.body(style, 200, { "Content-Type": "text/css; charset=utf-8" }));

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

  async function keyspaces(): Promise<Map<Demo, Keyspace> | "in memory" | "unavailable"> {
    if (client === null) return "in memory";
    return Promise.race([
      readKeyspaces(client, demos).catch(() => "unavailable" as const),
      delay(READ_TIMEOUT_MS, "unavailable" as const, { ref: false }),
    ]);
  }

  return app;
}
