// Holds the blocks ```redis sveltekit: <method> of docs/keyspace.md against what MONITOR sees.
import { readFileSync } from "node:fs";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { afterAll, expect, test, vi } from "vitest";
import { RedisSessionStore } from "../src/index.js";
import { secret } from "./support/secrets.js";

const page = readFileSync(new URL("../../../docs/keyspace.md", import.meta.url), "utf8");
const blocks = Object.fromEntries(
  [...page.matchAll(/^```redis sveltekit: (.+)\n([\s\S]*?)\n```$/gm)].map(([, name, block]) => [name, block]),
);

const redis = await startRedis();
const client = new Redis(redis.url);
const watcher = await new Redis(redis.url).monitor();
const heard: string[][] = [];
watcher.on("monitor", (_time: string, command: string[]) => heard.push(command));
afterAll(async () => {
  for (const connection of [client, watcher]) connection.disconnect();
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

/** Asking the time and naming a script are no commands of the protocol. */
const silent = new Set(["time", "evalsha", "eval", "script", "info"]);

test.each(Object.entries(methods))("%s", async (name, run) => {
  heard.length = 0;
  expect((await run()).code).toBe("ok");
  await client.echo(name);
  await vi.waitUntil(() => heard.at(-1)?.[0]?.toLowerCase() === "echo", { timeout: 10_000 });
  const id = cookie?.split(".")[0] ?? "";
  const word = (text: string): string =>
    text
      .replaceAll(id, "<id>")
      .replaceAll("the-user", "<user>")
      .replace(/^\{.*\}$/s, "<data>")
      .replace(/^\d{13}$/, "<ms>")
      .replace(/^\(\d{13}$/, "(<ms>");
  const commands = heard
    .filter(([command = ""]) => !silent.has(command.toLowerCase()))
    .slice(0, -1)
    .map(([command = "", ...words]) => [command.toUpperCase(), ...words.map(word)].join(" "));
  expect(commands.join("\n")).toBe(blocks[name]);
});

test("the page has no block that no test knows", () => {
  expect(Object.keys(blocks)).toEqual(Object.keys(methods));
});
