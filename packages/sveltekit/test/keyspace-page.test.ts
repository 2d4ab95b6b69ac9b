// Holds the blocks ```redis sveltekit: <method> of docs/keyspace.md against what MONITOR sees.
import { pageBlocks, watchCommands } from "@redis-keyspace/scripts/keyspace-page";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { RedisSessionStore } from "../src/index.js";
import { secret } from "./support/secrets.js";

const blocks = pageBlocks()["sveltekit"] ?? {};

const redis = await startRedis();
const client = new Redis(redis.url);
const watch = await watchCommands(redis.url);
afterAll(async () => {
  client.disconnect();
  watch.close();
  await redis.stop();
});

/** A browser's one cookie. */
let cookie: string | undefined;
const cookies = {
  get: () => cookie,
  set(_name: string, value: string) {
    cookie = value;
  },
  delete() {},
};

const store = new RedisSessionStore({ redisClient: client, secret });
const data = { email: "ada@example.com" };
const methods: Readonly<Record<string, () => Promise<{ code: string }>>> = {
  createSession: () => store.createSession(cookies, data, "the-user"),
  getSession: () => store.getSession(cookies),
  updateSessionExpiry: () => store.updateSessionExpiry(cookies),
  updateSession: () => store.updateSession(cookies, data),
  getSessionsByUserId: () => store.getSessionsByUserId("the-user"),
  deleteSession: () => store.deleteSession(cookies),
};

const nameIt = (word: string): string =>
  word
    .replaceAll(cookie?.split(".")[0] ?? "", "<id>")
    .replaceAll("the-user", "<user>")
    .replace(/^\{.*\}$/s, "<data>")
    .replace(/^(\(?)\d{13}$/, "$1<ms>");

test.each(Object.entries(methods))("%s", async (name, run) => {
  let code: string | undefined;
  const commands = await watch.commandsOf(async () => {
    ({ code } = await run());
  }, nameIt);
  expect(code).toBe("ok");
  expect(blocks[name]).toBe(commands);
});

test("the page has no block that no test knows", () => {
  expect(Object.keys(blocks)).toEqual(Object.keys(methods));
});
