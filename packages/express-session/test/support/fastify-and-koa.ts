import type { AddressInfo } from "node:net";
import fastifyCookie from "@fastify/cookie";
import fastifySession from "@fastify/session";
import Fastify from "fastify";
import Koa from "koa";
import koaSession from "koa-session";
import { onTestFinished } from "vitest";
import { type FastifyStore, fastifyStore } from "../../src/fastify.js";
import type { RedisStore } from "../../src/index.js";
import { koaStore } from "../../src/koa.js";
import { secret } from "./app.js";

/** The session of a request, whatever the framework. */
export interface Words {
  readonly data: Record<string, unknown>;
  readonly query: URLSearchParams;
  save(): Promise<void>;
  regenerate(): Promise<void>;
  destroy(): Promise<void>;
}

export type Handlers = Readonly<Record<string, (words: Words) => unknown>>;

export interface Served {
  readonly port: number;
  /** What reached the application's error handler. */
  readonly errors: unknown[];
}

/** With `maxAge`, or with a cookie that ends with the browser. */
export type Serve = (store: RedisStore, handlers: Handlers, maxAge?: number | null) => Promise<Served>;

export const serveFastify: Serve = (store, ...others) => serveFastifyOn(fastifyStore(store), ...others);

/** With any store that takes callbacks. */
export async function serveFastifyOn(store: FastifyStore, handlers: Handlers, maxAge?: number | null): Promise<Served> {
  const app = Fastify();
  const errors: unknown[] = [];
  onTestFinished(() => app.close());
  await app.register(fastifyCookie);
  const cookie = { secure: false, ...(typeof maxAge === "number" && { maxAge }) };
  await app.register(fastifySession, { store, secret, cookie, saveUninitialized: false });
  app.addHook("onError", async (_request, _reply, error) => void errors.push(error));
  app.get("*", async (request) => {
    const { pathname, searchParams: query } = new URL(request.url, "http://localhost");
    const body = await handlers[pathname]?.({
      get data() {
        return request.session as unknown as Record<string, unknown>;
      },
      query,
      save: () => request.session.save(),
      regenerate: () => request.session.regenerate(),
      destroy: () => request.session.destroy(),
    });
    return { body };
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { port: (app.server.address() as AddressInfo).port, errors };
}

export const serveKoa: Serve = async (store, handlers, maxAge) => {
  const app = new Koa();
  const errors: unknown[] = [];
  app.keys = [secret];
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      errors.push(error);
      ctx.status = 500;
      ctx.body = "it failed";
    }
  });
  const session = { store: koaStore(store), rolling: true, maxAge: maxAge ?? ("session" as const) };
  app.use(koaSession(session, app));
  app.use(async (ctx) => {
    const of = () => ctx["session"] as Record<string, unknown> & { save(): Promise<void>; regenerate(): Promise<void> };
    const body = await handlers[ctx.path]?.({
      get data() {
        return of();
      },
      query: new URLSearchParams(ctx.querystring),
      save: () => of().save(),
      regenerate: () => of().regenerate(),
      async destroy() {
        ctx["session"] = null;
      },
    });
    ctx.body = { body };
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise<void>((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, errors };
};

/** A browser, with the cookies of another or none. */
export class Browser {
  readonly #port: number;
  readonly #cookies: Map<string, string>;

  constructor({ port }: Served, cookies: Iterable<readonly [string, string]> = []) {
    this.#port = port;
    this.#cookies = new Map(cookies);
  }

  /** Another request of the same browser, which keeps the cookies it has now. */
  twin(served: Served): Browser {
    return new Browser(served, this.#cookies);
  }

  async get(path: string): Promise<{ status: number; body: unknown; setsCookie: boolean }> {
    const headers = { Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, { headers });
    const lines = response.headers.getSetCookie();
    for (const line of lines) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    const text = await response.text();
    const body: unknown = response.status === 200 ? (JSON.parse(text) as { body?: unknown }).body : text;
    return { status: response.status, body, setsCookie: lines.length > 0 };
  }
}
