// Holds docs/keyspace.md against what MONITOR sees: each block ```redis curveball: <request> there is what that request sends.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { afterAll, describe, expect, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { inSeconds } from "./support/redis.js";

const page = readFileSync(new URL("../../../docs/keyspace.md", import.meta.url), "utf8");
const blocks = new Map(
  [...page.matchAll(/^```redis curveball: (.+)\n([\s\S]*?)\n```$/gm)].map(([, name, block]) => [name, block]),
);

const redis = await startRedis();
const client = new Redis(redis.url);
const watcher = await new Redis(redis.url).monitor();
const heard: string[][] = [];
watcher.on("monitor", (_time: string, command: string[]) => heard.push(command));
afterAll(async () => {
  client.disconnect();
  watcher.disconnect();
  await redis.stop();
});

const store = new RedisStore({
  client,
  userIdFrom: ({ userId }: { userId?: string; n?: number }) => userId,
  touchAfterSeconds: 0,
});
const id = await store.newSessionId();
const newId = await store.newSessionId();
const load = async () => (await store.get(id)) ?? {};

const requests: Readonly<Record<string, () => Promise<unknown>>> = {
  "new session": () => store.set(id, { userId: "u1" }, inSeconds(600)),
  read: () => store.get(id),
  "unchanged, its end is due": async () => await store.set(id, await load(), inSeconds(700)),
  change: async () => {
    const values = await load();
    values.n = 1;
    await store.set(id, values, inSeconds(800));
  },
  "new id": async () => {
    const values = await load();
    await store.delete(id);
    await store.set(newId, values, inSeconds(800));
  },
  "sign-out": () => store.delete(newId),
};

const silent = new Set(["time", "evalsha", "eval", "script", "ping", "info"]);

async function commandsOf(run: () => Promise<unknown>): Promise<string> {
  const reached = async (): Promise<void> => {
    const mark = `mark-${randomUUID()}`;
    await client.echo(mark);
    await expect.poll(() => heard.at(-1)?.[1]).toBe(mark);
  };
  await reached();
  heard.length = 0;
  await run();
  await reached();
  const name = (word: string): string =>
    word
      .replaceAll(newId, "<new id>")
      .replaceAll(id, "<id>")
      .replaceAll("u1", "<user>")
      .replace(/^\{.*\}$/, "<values>")
      .replace(/^(\(?)\d{13}$/, "$1<ms>");
  return heard
    .slice(0, -1)
    .filter(([command = ""]) => !silent.has(command.toLowerCase()))
    .map(([command = "", ...words]) => [command.toUpperCase(), ...words.map(name)].join(" "))
    .join("\n");
}

describe("the page says what is sent for", () => {
  for (const [name, run] of Object.entries(requests)) {
    test(name, async () => {
      expect(blocks.get(name)).toBe(await commandsOf(run));
    });
  }

  test("no other request", () => {
    expect([...blocks.keys()].filter((name) => !Object.hasOwn(requests, name ?? ""))).toEqual([]);
  });
});
