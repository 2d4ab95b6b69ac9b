// What the published package gets wrong, line by line, and that this one does not. The published package runs beside it,
// so that each case is shown to be one. The others are in defects-8-14.test.ts.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, inject, test, vi } from "vitest";
import { RedisSessionStore as ArticleStore, upstashSessionStore } from "../src/index.js";
import { RedisSessionStore } from "../src/v1.js";
import { ada, both, type Data, inspector, signedIn, theirsAsOurs } from "./support/beside-published.js";
import { keysUnder, unique } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { published } from "./support/published.js";
import { secret } from "./support/secrets.js";

async function upstash(automaticDeserialization = true) {
  const endpoint = await startUpstashLocal({ redis: inject("redisUrl"), port: 0 });
  const { url, token } = endpoint;
  return { client: new Upstash({ url, token, automaticDeserialization }), close: () => endpoint.close() };
}

describe("S1: an update does not bring back a session that was signed out", () => {
  test("published: it does, and it is not listed any more", async () => {
    const { store, sessionPrefix } = both().theirs;
    const [, replay] = await signedIn(theirsAsOurs(store));
    await store.deleteSessionsByUserId("u1");
    await replay.inRequest(({ cookies }) => store.updateSession(cookies, ada));
    expect(await keysUnder(inspector, sessionPrefix)).toHaveLength(1);
    expect((await store.getSessionsByUserId("u1")).data).toEqual([]);
  });

  test("ours: it does not", async () => {
    const { store, sessionPrefix } = both().ours;
    const [, replay] = await signedIn(store);
    await store.deleteSessionsByUserId("u1");
    for (const update of [ada, (data: Data) => data]) {
      expect(await replay.inRequest(({ cookies }) => store.updateSession(cookies, update))).toMatchObject({
        code: "expired",
      });
    }
    expect(await replay.inRequest(({ cookies }) => store.updateSessionExpiry(cookies))).toMatchObject({
      code: "expired",
    });
    expect(await keysUnder(inspector, sessionPrefix)).toEqual([]);
  });
});

describe("S2: sessions are listed on Upstash", () => {
  test("published: they are parsed twice", async () => {
    const { client, close } = await upstash();
    const { sessionPrefix, userSessionsPrefix } = both().theirs;
    const names = { sessionPrefix, userSessionsPrefix };
    const store = new published.upstashSessionStore({ redisClient: client as never, secret, ...names });
    await signedIn(theirsAsOurs(store));
    await expect(store.getSessionsByUserId("u1")).rejects.toThrow(SyntaxError);
    await store.deleteSessionsByUserId("u1");
    await close();
  });

  test.each([true, false])("ours, with automaticDeserialization %s, theirs among them", async (decoding) => {
    const { client, close } = await upstash(decoding);
    const { sessionPrefix, userSessionsPrefix } = both().ours;
    const settings = { redisClient: client, secret, sessionPrefix, userSessionsPrefix };
    const store = new upstashSessionStore<Data>(settings);
    await signedIn(theirsAsOurs(new published.upstashSessionStore(settings as never)));
    const [visitor] = await signedIn(store);
    expect((await store.getSessionsByUserId("u1")).data).toEqual([ada, ada]);
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada });
    await store.deleteSessionsByUserId("u1");
    expect(await keysUnder(inspector, sessionPrefix)).toEqual([]);
    await close();
  });
});

describe("S3: a client that loses its connection does not end the process", () => {
  test("published: throws inside the client's error event", () => {
    const client = new Redis(inject("redisUrl"), { lazyConnect: true });
    client.on("error", () => {});
    new published.IoRedisSessionStore({ redisClient: client as never, secret });
    expect(() => client.emit("error", new Error("connection lost"))).toThrow("Unable to connect");
  });

  test("ours: listens to nothing, and the store answers", async () => {
    const server = await startRedis();
    const client = createClient({ url: server.url });
    client.on("error", () => {});
    await client.connect();
    const listeners = ["connect", "error", "end", "close"].map((event) => client.listenerCount(event));
    const store = new RedisSessionStore<Data>({ redisClient: client, secret, commandTimeoutMs: 300 });
    expect(["connect", "error", "end", "close"].map((event) => client.listenerCount(event))).toEqual(listeners);
    const [visitor] = await signedIn(store);
    await server.kill();
    try {
      expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({
        code: "unavailable",
      });
    } finally {
      client.destroy();
      await server.stop();
    }
  });
});

describe("S4: a session that was not stored is not announced", () => {
  test.each([
    ["published", true],
    ["ours", false],
  ])("%s, out of memory", async (name, announced) => {
    const server = await startRedis({ args: ["--maxmemory", "1", "--maxmemory-policy", "noeviction"] });
    const client = new Redis(server.url);
    client.on("error", () => {});
    try {
      const stores = both({}, client);
      const { store } = name === "published" ? stores.theirs : stores.ours;
      const visitor = new Visitor();
      const answer = await visitor.inRequest<{ error: boolean }>(({ cookies }) =>
        theirsAsOurs(store).createSession(cookies, ada, "u1"),
      );
      expect(answer.error).toBe(!announced);
      expect(visitor.cookies.size).toBe(announced ? 1 : 0);
      if (!announced) expect(answer).toMatchObject({ code: "unavailable", cause: { code: "ERR_REDIS_OUT_OF_MEMORY" } });
    } finally {
      client.disconnect();
      await server.stop();
    }
  });
});

