import { randomBytes } from "node:crypto";
import { keyspacePanel, problemPage, type Site, style } from "@redis-keyspace/demo-kit/pages";
import { traced } from "@redis-keyspace/demo-kit/tracing";
import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import helmet from "helmet";
import { KeyspaceError } from "redis-keyspace";

export const styleSheet: RequestHandler = (_req, res) => {
  res.type("css").send(style);
};

/** A span around each request, so that what the store does meanwhile lies under it. */
export const tracing: RequestHandler = (req, res, next) => {
  void traced(
    req.method,
    req.path,
    () =>
      new Promise<void>((resolve) => {
        res.once("close", resolve);
        next();
      }),
  );
};

/** The headers of a page whose scripts have a nonce. */
export const protection: RequestHandler[] = [
  (_req, res, next) => {
    res.locals["nonce"] = randomBytes(16).toString("base64");
    res.set("Cache-Control", "no-store");
    next();
  },
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: [(_req, res) => `'nonce-${nonceOf(res as Response)}'`],
        connectSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    referrerPolicy: { policy: "same-origin" },
  }),
];

/** The nonce that `protection` announced. */
export function nonceOf(res: Response): string {
  return String(res.locals["nonce"]);
}

export function notFound(site: Site): RequestHandler {
  return (_req, res) => {
    res.status(404).send(problemPage({ site, problem: "not-found" }));
  };
}

/** Answers whatever goes wrong: in a route, in the body parser, and in express-session. */
export function problems(site: Site): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    if (error instanceof KeyspaceError && error.code.startsWith("ERR_REDIS_")) {
      // An outage is not a sign-out: the answer leaves the cookie alone. Without a session express-session sends none.
      Reflect.deleteProperty(req, "session");
      const isPanel = req.path === "/keyspace";
      const page = isPanel ? keyspacePanel({ state: "unavailable" }) : problemPage({ site, problem: "unavailable" });
      return void res.status(503).set("Retry-After", "5").send(page);
    }
    const status = error instanceof Error && "status" in error ? Number(error.status) : 500;
    if (status < 500) {
      const problem = status === 413 ? "too-long" : "refused";
      return void res.status(status).send(problemPage({ site, problem }));
    }
    console.error(`${req.method} ${req.path}: ${error instanceof Error ? error.message : error}`);
    res.status(500).send(problemPage({ site, problem: "failed" }));
  };
}
