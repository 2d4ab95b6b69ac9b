import { pageBlocks, watchCommands } from "@redis-keyspace/scripts/keyspace-page";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { RedisAdapter, redisSessions } from "../src/index.js";
import { inMinutes, newAccount, newAuthenticator, newUser } from "./support/records.js";

// Holds the blocks ```redis next-auth: <method> of docs/keyspace.md against what MONITOR sees.

const blocks = pageBlocks()["next-auth"] ?? {};

const redis = await startRedis();
const client = new Redis(redis.url);
const watch = await watchCommands(redis.url);
afterAll(async () => {
  client.disconnect();
  watch.close();
  await redis.stop();
});

const adapter = RedisAdapter(client);
const devices = redisSessions(client);
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
  list: () => devices.list(id),
  count: () => devices.count(id),
  deleteSession: () => adapter.deleteSession("the-session"),
  deleteAll: async () => {
    await devices.deleteAll(id);
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

test.each(Object.entries(steps))("%s", async (name, step) => {
  await before[name]?.();
  expect(blocks[name]).toBe(await watch.commandsOf(step, nameIt));
});

test("the page has no block that no test knows", () => {
  expect(Object.keys(blocks).sort()).toEqual(Object.keys(steps).sort());
});
