// What the published package gets wrong, line by line, and that this one does not. The published package runs beside it,
// so that each case is shown to be one. C1 is in own-client.test.ts.
import { readFileSync } from "node:fs";
import type { Context, Middleware } from "@curveball/kernel";
import { RedisStore as Published } from "@curveball/session-redis";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { createClient as createClient4 } from "redis-4";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { gate, handlers, serve } from "./support/app.js";
import { inSeconds, inspect, uniquePrefix, watched } from "./support/redis.js";

const inspector = inspect();
const client = createClient4({ url: inject("redisUrl") });
beforeAll(async () => {
  await client.connect();
});
afterAll(() => client.disconnect());

const published = (prefix = uniquePrefix()) => new Published({ prefix, client: client as never });
const ours = (prefix = uniquePrefix()) => new RedisStore({ prefix, client: inspector });
const both = [
  ["published", published],
  ["ours", ours],
] as const;

describe("C2: a slow request that ends after a sign-out does not sign in again, and requests do not lose one another's changes", () => {
  const wait = (slow: ReturnType<typeof gate>) => ({
    ...handlers,
    "/slow": () => slow.pass(),
    "/slow-change": async (ctx: Context) => {
      await slow.pass();
      ctx.session["slow"] = true;
    },
    "/change": (ctx: Context) => {
      ctx.session["quick"] = true;
    },
  });

  test.each(both)("%s: a sign-out", async (whose, open) => {
    for (const path of ["/slow", "/slow-change"]) {
      const slow = gate();
      const browser = (await serve(open(), wait(slow))).browser();
      await browser.get("/sign-in");
      const pending = browser.get(path);
      await slow.reached;
      await browser.get("/sign-out");
      slow.open();
      await pending;
      const { body } = await browser.get("/show");
      if (whose === "published") expect(body).toMatchObject({ userId: "u1" });
      else expect(body).toEqual({});
    }
  });

  test.each(both)("%s: a change", async (whose, open) => {
    const slow = gate();
    const browser = (await serve(open(), wait(slow))).browser();
    await browser.get("/sign-in");
    const pending = browser.get("/slow-change");
    await slow.reached;
    await browser.get("/change");
    slow.open();
    await pending;
    const lost = { userId: "u1", slow: true };
    expect((await browser.get("/show")).body).toEqual(whose === "published" ? lost : { ...lost, quick: true });
  });
});

describe("C3: a cookie cannot name another store's session", () => {
  test.each(both)("%s", async (whose, open) => {
    const prefix = uniquePrefix();
    const [site, admin] = [open(prefix), open(`${prefix}-admin`)];
    const id = await admin.newSessionId();
    await admin.set(id, { userId: "root" }, inSeconds(60));
    const browser = (await serve(site, handlers)).browser(`admin-${id}`);
    const { body } = await browser.get("/show");
    expect(body).toEqual(whose === "published" ? { userId: "root" } : {});
    expect(await admin.get(id)).toEqual({ userId: "root" });
  });

  test("ours: nor does any id of one store reach a key of the other", async () => {
    const sent: string[] = [];
    const noted = new Proxy(inspector, {
      get: (target, name) =>
        name === "get" ? (key: string) => sent.push(key) && target.get(key) : Reflect.get(target, name),
    });
    const store = new RedisStore({ prefix: "session", client: noted });
    const other = await new RedisStore({ prefix: "session-admin", client: noted }).newSessionId();
    for (const id of [`admin-${other}`, `admin-${other.slice(6)}`, `-${other}`, `_${other.slice(1)}=`])
      await store.get(id);
    // 43 characters are one id of this store; with the other prefix they would be too short for one.
    expect(sent).toEqual([`session-admin-${other.slice(6)}`]);
    expect(sent[0]).not.toHaveLength(`session-admin-${other}`.length);
  });
});

