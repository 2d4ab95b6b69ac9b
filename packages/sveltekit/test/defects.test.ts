// What the published package gets wrong, line by line, and that this one does not. The published package runs beside it,
// so that each case is shown to be one.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, inject, test, vi } from "vitest";
import { RedisSessionStore as ArticleStore, upstashSessionStore } from "../src/index.js";
import { type PublishedSessionStoreOptions, RedisSessionStore } from "../src/v1.js";
import { inspect, keysUnder, unique } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { published } from "./support/published.js";
import { newSecret, secret } from "./support/secrets.js";

type Data = Record<string, unknown>;

const inspector = inspect();
inspector.setMaxListeners(0);
const ada: Data = { email: "ada@example.com" };

/** Both packages, each on keys of its own. */
function both(options: Partial<PublishedSessionStoreOptions<Data>> = {}, client: Redis = inspector) {
  const names = () => {
    const prefix = unique();
    return { sessionPrefix: `${prefix}:s`, userSessionsPrefix: `${prefix}:u` };
  };
  const [theirNames, ourNames] = [names(), names()];
  const settings = { redisClient: client, secret, ...options } as never as { redisClient: never; secret: string };
  return {
    theirs: { store: new published.IoRedisSessionStore({ ...settings, ...theirNames }), ...theirNames },
    ours: { store: new RedisSessionStore<Data>({ ...settings, ...ourNames }), ...ourNames },
  };
}

/** A signed-in visitor, and another with a copy of the cookie. */
async function signedIn(store: Pick<RedisSessionStore<Data>, "createSession">): Promise<[Visitor, Visitor]> {
  const [visitor, replay] = [new Visitor(), new Visitor()];
  await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
  replay.cookies.set("session", visitor.cookies.get("session") ?? "");
  return [visitor, replay];
}

async function upstash(automaticDeserialization = true) {
  const endpoint = await startUpstashLocal({ redis: inject("redisUrl"), port: 0 });
  const { url, token } = endpoint;
  return { client: new Upstash({ url, token, automaticDeserialization }), close: () => endpoint.close() };
}

const theirsAsOurs = (store: unknown): RedisSessionStore<Data> => store as RedisSessionStore<Data>;

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

describe("S8: a missing secret is found at construction, not when half a session stands", () => {
  test("published: throws after Redis was written", async () => {
    const { sessionPrefix, userSessionsPrefix } = both().theirs;
    const names = { sessionPrefix, userSessionsPrefix };
    const store = new published.IoRedisSessionStore({ redisClient: inspector as never, secret: "", ...names });
    const visitor = new Visitor();
    await expect(visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"))).rejects.toThrow();
    expect(await keysUnder(inspector, sessionPrefix)).toHaveLength(1);
    await store.deleteSessionsByUserId("u1");
  });

  test.each(["", undefined, "short", "x".repeat(40)])("ours: %j", (weak) => {
    expect(() => new RedisSessionStore({ redisClient: inspector, secret: weak as string })).toThrow(TypeError);
  });
});

describe("S9: a sign-in during a sign-out everywhere is signed out, or listed", () => {
  /** A client on which a session is started between the reading of a set and what follows. */
  function racing(start: () => Promise<unknown>): Redis {
    return new Proxy(inspector, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
        if (name !== "smembers") return method;
        return async (...args: unknown[]) => {
          const members = await method(...args);
          await start();
          return members;
        };
      },
    });
  }

  test("published: it is neither", async () => {
    const { store, ...names } = both().theirs;
    await signedIn(theirsAsOurs(store));
    const late = new Visitor();
    const client = racing(() => late.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1")));
    await new published.IoRedisSessionStore({ redisClient: client as never, secret, ...names }).deleteSessionsByUserId(
      "u1",
    );
    await store.deleteSessionsByUserId("u1");
    expect(await late.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada });
  });

  test("ours", async () => {
    const { store } = both({ peerIndex: false }).ours;
    for (let round = 0; round < 50; round++) {
      const during = new Visitor();
      await signedIn(store);
      await Promise.all([
        during.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1")),
        store.deleteSessionsByUserId("u1"),
      ]);
      const live = (await during.inRequest(({ cookies }) => store.getSession(cookies))).error ? 0 : 1;
      expect((await store.getSessionsByUserId("u1")).data).toHaveLength(live);
      await store.deleteSessionsByUserId("u1");
      expect(await during.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ error: true });
    }
  });
});

