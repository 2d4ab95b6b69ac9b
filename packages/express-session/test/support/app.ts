import { createHmac } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type NextFunction, type Request, type Response } from "express";
import session, { type SessionOptions } from "express-session";
import { onTestFinished } from "vitest";
import type { RedisStore } from "../../src/index.js";

declare module "express-session" {
  interface SessionData {
    userId?: string;
    n?: number;
    a?: unknown;
    b?: unknown;
  }
}

type Handler = (req: Request, res: Response) => unknown;

export const secret = "a secret of the tests, which is long";

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly setCookie: readonly string[];
  /** What reached the application's error handler, if something did. */
  readonly error: unknown;
}

/** A browser with a cookie jar of its own. */
export interface Browser {
  /** The id in the session cookie. */
  id: string | undefined;
  get(path: string): Promise<Answer>;
}

export interface App {
  readonly port: number;
  /** What reached the error handler, in this order. */
  readonly errors: unknown[];
  browser(id?: string): Browser;
}

/** The value of a cookie as express-session signs it. */
export function signed(id: string): string {
  const signature = createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, "");
  // Every byte of it, so that any text can be sent.
  return Buffer.from(`s:${id}.${signature}`).toString("hex").replace(/../g, "%$&");
}

/** The id in such a value. */
function unsigned(value: string): string {
  const text = decodeURIComponent(value).slice(2);
  return text.slice(0, text.lastIndexOf("."));
}

/** A server on a port of its own until the test ends. */
async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

export function browserAt(port: number, id?: string, errorOf: (path: string) => unknown = () => undefined): Browser {
  return {
    id,
    async get(path) {
      const headers: Record<string, string> = this.id === undefined ? {} : { Cookie: `connect.sid=${signed(this.id)}` };
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      const setCookie = response.headers.getSetCookie();
      for (const line of setCookie) {
        const value = /^connect\.sid=([^;]*)/.exec(line)?.[1];
        if (value !== undefined) this.id = unsigned(value);
      }
      const text = await response.text();
      const body: unknown = response.status === 200 && text !== "" ? JSON.parse(text) : text;
      return { status: response.status, body, setCookie, error: errorOf(path) };
    },
  };
}

/** An Express application with the real middleware, until the test ends. Express sends what a handler answers. */
export async function serve(
  store: RedisStore | session.Store,
  handlers: Readonly<Record<string, Handler>>,
  options: Partial<SessionOptions> & { readonly express?: typeof express; readonly session?: typeof session } = {},
): Promise<App> {
  const { express: framework = express, session: middleware = session, ...others } = options;
  const app = framework();
  const errors: unknown[] = [];
  const errorOf = new Map<string, unknown>();
  app.use(middleware({ store, secret, resave: false, saveUninitialized: false, ...others }));
  app.use((req, res, next) => {
    Promise.resolve()
      .then(async () => handlers[req.path]?.(req, res))
      .then((body) => res.headersSent || res.json(body ?? null), next);
  });
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    errors.push(error);
    errorOf.set(req.url, error);
    if (!res.headersSent) res.status(500).send("it failed");
  });
  const port = await listen(app);
  return { port, errors, browser: (id) => browserAt(port, id, (path) => errorOf.get(path)) };
}

/** What a request holds a gate for: `reached` when it is there, and it goes on after `open`. */
export function gate(): { readonly reached: Promise<void>; pass(): Promise<void>; open(): void } {
  const latch = (): { promise: Promise<void>; resolve(): void } => {
    let resolve = (): void => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    return { promise, resolve };
  };
  const [reached, opened] = [latch(), latch()];
  return {
    reached: reached.promise,
    open: opened.resolve,
    pass() {
      reached.resolve();
      return opened.promise;
    },
  };
}

/** The session's words, as promises. */
export const save = (req: Request): Promise<void> => called((done) => req.session.save(done));
export const regenerate = (req: Request): Promise<void> => called((done) => req.session.regenerate(done));
export const destroy = (req: Request): Promise<void> => called((done) => req.session.destroy(done));

function called(run: (done: (error: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())));
}

/** What a session holds besides its cookie. */
function dataOf(session: object | undefined): Record<string, unknown> | null {
  if (session === undefined) return null;
  const { cookie: _, ...data } = session as Record<string, unknown>;
  return data;
}

/** Handlers that several tests share. */
export const handlers = {
  "/show": (req: Request): unknown => dataOf(req.session),
  "/sign-in": async (req: Request): Promise<unknown> => {
    await regenerate(req);
    req.session.userId = String(req.query["userId"] ?? "u1");
    req.session.n = Number(req.query["n"] ?? 0);
    await save(req);
    return req.sessionID;
  },
  "/change": (req: Request): unknown => {
    if (req.session.userId !== undefined) req.session.n = Number(req.query["n"] ?? 1);
    return dataOf(req.session);
  },
  "/sign-out": (req: Request): Promise<void> => destroy(req),
} as const;
