// Whatever is attached to a client sees no id, no key and no data of the adapter.
import { tracedClients } from "@redis-keyspace/scripts/traced";
import type { RedisClient } from "redis-keyspace";
import { adapterConformance } from "redis-keyspace/testing";
import { expect, inject } from "vitest";
import { redisAuth } from "../src/index.js";
import { uniquePrefix } from "./support/clients.js";
import { newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";
import { openAuth } from "./support/under-test.js";

await tracedClients(inject("redisUrl"), ["node-redis 6", "ioredis 6"], (test, { name, client, raw }) => {
  adapterConformance(test, { name, client, raw, open: openAuth });

  test(`${name}: users, accounts, authenticators and tokens`, async () => {
    const { adapter, sessions } = redisAuth(client as RedisClient, { baseKeyPrefix: uniquePrefix() });
    const { id, email } = await adapter.createUser(newUser());
    const account = newAccount(id);
    const { provider, providerAccountId } = account;
    await adapter.linkAccount(account);
    await adapter.createSession(newSession(id));
    await adapter.createAuthenticator(newAuthenticator(id));
    await adapter.createVerificationToken(newToken(email));
    await adapter.useVerificationToken(newToken(email));
    expect((await adapter.getUserByEmail(email))?.id).toBe(id);
    expect((await adapter.getUserByAccount({ provider, providerAccountId }))?.id).toBe(id);
    expect((await adapter.getAccount(providerAccountId, provider))?.userId).toBe(id);
    await adapter.updateUser({ id, name: "Another" });
    await sessions.list(id);
    await adapter.unlinkAccount({ provider, providerAccountId });
    await adapter.deleteUser(id);
  });
});
