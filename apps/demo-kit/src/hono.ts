import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { NONCE, type SecureHeadersVariables, secureHeaders } from "hono/secure-headers";
import { KeyspaceError } from "redis-keyspace";
import type { Notice, NoticeCookie } from "./notices.js";
import { keyspacePanel, problemPage, type Site, style } from "./pages.js";
import { traced } from "./tracing.js";

export interface Env {
  Variables: SecureHeadersVariables;
}

/** An app with what every demo on Hono has: its style, its protection, and the pages of what goes wrong. */
export function createHono(site: Site): Hono<Env> {
  const app = new Hono<Env>();

  app.get("/style.css", (c) => c.body(style, 200, { "Content-Type": "text/css; charset=utf-8" }));

  app.use(
    (c, next) => traced(c.req.method, c.req.path, next),
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: [NONCE],
        connectSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
      referrerPolicy: "same-origin",
    }),
    csrf(),
    bodyLimit({ maxSize: 10_000 }),
    async (c, next) => {
      c.header("Cache-Control", "no-store");
      await next();
    },
  );

  app.notFound((c) => c.html(problemPage({ site: siteFor(c, site), problem: "not-found" }), 404));

  app.onError((error, c) => {
    if (error instanceof KeyspaceError && error.code.startsWith("ERR_REDIS_")) {
      // An outage is not a sign-out: the answer leaves the cookie alone.
      if (c.req.path === "/keyspace") return c.html(keyspacePanel({ state: "unavailable" }), 503);
      c.header("Retry-After", "5");
      return c.html(problemPage({ site: siteFor(c, site), problem: "unavailable" }), 503);
    }
    if (error instanceof HTTPException) {
      const problem = error.status === 413 ? "too-long" : "refused";
      return c.html(problemPage({ site: siteFor(c, site), problem }), error.status);
    }
    console.error(`${c.req.method} ${c.req.path}: ${error.message}`);
    return c.html(problemPage({ site: siteFor(c, site), problem: "failed" }), 500);
  });

  return app;
}

/** The site as the page of this request shows it, whose scripts have its nonce. */
export function siteFor(c: Context<Env>, site: Site): Site & { readonly nonce: string } {
  return { ...site, nonce: c.get("secureHeadersNonce") ?? "" };
}

export function setCookie(c: Context, cookie: string): void {
  c.header("Set-Cookie", cookie, { append: true });
}

/** Redirects to a page, which shows the notice. */
export function goTo(c: Context, path: string, notices: NoticeCookie, notice?: Notice): Response {
  if (notice !== undefined) setCookie(c, notices.set(notice));
  return c.redirect(path, 303);
}

/** What the last answer wanted to be said here. */
export function takeNotice(c: Context, notices: NoticeCookie): Notice | undefined {
  const notice = notices.read(c.req.header("cookie"));
  if (notice !== undefined) setCookie(c, notices.cleared);
  return notice;
}
