// A page of linked accounts and of passkeys, and fresh tokens of a provider.
import { beforeEach, expect, test } from "vitest";
import { type RedisAccount, redisAuth } from "../src/index.js";
import { inspect, uniquePrefix } from "./support/clients.js";
import { newAccount, newAuthenticator, newUser } from "./support/records.js";

const redis = inspect();
const { adapter, accounts, authenticators } = redisAuth(redis, { baseKeyPrefix: uniquePrefix() });
let ada: string;
let mallory: string;
beforeEach(async () => {
  ada = (await adapter.createUser(newUser())).id;
  mallory = (await adapter.createUser(newUser())).id;
});

/** What is linked in the same millisecond is in no order. */
const sorted = <Item extends object>(items: Item[]): string[] => items.map((item) => JSON.stringify(item)).sort();

test("accounts are listed with their tokens, and their tokens can be renewed", async () => {
  const github = await adapter.linkAccount(newAccount(ada));
  const google = await adapter.linkAccount(newAccount(ada, { provider: "google" }));
  await adapter.linkAccount(newAccount(mallory));
  expect(sorted(await accounts.list(ada))).toEqual(sorted([github, google]));
  const renewed = await adapter.linkAccount({ ...google, access_token: "renewed" });
  const listed = await accounts.list<RedisAccount & { access_token: string }>(ada);
  expect(sorted(listed)).toEqual(sorted([github, renewed]));
});

test("an account is unlinked by its user alone", async () => {
  const account = await adapter.linkAccount(newAccount(ada));
  expect(await accounts.delete(mallory, account)).toBe(false);
  expect(await accounts.list(ada)).toEqual([account]);
  expect(await accounts.delete(ada, account)).toBe(true);
  expect(await accounts.delete(ada, account)).toBe(false);
  expect(await adapter.getUserByAccount(account)).toBeNull();
});

test("a passkey is removed by its user alone, with the account of it", async () => {
  const passkey = newAuthenticator(ada);
  const { credentialID, providerAccountId } = passkey;
  await adapter.linkAccount(newAccount(ada, { provider: "passkey", type: "webauthn", providerAccountId }));
  const github = await adapter.linkAccount(newAccount(ada));
  await adapter.createAuthenticator(passkey);
  const other = await adapter.createAuthenticator(newAuthenticator(ada));
  expect(sorted(await authenticators.list(ada))).toEqual(sorted([passkey, other]));
  expect(await authenticators.delete(mallory, credentialID)).toBe(false);
  expect(sorted(await authenticators.list(ada))).toEqual(sorted([passkey, other]));
  expect(await authenticators.delete(ada, credentialID)).toBe(true);
  expect(await authenticators.list(ada)).toEqual([other]);
  expect(await adapter.getAuthenticator(credentialID)).toBeNull();
  expect(await accounts.list(ada)).toEqual([github]);
  expect(await authenticators.delete(ada, credentialID)).toBe(false);
});
