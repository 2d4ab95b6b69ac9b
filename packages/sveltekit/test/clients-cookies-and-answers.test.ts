// What the legacy package gets wrong and this one does not: clients, cookies, and what is answered.
// The legacy package runs beside it, so that each case is shown to be one.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, inject, test } from "vitest";
import { RedisSessionStore as ArticleStore, upstashSessionStore } from "../src/index.js";
import { RedisSessionStore } from "../src/v1.js";
import { ada, both, type Data, inspector, signedIn, theirsAsOurs } from "./support/beside-legacy-package.js";
import { keysUnder, unique } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { legacy } from "./support/legacy-package.js";
import { newSecret, secret } from "./support/secrets.js";

async function upstash(automaticDeserialization = true) {
  const endpoint = await startUpstashLocal({ redis: inject("redisUrl"), port: 0 });
  const { url, token } = endpoint;
  return { client: new Upstash({ url, token, automaticDeserialization }), close: () => endpoint.close() };
}

describe("S2: sessions are listed on Upstash", () => {
  test("legacy: they are parsed twice", async () => {
    const { client, close } = await upstash();
    const { sessionPrefix, userSessionsPrefix } = both().theirs;
    const names = { sessionPrefix, userSessionsPrefix };
    const store = new legacy.upstashSessionStore({ redisClient: client as never, secret, ...names });
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
    await signedIn(theirsAsOurs(new legacy.upstashSessionStore(settings as never)));
    const [visitor] = await signedIn(store);
    expect((await store.getSessionsByUserId("u1")).data).toEqual([ada, ada]);
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada });
    await store.deleteSessionsByUserId("u1");
    expect(await keysUnder(inspector, sessionPrefix)).toEqual([]);
    await close();
  });
});

describe("S3: a client that loses its connection does not end the process", () => {
  test("legacy: throws inside the client's error event", () => {
    const client = new Redis(inject("redisUrl"), { lazyConnect: true });
    client.on("error", () => {});
    new legacy.IoRedisSessionStore({ redisClient: client as never, secret });
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

describe("S5: `encrypted` encrypts, and `prefix` is not passed over", () => {
  test("legacy: the cookie shows the id", async () => {
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

describe("S10: plain Node can import it", () => {
  const importing = (name: string) =>
    promisify(execFile)(process.execPath, ["--input-type=module", "--eval", `await import(${JSON.stringify(name)})`], {
      cwd: new URL("..", import.meta.url),
      timeout: 60_000,
      killSignal: "SIGKILL",
    });

  test("legacy: it cannot", async () => {
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
    expect(imported.filter((name) => !/^(\.\.?\/|redis-keyspace(\/adapter)?$|jose\/)/.test(name))).toEqual([]);
  });
});

describe("S11: what is wrong can be told apart, and no message holds an id", () => {
  test("legacy: no session, a forged cookie and an ended session look alike, and the id is in a message", async () => {
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
  test("legacy: a new secret signs everybody out, an update leaves the cookie to end", async () => {
    const { store, ...names } = both().theirs;
    const [visitor] = await signedIn(theirsAsOurs(store));
    await visitor.inRequest(({ cookies }) => store.updateSession(cookies, ada));
    expect(visitor.setCookies).toEqual([]);
    const fresh = new legacy.IoRedisSessionStore({ redisClient: inspector as never, secret: newSecret(), ...names });
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
