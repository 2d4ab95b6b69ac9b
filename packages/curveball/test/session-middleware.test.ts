// The middleware of this package: what that of `@curveball/session` does to browsers, and this one does not.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import type { Socket } from "node:net";
import type { Context } from "@curveball/kernel";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { describe, expect, onTestFinished, test } from "vitest";
import { RedisStore, type RedisStoreOptions, session } from "../src/index.js";
import { handlers as common, gate, serve } from "./support/app.js";
import { startApp } from "./support/child.js";
import { inspect, keysUnder, uniquePrefix } from "./support/redis.js";

const inspector = inspect();
const userIdFrom = ({ userId }: Record<string, unknown>) => userId as string | undefined;

const handlers = {
  ...common,
  "/cart": (ctx: Context): void => {
    ctx.session["cart"] = 1;
  },
  "/sign-in": (ctx: Context): void => {
    ctx.sessionId = null;
    ctx.session["userId"] = "u1";
  },
  "/token": async (ctx: Context) => await ctx.getCsrf(),
  "/post": (ctx: Context) => {
    ctx.validateCsrf(ctx.query["token"]);
    return "accepted";
  },
};

const upgrade = {
  ...{ Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" },
  "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
};

type Handlers = Parameters<typeof serve>[1];

async function open(more: Handlers = {}, options: Parameters<typeof serve>[2] = {}, own: RedisStoreOptions = {}) {
  const prefix = uniquePrefix();
  const store = new RedisStore({ prefix, client: inspector, userIdFrom, ...own });
  const middleware: typeof options.middleware = (given) => session({ ...given, store });
  return { store, prefix, app: await serve(store, { ...handlers, ...more }, { ...options, middleware }) };
}

describe("of several cookies of the name", () => {
  test("the one whose session lives counts, a user's before nobody's, wherever it stands", async () => {
    const { app } = await open();
    const [user, cart] = [app.browser(), app.browser()];
    await user.get("/sign-in");
    await cart.get("/cart");
    const [users, carts, dead] = [
      `CB=${user.cookie}`,
      `CB=${cart.cookie}`,
      `CB=${randomBytes(32).toString("base64url")}`,
    ];
    const visitor = app.browser();
    for (const header of [
      `${dead}; ${users}`,
      `${users}; ${dead}`,
      `x=1; ${carts}; ${users}`,
      `${users}; ${carts}; x=1`,
    ]) {
      visitor.cookieHeader = header;
      expect((await visitor.get("/show")).body).toEqual({ userId: "u1" });
    }
    visitor.cookieHeader = `${dead}; CB=; CB="x"; ${carts}`;
    expect((await visitor.get("/show")).body).toEqual({ cart: 1 });
  });
});

describe("a slow response", () => {
  async function slowly(happen: (ctx: Context) => void, meanwhile: string, maxAge?: number) {
    const slow = gate();
    const pass = async (ctx: Context) => {
      await slow.pass();
      happen(ctx);
    };
    const cookieOptions = maxAge === undefined ? undefined : { path: "/", sameSite: "lax" as const, maxAge };
    const { app } = await open({ "/slow": pass }, cookieOptions === undefined ? {} : { cookieOptions });
    const browser = app.browser();
    await browser.get("/cart");
    const late = app.browser(browser.cookie);
    const pending = late.get("/slow");
    await slow.reached;
    await browser.get(meanwhile);
    slow.open();
    const answer = await pending;
    return { answer, after: (await browser.get("/show")).body };
  }

  const reads = () => {};
  const changes = (ctx: Context) => {
    ctx.session["seen"] = true;
  };
  test.each([
    ["that reads", reads, undefined],
    ["that changes something", changes, undefined],
    ["that would renew the cookie", reads, 3600],
    ["that would renew it with a change", changes, 3600],
  ])("%s leaves the cookie of a sign-in meanwhile alone", async (_, happen, maxAge) => {
    const { answer, after } = await slowly(happen, "/sign-in", maxAge);
    expect(answer.setCookie).toEqual([]);
    expect(after).toEqual({ userId: "u1", cart: 1 });
  });

  test("sends no cookie after a sign-out either", async () => {
    const { answer, after } = await slowly(changes, "/sign-out");
    expect([answer.setCookie, after]).toEqual([[], {}]);
  });
});

describe("the cookie", () => {
  test("is sent with a new id and deleted with its session, and at no other time", async () => {
    const { app, prefix } = await open();
    const browser = app.browser();
    expect((await browser.get("/show")).setCookie).toEqual([]);
    expect((await browser.get("/cart")).setCookie).toHaveLength(1);
    expect((await browser.get("/show")).setCookie).toEqual([]);
    const before = browser.cookie;
    expect((await browser.get("/sign-in")).setCookie).toHaveLength(1);
    expect(browser.cookie).not.toBe(before);
    const deleted = "CB=; Max-Age=0; Path=/; HttpOnly; SameSite=lax";
    expect((await browser.get("/sign-out")).setCookie).toEqual([deleted]);
    expect(await keysUnder(inspector, `*${prefix}*`)).toEqual([]);
    // That of a session that somebody else has ended is left alone: a newer one may have come meanwhile.
    expect((await app.browser(before).get("/show")).setCookie).toEqual([]);
  });

  test("with an age is renewed with its session", async () => {
    const cookieOptions = { path: "/app", domain: "example.com", secure: true, sameSite: true, maxAge: 600 };
    const { app, store } = await open({}, { cookieOptions }, { touchAfterSeconds: 0 });
    const browser = app.browser();
    await browser.get("/sign-in");
    const { cookie } = browser;
    expect((await browser.get("/show")).setCookie).toEqual([expect.stringContaining(`CB=${cookie}; Max-Age=600`)]);
    const gone = "CB=; Max-Age=0; Path=/app; Domain=example.com; HttpOnly; Secure; SameSite=strict";
    expect((await browser.get("/sign-out")).setCookie).toEqual([gone]);
    await store.deleteAll("u1");
  });

  test("leaves those of middlewares inside alone, also where one fails", async () => {
    const languages = (ctx: Context): void => {
      ctx.session["userId"] = "u1";
      ctx.response.headers.append("Set-Cookie", "language=nl");
      ctx.response.headers.append("Set-Cookie", "CB=theirs");
      if (ctx.query["fail"] === "1") throw new Error("the application's");
    };
    const { app } = await open({ "/both": languages });
    const ours = expect.stringMatching(/^CB=(?!theirs)/);
    expect((await app.browser().get("/both")).setCookie).toEqual(["language=nl", ours]);
    const failing = app.browser();
    const { status } = await failing.get("/both?fail=1");
    expect(status).toBe(500);
    expect((await app.browser(failing.cookie).get("/show")).status).toBe(200);
  });

  test("stays in an outage", async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const options = { clientOptions: { port: server.port }, client: undefined, commandTimeoutMs: 500 };
    const { app, store } = await open({}, {}, options);
    onTestFinished(() => store.close());
    const browser = app.browser();
    await browser.get("/sign-in");
    await server.kill();
    for (const path of ["/show", "/sign-out"]) {
      const { status, setCookie } = await browser.get(path);
      expect([status, setCookie]).toEqual([500, []]);
    }
  });
});