describe("C4: the options of the documentation are honoured", () => {
  const elsewhere = async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    return server;
  };

  test("published: host and port are not, and a client that is not connected fails", async () => {
    const store = new Published({ prefix: "mysess", client: createClient4({ url: inject("redisUrl") }) as never });
    await expect(store.get("id")).rejects.toThrow("The client is closed");
    const { port } = await elsewhere();
    // @ts-expect-error: nor does its type know them.
    const flat = new Published({ prefix: "mysess", clientOptions: { host: "127.0.0.1", port } });
    flat.client.on("error", () => {});
    expect(flat.client.options?.socket).not.toMatchObject({ port });
    await flat.client.disconnect().catch(() => {});
  });

  test("ours: they are, and the store connects by itself", async () => {
    const { host, port, command } = await elsewhere();
    const store = new RedisStore({ prefix: "mysess", clientOptions: { host, port } });
    onTestFinished(() => store.close());
    const id = await store.newSessionId();
    await store.set(id, { a: 1 }, inSeconds(60));
    expect(await command("GET", `mysess-${id}`)).toBe('{"a":1}');
  });
});

describe("C5: an end in the past is the session's end", () => {
  const ends = [() => inSeconds(-1), () => inSeconds(0), () => 0, () => -1, () => Number.NaN];

  test("published: it is an error of Redis's, out of the middleware's finally", async () => {
    const app = await serve(published(), handlers, { expiry: 0 });
    expect((await app.browser().get("/sign-in")).status).toBe(500);
    expect(app.errors).toMatchObject([{ message: expect.stringContaining("invalid expire time") }]);
  });

  test("ours: it is gone, whatever it was", async () => {
    const app = await serve(ours(), handlers, { expiry: 0 });
    const browser = app.browser();
    expect((await browser.get("/sign-in")).status).toBe(200);
    expect((await browser.get("/show")).body).toEqual({});
    expect(app.errors).toEqual([]);

    const prefix = uniquePrefix();
    const store = ours(prefix);
    for (const end of ends) {
      for (const values of [{ a: 1 }, "loaded"] as const) {
        const id = await store.newSessionId();
        if (values === "loaded") await store.set(id, { a: 1 }, inSeconds(60));
        const given = values === "loaded" ? await store.get(id) : values;
        await store.set(id, given ?? {}, end());
        expect(await inspector.exists(`${prefix}-${id}`)).toBe(0);
      }
    }
  });

  test("ours: none is immortal", async () => {
    const prefix = uniquePrefix();
    const store = ours(prefix);
    for (const end of [Number.POSITIVE_INFINITY, 1e300, Number.MAX_SAFE_INTEGER]) {
      const id = await store.newSessionId();
      await store.set(id, { a: 1 }, end);
      const ttl = await inspector.ttl(`${prefix}-${id}`);
      expect(ttl).toBeGreaterThan(9 * 365 * 24 * 3600);
      expect(ttl).toBeLessThan(11 * 365 * 24 * 3600);
    }
  });
});

describe("C6: the middleware's own cookie, which no store can change", () => {
  /** As the README has it: outside the session middleware. */
  const clearCookie: Middleware = async (ctx, next) => {
    const sent = /(?:^|;\s*)CB=/.test(ctx.request.headers.get("Cookie") ?? "");
    await next();
    const renewed = ctx.response.headers.getMany("Set-Cookie").some((line) => line.startsWith("CB="));
    if (sent && !renewed) ctx.response.headers.append("Set-Cookie", "CB=; Path=/; Max-Age=0; HttpOnly; SameSite=lax");
  };
  const language: Middleware = async (ctx, next) => {
    await next();
    ctx.response.headers.append("Set-Cookie", "language=nl");
  };

  test("a sign-out sends none, so the old one stays; with the work-around it goes", async () => {
    const plain = (await serve(ours(), handlers)).browser();
    await plain.get("/sign-in");
    expect((await plain.get("/sign-out")).setCookie).toEqual([]);
    const cleared = (await serve(ours(), handlers, { before: clearCookie })).browser();
    await cleared.get("/sign-in");
    expect((await cleared.get("/show")).setCookie).toHaveLength(1);
    expect((await cleared.get("/sign-out")).setCookie).toEqual([expect.stringMatching(/^CB=;.*Max-Age=0/)]);
  });

  test("it replaces the cookies of middlewares inside it; not of those outside that add theirs afterwards", async () => {
    const inside = {
      "/both": (ctx: Context) => {
        ctx.session["userId"] = "u1";
        ctx.response.headers.append("Set-Cookie", "language=nl");
      },
    };
    const { setCookie } = await (await serve(ours(), inside)).browser().get("/both");
    expect(setCookie).toEqual([expect.stringMatching(/^CB=/)]);
    const outside = await (await serve(ours(), handlers, { before: language })).browser().get("/sign-in");
    expect(outside.setCookie).toEqual([expect.stringMatching(/^CB=/), "language=nl"]);
  });
});

