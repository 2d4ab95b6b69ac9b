// What the published package gets wrong, line by line, and that this one does not. The published package runs beside it,
// so that each case is shown to be one. The first are in defects-1-7.test.ts, S15 is in
// src/lib/cookie-sealing.test.ts.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { RedisSessionStore } from "../src/v1.js";
import { ada, both, type Data, inspector, signedIn, theirsAsOurs } from "./support/beside-published.js";
import { keysUnder } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { published } from "./support/published.js";
import { newSecret, secret } from "./support/secrets.js";

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
