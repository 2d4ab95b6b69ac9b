// Makes docs/commands/curveball.md from what MONITOR sees of each request. `vitest -u` writes the page anew.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { commandsPage, watchCommands } from "@redis-keyspace/scripts/watch-commands";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { inSeconds } from "./support/redis.js";

const redis = await startRedis();
// The pages show what is sent by a client that sends nothing twice.
const client = new Redis(redis.url, { autoResendUnfulfilledCommands: false });
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

const about = `What a request sends on one server with \`userIdFrom\` and \`touchAfterSeconds: 0\`. Without \`userIdFrom\` nothing is sent
for the index. The end of a session is its key's, because the JSON does not say it; whose it is, only \`userIdFrom\` knows, so
that a sign-out reads the session first. Nothing follows the \`GET\` of an unchanged request while its process knows that the
end was moved lately. For a new id the middleware deletes the old one and then stores the new one.`;

test("docs/commands/curveball.md is what requests send", async () => {
  const sent: Record<string, string> = {};
  for (const [name, run] of Object.entries(requests)) sent[name] = await watch.commandsOf(run, nameIt);
  const page = new URL("../../../docs/commands/curveball.md", import.meta.url);
  await expect(commandsPage("Curveball", about, sent)).toMatchFileSnapshot(page.pathname);
});
