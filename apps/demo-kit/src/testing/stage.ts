import { launchOptions } from "@redis-keyspace/scripts/browser";
import { type RedisServer, startRedis } from "@redis-keyspace/scripts/servers";
import { type Browser, type BrowserContextOptions, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { isOperationKey } from "../keyspace.js";
import { type DemoApp, startApp } from "./demo-app.js";
import { openVisitor, type Visitor } from "./visitor.js";

export interface Demo {
  /** The folder of the app, which is built. */
  readonly folder: URL;
  /** Its environment, besides `PORT` and `REDIS_URL`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cookieName: string;
}

/** A demo, a Redis of its own and a browser, for the tests of a `describe`. They are there once the tests run. */
export interface Stage {
  readonly redis: RedisServer;
  readonly app: DemoApp;
  /** Opens a browser of its own: its cookies are nobody else's. Closed after the test. */
  visit(options?: BrowserContextOptions): Promise<Visitor>;
  /** Sends a form without a browser, as the page of the same path would: with its hidden fields and cookies. */
  submit(path: string, fields: Readonly<Record<string, string>>): Promise<Response>;
  /** Asks for the first page with this session id. */
  ask(sessionId: string): Promise<Response>;
  /** Every key in Redis, with its value or its members. */
  stored(): Promise<Map<string, string>>;
}

export function setStage({ folder, env = {}, cookieName }: Demo): Stage {
  let redis: RedisServer;
  let app: DemoApp;
  let browser: Browser;

  beforeAll(async () => {
    // What it was told survives a kill.
    redis = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
    app = await startApp(folder, { ...env, REDIS_URL: redis.url });
    browser = await chromium.launch(await launchOptions());
  });

  afterEach(async () => {
    redis.resume();
    await Promise.all(browser.contexts().map((context) => context.close()));
  });

  afterAll(async () => {
    await browser.close();
    const code = await app.stop();
    await redis.stop();
    expect(code, app.output()).toBe(0);
  });

  return {
    get redis() {
      return redis;
    },
    get app() {
      return app;
    },

    visit: (options) => openVisitor(browser, cookieName, { baseURL: app.url, ...options }),

    async submit(path, fields) {
      const page = await fetch(app.url + path);
      const cookie = page.headers.getSetCookie().map((line) => line.split(";", 1)[0]);
      const hidden = (await page.text()).matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
      const body = new URLSearchParams([...hidden].map(([, name = "", value = ""]) => [name, value]));
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      const headers = { accept: "text/html", origin: app.url, cookie: cookie.join("; ") };
      return fetch(app.url + path, { method: "POST", headers, body, redirect: "manual" });
    },

    ask: (sessionId) => fetch(app.url, { headers: { cookie: `${cookieName}=${sessionId}` }, redirect: "manual" }),

    async stored() {
      const found = (await redis.command("KEYS", "*")) as string[];
      const keys = found.filter((key) => !isOperationKey(key));
      const entries = keys.map(async (key): Promise<[string, string]> => {
        const isString = (await redis.command("TYPE", key)) === "string";
        const value = await (isString ? redis.command("GET", key) : redis.command("ZRANGE", key, "0", "-1"));
        return [key, String(value)];
      });
      return new Map(await Promise.all(entries));
    },
  };
}
