// Holds docs/keyspace.md against what MONITOR sees: each block ```redis curveball: <request> there is what that request sends.
import { pageBlocks, watchCommands } from "@redis-keyspace/scripts/keyspace-page";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { afterAll, describe, expect, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { inSeconds } from "./support/redis.js";

const blocks = pageBlocks()["curveball"] ?? {};

const redis = await startRedis();
const client = new Redis(redis.url);
const watch = await watchCommands(redis.url);
afterAll(async () => {
  client.disconnect();
  watch.close();
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

const nameIt = (word: string): string =>
  word
    .replaceAll(newId, "<new id>")
    .replaceAll(id, "<id>")
    .replaceAll("u1", "<user>")
    .replace(/^\{.*\}$/, "<values>")
    .replace(/^(\(?)\d{13}$/, "$1<ms>");

describe("the page says what is sent for", () => {
  for (const [name, run] of Object.entries(requests)) {
    test(name, async () => {
      expect(blocks[name]).toBe(await watch.commandsOf(run, nameIt));
    });
  }

  test("no other request", () => {
    expect(Object.keys(blocks)).toEqual(Object.keys(requests));
  });
});
