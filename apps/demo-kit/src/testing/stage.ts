import { type RedisServer, startRedis } from "@redis-keyspace/scripts/servers";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { isOperationKey } from "../keyspace.js";
import { type BrowserPool, type LendOptions, openBrowserPool } from "./browser-pool.js";
import { type DemoApp, startApp } from "./demo-app.js";
import { firefox, hiddenFields, password, type Visitor, visitorOf } from "./visitor.js";

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
  /** Gives a browser of its own to the test: its cookies are nobody else's. It visits the demo, or another one. */
  visit(options?: LendOptions, url?: string): Promise<Visitor>;
  /** Sends a form without a browser, as the page of the same path would: with its hidden fields and cookies. */
  submit(path: string, fields: Readonly<Record<string, string>>, userAgent?: string): Promise<Response>;
  /** Signs up or in without a browser, and answers the session id. */
  enter(path: "/sign-up" | "/sign-in", email: string, userAgent?: string): Promise<string>;
  /** Asks for the first page with this session id. */
  ask(sessionId: string): Promise<Response>;
  /** Every key in Redis, with its value or its members. */
  stored(): Promise<Map<string, string>>;
}

export function setStage({ folder, env = {}, cookieName }: Demo): Stage {
  let redis: RedisServer;
  let app: DemoApp;
  let browsers: BrowserPool;

  beforeAll(async () => {
    // What it was told survives a kill.
    const opening = openBrowserPool();
    redis = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
    app = await startApp(folder, { ...env, REDIS_URL: redis.url });
    browsers = await opening;
  });

  afterEach(async () => {
    redis.resume();
    await browsers.takeBack();
  });

  afterAll(async () => {
    await browsers.close();
    const code = await app.stop();
    await redis.stop();
    expect(code, app.output()).toBe(0);
  });

  const submit: Stage["submit"] = async (path, fields, userAgent = firefox) => {
    const page = await fetch(app.url + path);
    const cookie = page.headers.getSetCookie().map((line) => line.split(";", 1)[0]);
    const body = new URLSearchParams({ ...hiddenFields(await page.text()), ...fields });
    const headers = { accept: "text/html", origin: app.url, cookie: cookie.join("; "), "user-agent": userAgent };
    return fetch(app.url + path, { method: "POST", headers, body, redirect: "manual" });
  };

  return {
    get redis() {
      return redis;
    },
    get app() {
      return app;
    },

    visit: async (options, url = app.url) => visitorOf(await browsers.lend(options), url, cookieName),

    submit,

    async enter(path, email, userAgent) {
      const answer = await submit(path, { email, password }, userAgent);
      const cookies = answer.headers.getSetCookie().map((line) => line.split(";", 1)[0] ?? "");
      const id = cookies.find((cookie) => cookie.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
      if (!id) throw new Error(`${path} answered ${answer.status} to ${email}`);
      return id;
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
