// The adapter without a Redis: on the memory driver, as an application's own tests may run it.
import { rawMemory } from "@redis-keyspace/scripts/clients";
import { memoryDriver } from "redis-keyspace/memory";
import { adapterConformance } from "redis-keyspace/testing";
import { expect, test } from "vitest";
import { redisAuth } from "../src/index.js";
import { inMinutes, newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";
import { openAuth as open } from "./support/under-test.js";

const client = memoryDriver();
const raw = rawMemory(client);
adapterConformance(test, { name: "memory", client, raw, open });

test("a user with everything, and nothing left of it", async () => {
  const { adapter, sessions } = redisAuth(client, { baseKeyPrefix: "story:", hashIds: true });
  const user = await adapter.createUser(newUser());
  const account = await adapter.linkAccount(newAccount(user.id));
  const authenticator = await adapter.createAuthenticator(newAuthenticator(user.id));
  const token = await adapter.createVerificationToken(newToken(user.email));
  const session = await adapter.createSession(newSession(user.id));
  const { sessionToken } = session;
  expect(await adapter.getUserByEmail(user.email)).toEqual(user);
  expect(await adapter.getUserByAccount(account)).toEqual(user);
  expect(await adapter.updateAuthenticatorCounter(authenticator.credentialID, 1)).toMatchObject({ counter: 1 });
  expect(await adapter.listAuthenticatorsByUserId(user.id)).toHaveLength(1);
  expect(await adapter.useVerificationToken(token)).toEqual(token);
  expect(await adapter.useVerificationToken(token)).toBeNull();
  const expires = inMinutes(90);
  expect(await adapter.updateSession({ sessionToken, expires })).toEqual({ ...session, expires });
  expect(await adapter.getSessionAndUser(sessionToken)).toEqual({ session: { ...session, expires }, user });
  expect((await sessions.list(user.id, { current: sessionToken })).map(({ current }) => current)).toEqual([true]);
  await expect(adapter.createUser(newUser({ email: user.email }))).rejects.toMatchObject({ code: "ERR_USER_EXISTS" });
  await adapter.deleteUser(user.id);
  expect(await raw.keys("story:")).toEqual([]);
});
