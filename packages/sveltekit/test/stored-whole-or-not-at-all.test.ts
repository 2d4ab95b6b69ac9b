// What the legacy package gets wrong and this one does not: a session is stored with its end, or not at all and not announced.
// The legacy package runs beside it, so that each case is shown to be one.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, inject, test, vi } from "vitest";
import { RedisSessionStore } from "../src/v1.js";
import { ada, both, inspector, signedIn, theirsAsOurs } from "./support/beside-legacy-package.js";
import { keysUnder, unique } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { legacy } from "./support/legacy-package.js";
import { secret } from "./support/secrets.js";

describe("S4: a session that was not stored is not announced", () => {
  test.each([
    ["legacy", true],
    ["ours", false],
  ])("%s, out of memory", async (name, announced) => {
    const server = await startRedis({ args: ["--maxmemory", "1", "--maxmemory-policy", "noeviction"] });
    const client = new Redis(server.url);
    client.on("error", () => {});
    try {
      const stores = both({}, client);
      const { store } = name === "legacy" ? stores.theirs : stores.ours;
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

  test("legacy, on node-redis: SET, and EXPIRE in another command", async () => {
    const client = createClient({ url: inject("redisUrl") });
    client.on("error", () => {});
    await client.connect();
    const prefix = unique();
    const names = { sessionPrefix: `${prefix}:s`, userSessionsPrefix: `${prefix}:u` };
    const store = new legacy.RedisSessionStore({ redisClient: client as never, secret, ...names });
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
      (command) =>
        command.startsWith("(in a script) SET") && command.includes(sessionPrefix) && !command.includes(":operation:"),
    );
    expect(ofSession).toEqual([expect.stringContaining(" NX PXAT ")]);
    await store.deleteSessionsByUserId("u1");
  });
});

describe("S8: a missing secret is found at construction, not when half a session stands", () => {
  test("legacy: throws after Redis was written", async () => {
    const { sessionPrefix, userSessionsPrefix } = both().theirs;
    const names = { sessionPrefix, userSessionsPrefix };
    const store = new legacy.IoRedisSessionStore({ redisClient: inspector as never, secret: "", ...names });
    const visitor = new Visitor();
    await expect(visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"))).rejects.toThrow();
    expect(await keysUnder(inspector, sessionPrefix)).toHaveLength(1);
    await store.deleteSessionsByUserId("u1");
  });

  test.each(["", undefined, "short", "x".repeat(40)])("ours: %j", (weak) => {
    expect(() => new RedisSessionStore({ redisClient: inspector, secret: weak as string })).toThrow(TypeError);
  });
});
