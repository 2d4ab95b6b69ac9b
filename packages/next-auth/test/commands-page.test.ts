import { startRedis } from "@redis-keyspace/scripts/servers";
import { commandsPage, watchCommands } from "@redis-keyspace/scripts/watch-commands";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { redisAuth } from "../src/index.js";
import { inMinutes, newAccount, newAuthenticator, newUser } from "./support/records.js";

// Makes docs/commands/next-auth.md from what MONITOR sees of each method, with the names of things in place of the things,
// and holds the page to it. `vitest -u` writes it anew.

const redis = await startRedis();
// The pages show what is sent by a client that sends nothing twice.
const client = new Redis(redis.url, { autoResendUnfulfilledCommands: false });
const watch = await watchCommands(redis.url);
afterAll(async () => {
  client.disconnect();
  watch.close();
  await redis.stop();
});

const { adapter, sessions } = redisAuth(client);
const id = "the-user";
const account = newAccount(id, { provider: "github", providerAccountId: "the-account" });
const session = { sessionToken: "the-session", userId: id, expires: inMinutes(60) };
const token = { identifier: "the-address", token: "the-token", expires: inMinutes(15) };

const steps: Readonly<Record<string, () => Promise<unknown>>> = {
  createUser: () => adapter.createUser(newUser({ id, email: "the-address" })),
  getUser: () => adapter.getUser(id),
  getUserByEmail: () => adapter.getUserByEmail("the-address"),
  linkAccount: () => adapter.linkAccount(account),
  getUserByAccount: () => adapter.getUserByAccount(account),
  getAccount: () => adapter.getAccount("the-account", "github"),
  unlinkAccount: () => adapter.unlinkAccount(account),
  createSession: () => adapter.createSession(session),
  getSessionAndUser: () => adapter.getSessionAndUser("the-session"),
  updateSession: () => adapter.updateSession({ sessionToken: "the-session", expires: inMinutes(90) }),
  list: () => sessions.list(id),
  count: () => sessions.count(id),
  revoke: () => sessions.revoke(id, "the-session"),
  deleteSession: () => adapter.deleteSession("the-session"),
  deleteAll: async () => {
    await sessions.deleteAll(id);
  },
  createVerificationToken: () => adapter.createVerificationToken(token),
  useVerificationToken: () => adapter.useVerificationToken(token),
  createAuthenticator: () => adapter.createAuthenticator(newAuthenticator(id, { credentialID: "the-credential" })),
  getAuthenticator: () => adapter.getAuthenticator("the-credential"),
  listAuthenticatorsByUserId: () => adapter.listAuthenticatorsByUserId(id),
  updateAuthenticatorCounter: () => adapter.updateAuthenticatorCounter("the-credential", 1),
  updateUser: () => adapter.updateUser({ id, email: "the-new-address" }),
  deleteUser: () => adapter.deleteUser(id),
};

/** What has to be there for a step to have something to do. */
const before: Readonly<Record<string, () => Promise<unknown>>> = {
  deleteSession: () => adapter.createSession(session),
  deleteAll: () => adapter.createSession(session),
  deleteUser: async () => {
    await adapter.createSession(session);
    await adapter.linkAccount(account);
    await adapter.createVerificationToken({ ...token, identifier: "the-new-address" });
  },
};

const nameIt = (word: string): string =>
  word
    .replaceAll(/^\{".*\}$/gs, "<record>")
    .replaceAll("the-new-address", "<new e-mail>")
    .replaceAll("the-address", "<e-mail>")
    .replaceAll(/the-(user|session|account|token|credential)/g, "<$1>")
    .replaceAll("github", "<provider>")
    .replace(/^(\(?)\d{13}$/, "$1<ms>");

test("docs/commands/next-auth.md is what the methods send", async () => {
  const sent: Record<string, string> = {};
  for (const [name, step] of Object.entries(steps)) {
    await before[name]?.();
    sent[name] = await watch.commandsOf(step, nameIt);
  }
  const page = commandsPage(
    "NextAuth: users, what is linked to them, and their sessions",
    "The methods of the adapter of `@redis-keyspace/next-auth` and of its `sessions` (`list`, `revoke`, `count`, `deleteAll`).",
    sent,
  );
  await expect(page).toMatchFileSnapshot(new URL("../../../docs/commands/next-auth.md", import.meta.url).pathname);
});