describe("S10: plain Node can import it", () => {
  const importing = (name: string) =>
    promisify(execFile)(process.execPath, ["--input-type=module", "--eval", `await import(${JSON.stringify(name)})`], {
      cwd: new URL("..", import.meta.url),
      timeout: 60_000,
      killSignal: "SIGKILL",
    });

  test("published: it cannot", async () => {
    await expect(importing("@ethercorps/sveltekit-redis-session")).rejects.toThrow("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  // As Node does it, without a bundler: what is packed is imported by `scripts/check-packages.mjs`.
  test("ours: every module imports the core, jose and its neighbours, and nothing of SvelteKit's or Node's", () => {
    const folder = new URL("../src/", import.meta.url);
    const files = readdirSync(folder, { recursive: true }).map(String);
    const imported = files
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .flatMap((file) => [
        ...readFileSync(new URL(file, folder), "utf8").matchAll(/^(?:import|export|\}) .*from "([^"]+)";$/gm),
      ])
      .map(([, name = ""]) => name);
    expect(imported).toContain("redis-keyspace");
    expect(imported.filter((name) => !/^(\.\.?\/|redis-keyspace$|jose\/)/.test(name))).toEqual([]);
  });
});

describe("S11: what is wrong can be told apart, and no message holds an id", () => {
  test("published: no session, a forged cookie and an ended session look alike, and the id is in a message", async () => {
    const { store } = both().theirs;
    const [visitor] = await signedIn(theirsAsOurs(store));
    const id = decodeURIComponent(visitor.cookies.get("session") ?? "").split(".")[0] ?? "";
    await store.deleteSessionsByUserId("u1");
    const ended = await visitor.inRequest(({ cookies }) => store.getSession(cookies));
    expect(ended.message).toContain(id);
    visitor.cookies.clear();
    const none = await visitor.inRequest(({ cookies }) => store.getSession(cookies));
    expect([Object.keys(none), none.data, none.error]).toEqual([Object.keys(ended), ended.data, ended.error]);
  });

  test("ours", async () => {
    const { store, sessionPrefix } = both().ours;
    const [visitor, forger] = await signedIn(store);
    const [key = ""] = await keysUnder(inspector, sessionPrefix);
    const id = key.slice(sessionPrefix.length + 1);
    const answers: { code: string }[] = [];
    const ask = async (who: Visitor): Promise<void> => {
      answers.push(await who.inRequest(({ cookies }) => store.getSession(cookies)));
      answers.push(await who.inRequest(({ cookies }) => store.updateSessionExpiry(cookies)));
    };
    forger.cookies.set("session", `${forger.cookies.get("session")?.slice(0, -4)}AAA%3D`);
    await ask(new Visitor());
    await ask(forger);
    answers.push(await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada, id)));
    await store.deleteSessionsByUserId("u1");
    await ask(visitor);
    expect(answers.map(({ code }) => code)).toEqual([
      "no-session",
      "no-session",
      "bad-cookie",
      "bad-cookie",
      "exists",
      "expired",
      "expired",
    ]);
    expect(JSON.stringify(answers)).not.toContain(id);
  });
});

describe("S12: a secret can be replaced, a sign-in has a new id, an update renews the cookie", () => {
  test("published: a new secret signs everybody out, an update leaves the cookie to end", async () => {
    const { store, ...names } = both().theirs;
    const [visitor] = await signedIn(theirsAsOurs(store));
    await visitor.inRequest(({ cookies }) => store.updateSession(cookies, ada));
    expect(visitor.setCookies).toEqual([]);
    const fresh = new published.IoRedisSessionStore({ redisClient: inspector as never, secret: newSecret(), ...names });
    expect((await visitor.inRequest(({ cookies }) => fresh.getSession(cookies))).error).toBe(true);
    await store.deleteSessionsByUserId("u1");
  });

  test("ours", async () => {
    const { store, ...names } = both().ours;
    const [visitor] = await signedIn(store);
    await visitor.inRequest(({ cookies }) => store.updateSession(cookies, ada));
    expect(visitor.setCookies).toHaveLength(1);
    const fresh = newSecret();
    const rotating = new RedisSessionStore<Data>({ redisClient: inspector, secret: [fresh, secret], ...names });
    expect(await visitor.inRequest(({ cookies }) => rotating.getSession(cookies))).toMatchObject({ code: "ok" });
    await visitor.inRequest(({ cookies }) => rotating.updateSessionExpiry(cookies));
    const rotated = new RedisSessionStore<Data>({ redisClient: inspector, secret: fresh, ...names });
    expect(await visitor.inRequest(({ cookies }) => rotated.getSession(cookies))).toMatchObject({ code: "ok" });
    const before = visitor.cookies.get("session");
    await visitor.inRequest(({ cookies }) => rotated.createSession(cookies, ada, "u1"));
    expect(visitor.cookies.get("session")?.split(".")[0]).not.toBe(before?.split(".")[0]);
    await rotated.deleteSessionsByUserId("u1");
  });
});

describe("S13: sessions of nobody are not one user's", () => {
  test("published: they share an index", async () => {
    const { store, userSessionsPrefix } = both().theirs;
    await new Visitor().inRequest(({ cookies }) => store.createSession(cookies, ada, "" as never));
    expect(await inspector.exists(`${userSessionsPrefix}:`)).toBe(1);
    await store.deleteSessionsByUserId("");
  });

  test.each([undefined, null, ""])("ours, with %j", async (userId) => {
    const { store, sessionPrefix, userSessionsPrefix } = both().ours;
    const visitor = new Visitor();
    expect(await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, userId))).toMatchObject({
      code: "ok",
    });
    expect(await keysUnder(inspector, sessionPrefix)).toHaveLength(1);
    expect(await keysUnder(inspector, userSessionsPrefix)).toEqual([]);
    expect(await keysUnder(inspector, `index:${userSessionsPrefix}`)).toEqual([]);
    await store.deleteSessionsByUserId("");
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "ok" });
    await visitor.inRequest(({ cookies }) => store.deleteSession(cookies));
  });
});

test("S14: two stores with names of their own do not see each other, and names in each other are refused", async () => {
  const [members, admins] = [both().ours, both().ours];
  const [visitor] = await signedIn(members.store);
  expect(await visitor.inRequest(({ cookies }) => admins.store.getSession(cookies))).toMatchObject({ code: "expired" });
  await admins.store.deleteSessionsByUserId("u1");
  expect(await visitor.inRequest(({ cookies }) => members.store.getSession(cookies))).toMatchObject({ code: "ok" });
  await members.store.deleteSessionsByUserId("u1");
  const clashing = { redisClient: inspector, secret, sessionPrefix: "same", userSessionsPrefix: "same" };
  expect(() => new RedisSessionStore(clashing)).toThrow('option "sessionPrefix"');
});
