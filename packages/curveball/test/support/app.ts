import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Application } from "@curveball/core";
import type { Context, Middleware } from "@curveball/kernel";
import session, { type SessionStore } from "@curveball/session";
import { onTestFinished, vi } from "vitest";

type Handler = (ctx: Context) => unknown;

export interface App {
  /** What the middleware rejected with, in their order. */
  readonly errors: unknown[];
  readonly origin: string;
  /** A browser with a cookie jar of its own. */
  browser(cookie?: string): Browser;
}

interface Browser {
  /** The value of the session cookie. */
  cookie: string | undefined;
  /** What is sent in place of it. */
  cookieHeader?: string;
  /** Further headers. */
  headers?: Readonly<Record<string, string>>;
  get(path: string): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly setCookie: string[];
  /** What the middleware rejected with, if it did. */
  readonly error: unknown;
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

/** Every byte of it, so that any text can be sent as a cookie. */
function percentEncoded(text: string): string {
  return Buffer.from(text).toString("hex").replace(/../g, "%$&");
}

interface AppOptions {
  readonly expiry?: number;
  readonly cookieOptions?: NonNullable<SessionOptions["cookieOptions"]>;
  /** What comes before the session middleware. */
  readonly before?: Middleware;
  /** Default: that of `@curveball/session`. */
  readonly middleware?: (options: SessionOptions) => Middleware;
}

type SessionOptions = Parameters<typeof session>[0];

/** A Curveball application on a port of its own, with the real middleware, until the test ends. */
export async function serve(
  store: SessionStore,
  handlers: Readonly<Record<string, Handler>>,
  options: AppOptions = {},
): Promise<App> {
  const { before, middleware = session, ...sessionOptions } = options;
  // The core prints every error that no middleware has handled.
  const print = vi.spyOn(console, "error").mockImplementation(() => {});
  const app = new Application();
  const errors: unknown[] = [];
  const errorOf = new Map<string, unknown>();
  app.on("error", (error) => errors.push(error));
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      errorOf.set(ctx.request.headers.get("X-Request") ?? "", error);
      throw error;
    }
  });
  if (before !== undefined) app.use(before);
  app.use(middleware({ store, ...sessionOptions }));
  app.use(async (ctx) => {
    ctx.response.body = { answer: (await handlers[ctx.request.path]?.(ctx)) ?? null };
  });
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, "127.0.0.1");
    listening.once("listening", () => resolve(listening));
  });
  const { port } = server.address() as AddressInfo;
  onTestFinished(async () => {
    print.mockRestore();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    errors,
    origin: `http://127.0.0.1:${port}`,
    browser: (cookie) => ({
      cookie,
      async get(path) {
        const request = randomUUID();
        const headers: Record<string, string> = { "X-Request": request, ...this.headers };
        const own = this.cookie === undefined ? undefined : `CB=${percentEncoded(this.cookie)}`;
        const cookie = this.cookieHeader ?? own;
        if (cookie !== undefined) headers["Cookie"] = cookie;
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
        const setCookie = response.headers.getSetCookie();
        for (const line of setCookie) {
          const value = /^CB=([^;]*)/.exec(line)?.[1];
          if (value !== undefined) this.cookie = value === "" ? undefined : decodeURIComponent(value);
        }
        const text = await response.text();
        const body: unknown = response.status === 200 ? (JSON.parse(text) as { answer: unknown }).answer : text;
        return { status: response.status, body, setCookie, error: errorOf.get(request) };
      },
    }),
  };
}

/** Handlers that several tests share. */
export const handlers = {
  "/show": (ctx: Context): unknown => ({ ...ctx.session }),
  "/sign-in": (ctx: Context): void => {
    ctx.session["userId"] = "u1";
  },
  "/regenerate": (ctx: Context): void => {
    ctx.sessionId = null;
  },
  "/sign-out": (ctx: Context): void => {
    ctx.session = {};
  },
} as const;
