// Makes docs/commands/express-session.md from what MONITOR sees of each request. `vitest -u` writes the page anew.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { commandsPage, watchCommands } from "@redis-keyspace/scripts/watch-commands";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { userIdFrom } from "./support/redis.js";

const redis = await startRedis();
// The pages show what is sent by a client that sends nothing twice.
const client = new Redis(redis.url, { autoResendUnfulfilledCommands: false });
const watch = await watchCommands(redis.url);
afterAll(async () => {
  client.disconnect();
  watch.close();
  await redis.stop();
});

const store = new RedisStore({ client, userIdFrom, touchAfterSeconds: 0 });
const id = "0123456789abcdefghijklmnopqrstuv";
const cookie = (seconds: number) => ({ originalMaxAge: 1000, expires: new Date(Date.now() + seconds * 1000) });
const load = async () => {
  const session = await store.get(id);
  if (session === null) throw new Error("it is not there");
  return session;
};

const requests: Readonly<Record<string, () => Promise<unknown>>> = {
  "new session": () => store.set(id, { cookie: cookie(600), userId: "u1" }),
  read: () => store.get(id),
  "unchanged, its end is due": async () => {
    const session = await load();
    await store.touch(id, Object.assign(session, { cookie: { ...session.cookie, ...cookie(700) } }));
  },
  change: async () => await store.set(id, Object.assign(await load(), { n: 1 })),
  "sign-out": () => store.destroy(id),
};

const nameIt = (word: string): string =>
  word
    .replaceAll(id, "<id>")
    .replaceAll("u1", "<user>")
    .replace(/^\{.*\}$/, "<session>")
    .replace(/^(\(?)\d{13}$/, "$1<ms>");

const about = `What a request sends on one server with \`userIdFrom\` and \`touchAfterSeconds: 0\`. Without \`userIdFrom\` nothing is sent
for the index. The end of a session is its key's; whose it is, only \`userIdFrom\` knows, so that a sign-out reads the session
first. Nothing follows the \`GET\` of an unchanged request while its process knows that the end was moved lately.`;

test("docs/commands/express-session.md is what requests send", async () => {
  const sent: Record<string, string> = {};
  for (const [name, run] of Object.entries(requests)) sent[name] = await watch.commandsOf(run, nameIt);
  const page = new URL("../../../docs/commands/express-session.md", import.meta.url);
  await expect(commandsPage("express-session", about, sent)).toMatchFileSnapshot(page.pathname);
});
