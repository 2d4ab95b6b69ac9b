// Makes docs/commands/sveltekit.md from what MONITOR sees of each method, and holds the page to it. `vitest -u` writes it anew.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { commandsPage, watchCommands } from "@redis-keyspace/scripts/watch-commands";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { RedisSessionStore } from "../src/index.js";
import { secret } from "./support/secrets.js";

const redis = await startRedis();
// The pages show what is sent by a client that sends nothing twice.
const client = new Redis(redis.url, { autoResendUnfulfilledCommands: false });
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

const about =
  "`RedisSessionStore` of `@redis-keyspace/sveltekit`, for a session of a user. The hook's commands are those of the\n" +
  "[session store](atomic.md) beneath it.";

test("docs/commands/sveltekit.md is what the methods send", async () => {
  const sent: Record<string, string> = {};
  for (const [name, run] of Object.entries(methods)) {
    let code: string | undefined;
    sent[name] = await watch.commandsOf(async () => {
      ({ code } = await run());
    }, nameIt);
    expect(code).toBe("ok");
  }
  const page = new URL("../../../docs/commands/sveltekit.md", import.meta.url);
  await expect(commandsPage("SvelteKit", about, sent)).toMatchFileSnapshot(page.pathname);
});