describe("S5: `encrypted` encrypts, and `prefix` is not passed over", () => {
  test("published: the cookie shows the id", async () => {
    const { store } = both({ encrypted: true }).theirs;
    const [visitor] = await signedIn(theirsAsOurs(store));
    const [id = ""] = decodeURIComponent(visitor.cookies.get("session") ?? "").split(".");
    expect(id).toMatch(/^\w{36}$/);
    await store.deleteSessionsByUserId("u1");
  });

  test("ours: it does not; a `prefix` is refused with what to do, and honoured by the article's class", async () => {
    const { store, sessionPrefix } = both({ encrypted: true }).ours;
    const [visitor] = await signedIn(store);
    const [key = ""] = await keysUnder(inspector, sessionPrefix);
    const id = key.slice(sessionPrefix.length + 1);
    const cookie = visitor.cookies.get("session") ?? "";
    expect(cookie).not.toContain(id);
    for (const part of cookie.split(".")) expect(Buffer.from(part, "base64url").toString("latin1")).not.toContain(id);
    await store.deleteSessionsByUserId("u1");

    const prefix = `${unique()}:`;
    const options = { redisClient: inspector, secret, prefix };
    expect(() => new RedisSessionStore(options as never)).toThrow('option "prefix" had no effect');
    const article = new ArticleStore<Data>({ ...options, userSessionsPrefix: unique() });
    const [guest] = await signedIn(article);
    expect(await keysUnder(inspector, prefix)).toHaveLength(1);
    await guest.inRequest(({ cookies }) => article.delSession(cookies));
  });
});

describe("S6: ending a session takes it out of the index, and the index ends", () => {
  test("published: it stays there, for ever", async () => {
    const { store, userSessionsPrefix } = both().theirs;
    const [visitor] = await signedIn(theirsAsOurs(store));
    await visitor.inRequest(({ cookies }) => store.deleteSession(cookies));
    expect(await inspector.scard(`${userSessionsPrefix}:u1`)).toBe(1);
    expect(await inspector.pttl(`${userSessionsPrefix}:u1`)).toBe(-1);
    await store.deleteSessionsByUserId("u1");
  });

  test("ours", async () => {
    const { store, sessionPrefix, userSessionsPrefix } = both({ cookiesOptions: { maxAge: 600 } }).ours;
    const [visitor] = await signedIn(store);
    const keys = [`${userSessionsPrefix}:u1`, `index:${userSessionsPrefix}:u1`];
    for (const key of keys) expect(await inspector.pttl(key)).toBeGreaterThan(0);
    await visitor.inRequest(({ cookies }) => store.deleteSession(cookies));
    expect(await inspector.exists(...keys)).toBe(0);
    expect(await keysUnder(inspector, sessionPrefix)).toEqual([]);
  });
});

describe("S7: a session never stands without its end", () => {
  /** What is sent to Redis, seen by MONITOR. */
  async function commandsOf(run: () => Promise<unknown>): Promise<string[]> {
    const watcher = await new Redis(inject("redisUrl")).monitor();
    const commands: string[] = [];
    const mark = unique();
    watcher.on("monitor", (_time: string, words: string[], source: string) => {
      commands.push(source === "lua" ? `(in a script) ${words.join(" ")}` : words.join(" "));
    });
    try {
      await run();
      await inspector.echo(mark);
      await vi.waitUntil(() => commands.some((command) => command.includes(mark)), { timeout: 10_000 });
    } finally {
      watcher.disconnect();
    }
    return commands;
  }

  test("published, on node-redis: SET, and EXPIRE in another command", async () => {
    const client = createClient({ url: inject("redisUrl") });
    client.on("error", () => {});
    await client.connect();
    const prefix = unique();
    const names = { sessionPrefix: `${prefix}:s`, userSessionsPrefix: `${prefix}:u` };
    const store = new published.RedisSessionStore({ redisClient: client as never, secret, ...names });
    const commands = await commandsOf(() => signedIn(theirsAsOurs(store)));
    const ofSession = commands.filter((command) => command.includes(`${prefix}:s`));
    expect(ofSession.map((command) => command.split(" ")[0]?.toUpperCase())).toEqual(["SET", "EXPIRE"]);
    await store.deleteSessionsByUserId("u1");
    client.destroy();
  });

  test("ours: one SET with PXAT, in the script that enters it", async () => {
    const { store, sessionPrefix } = both().ours;
    const commands = await commandsOf(() => signedIn(store));
    const ofSession = commands.filter(
      (command) => command.startsWith("(in a script) SET") && command.includes(sessionPrefix),
    );
    expect(ofSession).toEqual([expect.stringContaining(" NX PXAT ")]);
    await store.deleteSessionsByUserId("u1");
  });
});
