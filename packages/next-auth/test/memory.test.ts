// The adapter without a Redis: on the memory driver, as an application's own tests may run it.
import { type MemoryDriver, memoryDriver } from "redis-keyspace/memory";
import { adapterConformance, type RawKeyspace } from "redis-keyspace/testing";
import { expect, test } from "vitest";
import { redisAuth } from "../src/index.js";
import { inMinutes, newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";
import { openAuth as open } from "./support/under-test.js";

function look({ call, scan }: MemoryDriver): RawKeyspace {
  const list = (...command: [string, ...(string | number)[]]): string[] => {
    const reply = call(...command);
    return Array.isArray(reply) ? reply.map(String) : [];
  };
  return {
    async keys(prefix) {
      const pages: (readonly string[])[] = [];
      for await (const page of scan(`${prefix.replace(/[\\*?[\]]/g, "\\$&")}*`)) pages.push(page);
      return pages.flat().sort();
    },
    async get(key) {
      const value = call("GET", key);
      return value === null ? null : String(value);
    },
    async set(key, value, ttlMs) {
      call("SET", key, value, ...(ttlMs === undefined ? [] : ["PX", ttlMs]));
    },
    async addToSet(key, member) {
      call("SADD", key, member);
    },
    members: async (key) => list("SMEMBERS", key),
    async scores(key) {
      const flat = list("ZRANGE", key, 0, -1, "WITHSCORES");
      return flat.flatMap((member, i): [string, number][] => (i % 2 === 0 ? [[member, Number(flat[i + 1])]] : []));
    },
    ttl: async (key) => Number(call("PTTL", key)),
  };
}

const client = memoryDriver();
adapterConformance(test, { name: "memory", client, raw: look(client), open });

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
  expect(await look(client).keys("story:")).toEqual([]);
});
