import { randomBytes } from "node:crypto";
import type { Context, Middleware } from "@curveball/kernel";
import { keyspacePanel, problemPage, type Site } from "@redis-keyspace/demo-kit/pages";
import { KeyspaceError } from "redis-keyspace";

const MAX_FORM_BYTES = 10_000;

/** The headers of a page whose only script has a nonce. */
export const protection: Middleware = (ctx, next) => {
  const nonce = randomBytes(16).toString("base64");
  ctx.state["nonce"] = nonce;
  const { headers } = ctx.response;
  headers.set(
    "Content-Security-Policy",
    `default-src 'none'; script-src 'nonce-${nonce}'; connect-src 'self'; style-src 'self'; img-src 'self' data:; ` +
      "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  headers.set("Referrer-Policy", "same-origin");
  headers.set("Cache-Control", "no-store");
  return next();
};

/** The nonce that `protection` announced. */
export function nonceOf(ctx: Context): string {
  return String(ctx.state["nonce"]);
}

/** The body parser takes bodies of any size, so it only gets to see short ones. */
export const smallBodies: Middleware = (ctx, next) => {
  const { headers } = ctx.request;
  const bytes = headers.has("Transfer-Encoding")
    ? Number.POSITIVE_INFINITY
    : Number(headers.get("Content-Length") ?? 0);
  if (bytes > MAX_FORM_BYTES) throw new HttpProblem(413);
  return next();
};

class HttpProblem extends Error {
  readonly httpStatus: number;

  constructor(httpStatus: number) {
    super(`HTTP status ${httpStatus}`);
    this.httpStatus = httpStatus;
  }
}

/** Answers whatever goes wrong further in: in a route, and in the session middleware before and after it. */
export function problems(site: Site): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof KeyspaceError && error.code.startsWith("ERR_REDIS_")) {
        // An outage is not a sign-out: the answer leaves the cookie alone, whatever the route was about to do.
        ctx.response.headers.delete("Set-Cookie");
        ctx.response.headers.delete("Location");
        ctx.response.headers.set("Retry-After", "5");
        const panel = ctx.path === "/keyspace";
        return html(
          ctx,
          panel ? keyspacePanel({ state: "unavailable" }) : problemPage({ site, problem: "unavailable" }),
          503,
        );
      }
      const status = error instanceof Error && "httpStatus" in error ? Number(error.httpStatus) : 500;
      const problem = status === 404 ? "not-found" : status === 413 ? "too-long" : "refused";
      if (status < 500) return html(ctx, problemPage({ site, problem }), status);
      console.error(`${ctx.method} ${ctx.path}: ${error instanceof Error ? error.message : error}`);
      html(ctx, problemPage({ site, problem: "failed" }), 500);
    }
  };
}

export function html(ctx: Context, page: string, status = 200): void {
  ctx.response.type = "text/html; charset=utf-8";
  ctx.response.body = page;
  ctx.response.status = status;
}
