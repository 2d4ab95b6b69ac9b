// Makes docs/commands/better-auth.md from what MONITOR sees of each call. `vitest -u` writes the page anew.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { commandsPage, watchCommands } from "@redis-keyspace/scripts/watch-commands";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { redisStorage } from "../src/index.js";

const redis = await startRedis();
// The pages show what is sent by a client that sends nothing twice.
const client = new Redis(redis.url, { autoResendUnfulfilledCommands: false });
const watch = await watchCommands(redis.url);
afterAll(async () => {
  client.disconnect();
  watch.close();
  await redis.stop();
});

const storage = redisStorage({ client, legacyIndex: false });
const token = "0123456789abcdefghijklmnopqrstuv";
const session = (seconds: number): string => {
  const expiresAt = new Date(Date.now() + seconds * 1000);
  return JSON.stringify({ session: { token, userId: "u1", expiresAt }, user: { id: "u1" } });
};

const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  "a new session": () => storage.set(token, session(600), 600),
  "a session is read": () => storage.get(token),
  "a session is changed or extended": () => storage.set(token, session(700), 700),
  "a user's list": () => storage.get("active-sessions-u1"),
  "a session is deleted": () => storage.delete(token),
  "a value is stored": () => storage.set("verification:code", "value", 600),
  "a value is taken": () => storage.getAndDelete("verification:code"),
  "a counter": () => storage.increment("counter", 10),
};

const nameIt = (word: string): string =>
  word
    .replaceAll(token, "<token>")
    .replaceAll("u1", "<user>")
    .replace(/^\{.*\}$/, "<session>")
    .replace(/^(\(?)\d{13}$/, "$1<ms>");

const about = `What the calls of better-auth send on one server with \`legacyIndex: false\`. A list that better-auth
stores is not sent. With \`legacyIndex\` it is, under the key of the replaced package, and that is read with the index.`;

test("docs/commands/better-auth.md is what calls send", async () => {
  const sent: Record<string, string> = {};
  for (const [name, run] of Object.entries(calls)) sent[name] = await watch.commandsOf(run, nameIt);
  const page = new URL("../../../docs/commands/better-auth.md", import.meta.url);
  await expect(commandsPage("better-auth", about, sent)).toMatchFileSnapshot(page.pathname);
});
