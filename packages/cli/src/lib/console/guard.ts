import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";

const own = /^(127\.0\.0\.1|localhost)(:\d+)?$/i;

/**
 * Lets through who was given the address, token included, and nobody else of this machine.
 *
 * The token stays in the path: a cookie would be sent to every other port of this machine too. The `Host` keeps out a site
 * that points its own name at this machine; the `Origin` one that sends a form.
 */
export function guard(token: string): MiddlewareHandler {
  const expected = hashOf(token);
  return async (c, next) => {
    const host = c.req.header("host") ?? "";
    if (!own.test(host)) return c.text("This console answers to 127.0.0.1 and localhost only.\n", 421);
    const [, given = ""] = c.req.path.split("/");
    if (!timingSafeEqual(hashOf(given), expected)) {
      return c.text("Open the address that the command has printed.\n", 403);
    }
    const origin = c.req.header("origin");
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    if (origin === undefined ? !isRead : origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
      return c.text("Another site has sent this.\n", 403);
    }
    return await next();
  };
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