describe("CSRF tokens", () => {
  test("of tabs that open their forms at once are one, and all are accepted", async () => {
    const { app } = await open();
    const browser = app.browser();
    await browser.get("/sign-in");
    const tabs = Array.from({ length: 5 }, () => app.browser(browser.cookie));
    const tokens = await Promise.all(tabs.map(async (tab) => (await tab.get("/token")).body));
    expect(new Set(tokens).size).toBe(1);
    for (const token of tokens) {
      const path = `/post?token=${encodeURIComponent(String(token))}`;
      expect((await browser.get(path)).body).toBe("accepted");
    }
    expect((await browser.get("/post?token=wrong")).status).not.toBe(200);
    expect((await browser.get("/token")).body).toBe(tokens[0]);
  });

  test("of nobody's tabs are of several sessions: then the browser's word that the form is of this origin counts", async () => {
    const { app } = await open();
    const tabs = [app.browser(), app.browser()];
    const tokens = await Promise.all(tabs.map(async (tab) => String((await tab.get("/token")).body)));
    const last = app.browser(tabs[1]?.cookie);
    const post = `/post?token=${encodeURIComponent(tokens[0] ?? "")}`;
    expect((await last.get(post)).status).not.toBe(200);
    for (const site of ["cross-site", "same-site", "none"]) {
      last.headers = { "Sec-Fetch-Site": site };
      expect((await last.get(post)).status).not.toBe(200);
    }
    last.headers = { "Sec-Fetch-Site": "same-origin" };
    expect((await last.get(post)).body).toBe("accepted");
  });

  test("are added to a session that another request changes, and to none that has ended", async () => {
    const { app, store } = await open({
      "/ended": async (ctx) => {
        await store.deleteAll("u1");
        return await ctx.getCsrf();
      },
    });
    const browser = app.browser();
    await browser.get("/sign-in");
    await Promise.all([browser.get("/token"), app.browser(browser.cookie).get("/cart")]);
    expect((await browser.get("/show")).body).toMatchObject({
      userId: "u1",
      cart: 1,
      "csrf-token": expect.any(String),
    });
    const { status, setCookie } = await browser.get("/ended");
    expect([status, setCookie]).toEqual([200, []]);
    expect((await browser.get("/show")).body).toEqual({});
  });
});