describe("C7: a request that only reads writes nothing, and a session can be given a last end", () => {
  test("published: it writes the whole session again", async () => {
    const prefix = uniquePrefix();
    const browser = (await serve(published(prefix), handlers)).browser();
    await browser.get("/sign-in");
    await inspector.expire(`${prefix}-${browser.cookie}`, 3000);
    await browser.get("/show");
    expect(await inspector.ttl(`${prefix}-${browser.cookie}`)).toBeGreaterThan(3500);
  });

  test("ours: it does not", async () => {
    const prefix = uniquePrefix();
    const { client: noted, sent } = watched(inspector);
    const store = new RedisStore({ prefix, client: noted, absoluteTimeoutSeconds: 600 });
    const browser = (await serve(store, handlers)).browser();
    await browser.get("/sign-in");
    const key = `${prefix}-${browser.cookie}`;
    const end = await inspector.pexpiretime(key);
    expect(end).toBeLessThanOrEqual(Date.now() + 600_000);
    sent.length = 0;
    for (let n = 0; n < 10; n++) await browser.get("/show");
    expect(sent).toEqual(Array(10).fill("get"));
    expect(await inspector.pexpiretime(key)).toBe(end);
  });
});

describe("C8 and C9: any client, no prefix, and the version of the middleware", () => {
  test("published: a prefix is required, and its client is node-redis 4", () => {
    // @ts-expect-error: there is no prefix.
    new Published({ client: client as never });
    // @ts-expect-error: it is not node-redis 4.
    new Published({ prefix: "session", client: new Redis({ lazyConnect: true }) });
    // @ts-expect-error: nor is this.
    new Published({ prefix: "session", client: createCluster({ rootNodes: [] }) });
  });

  test("ours: neither is", () => {
    new RedisStore({ client });
    new RedisStore({ client: createClient() });
    new RedisStore({ client: createCluster({ rootNodes: [] }) });
    new RedisStore({ client: new Redis({ lazyConnect: true }) });
    new RedisStore({ client: new Cluster([], { lazyConnect: true }) });
    new RedisStore({ client: { session: client, userSessions: new Redis({ lazyConnect: true }) } });
  });

  test("the middleware is a peer with a range", () => {
    const manifestOf = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
    const theirs = manifestOf("../node_modules/@curveball/session-redis/package.json");
    expect(theirs).toMatchObject({ peerDependencies: { "@curveball/kernel": "^1" } });
    expect(theirs).not.toMatchObject({ peerDependencies: { "@curveball/session": expect.anything() } });
    expect(manifestOf("../package.json")).toMatchObject({ peerDependencies: { "@curveball/session": "^1.0.0" } });
  });
});

describe("C10: close, list, and sign-out by user", () => {
  test("published has none of them", () => {
    const store = published();
    for (const method of ["close", "list", "deleteAll", "count"]) expect(store).not.toHaveProperty(method);
  });

  // What they do is in users.test.ts and own-client.test.ts.
  test("ours", async () => {
    const store = new RedisStore({ prefix: uniquePrefix(), client: inspector, userIdFrom: () => "u1" });
    const id = await store.newSessionId();
    await store.set(id, { a: 1 }, inSeconds(60));
    expect(await store.list("u1")).toEqual([{ handle: id, values: { a: 1 } }]);
    expect([await store.count("u1"), await store.deleteAll("u1"), await store.count("u1")]).toEqual([1, 1, 0]);
    await store.close();
  });
});