describe("a WebSocket", () => {
  test("begins no session: nobody would get its cookie", async () => {
    const over = gate();
    const before: Parameters<typeof open>[1] = {
      before: async (_, next) => {
        await next();
        await over.pass();
      },
    };
    const { app, prefix } = await open({}, before);
    const [, socket] = (await once(request(`${app.origin}/cart`, { headers: upgrade }).end(), "upgrade")) as [
      unknown,
      Socket,
    ];
    await over.reached;
    over.open();
    socket.destroy();
    expect(await keysUnder(inspector, `*${prefix}*`)).toEqual([]);
  });

  /** What the server closes it with; 0 where it does not. */
  async function closeCode(origin: string, cookie: string): Promise<number> {
    const headers = { ...upgrade, Cookie: `CB=${cookie}` };
    const [, socket, head] = (await once(request(origin, { headers }).end(), "upgrade")) as [unknown, Socket, Buffer];
    const more = head.length > 0 ? [head] : await Promise.race([once(socket, "data"), once(socket, "close")]);
    socket.destroy();
    const frame = more[0] as Buffer | boolean;
    return Buffer.isBuffer(frame) && frame[0] === 0x88 ? frame.readUInt16BE(2) : 0;
  }

  test("that comes while Redis is away is closed, and the process stays; with that of @curveball/session it ends", async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const apps = ["ours with its middleware", "ours"] as const;
    const [ours, other] = await Promise.all(apps.map((whose) => startApp(whose, server.port)));
    if (ours === undefined || other === undefined) throw new Error("two applications");
    const { headers } = await fetch(ours.origin);
    const cookie = /^CB=([^;]*)/.exec(headers.get("set-cookie") ?? "")?.[1] ?? "";
    await server.kill();
    const closed = await Promise.all([closeCode(ours.origin, cookie), closeCode(other.origin, cookie)]);
    expect(closed).toEqual([1013, 0]);
    expect(await other.exited).toBe(1);
    expect((await fetch(ours.origin, { headers: { Cookie: `CB=${cookie}` } })).status).toBe(500);
    expect(ours.process.exitCode).toBeNull();
  });
});

test("wrong options are refused", () => {
  const store = new RedisStore({ client: inspector });
  expect(() => session({ store: {} as never })).toThrow('option "store');
  expect(() => session({ store, onSocketError: 1 as never })).toThrow('option "onSocketError"');
});
