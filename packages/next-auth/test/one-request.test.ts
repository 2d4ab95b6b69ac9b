// What a method costs: one HTTP request and one command, because each is billed.
import { randomBytes } from "node:crypto";
import { seal } from "redis-keyspace/sealing";
import { afterAll, expect, inject, test } from "vitest";
import { RedisAdapter, redisAuth } from "../src/index.js";
import { uniquePrefix, upstash } from "./support/clients.js";
import { inMinutes, newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";

const { client, server } = await upstash(inject("redisUrl"));
afterAll(() => server.close());

const codec = seal(randomBytes(32).toString("base64"));
const sealing = { codec, accountCodec: codec };

test.each([
  ["one request and one command for every method", {}, 1],
  ["the same with sealed sessions and accounts, but for what seals a session anew", sealing, 2],
])("%s", async (_, sealing, resealing) => {
  const options = { baseKeyPrefix: uniquePrefix(), maxSessionsPerUser: 3, ...sealing };
  const adapter = RedisAdapter(client, options);
  const devices = redisAuth(client, options).sessions;
  const user = newUser();
  const other = await adapter.createUser(newUser());
  const token = newToken(user.email);

  async function story(measure: (name: string, run: () => Promise<unknown>) => Promise<unknown>): Promise<void> {
    let { id } = await adapter.createUser(newUser());
    await adapter.deleteUser(id);
    const steps: Record<string, () => Promise<unknown>> = {
      createUser: async () => {
        ({ id } = await adapter.createUser(user));
      },
      getUser: () => adapter.getUser(id),
      getUserByEmail: () => adapter.getUserByEmail(user.email),
      linkAccount: () => adapter.linkAccount(newAccount(id, { providerAccountId: "1" })),
      getUserByAccount: () => adapter.getUserByAccount({ provider: "github", providerAccountId: "1" }),
      getAccount: () => adapter.getAccount("1", "github"),
      unlinkAccount: () => adapter.unlinkAccount({ provider: "github", providerAccountId: "1" }),
      updateUser: () => adapter.updateUser({ id, email: `new-${user.email}` }),
      createSession: () => adapter.createSession(newSession(id, { sessionToken: "s1" })),
      getSessionAndUser: () => adapter.getSessionAndUser("s1"),
      updateSession: () => adapter.updateSession({ sessionToken: "s1", expires: inMinutes(90) }),
      "updateSession to another user": () => adapter.updateSession({ sessionToken: "s1", userId: other.id }),
      "updateSession with everything": () =>
        adapter.updateSession({ sessionToken: "s1", userId: id, expires: inMinutes(95) }),
      list: () => devices.list(id, { current: "s1" }),
      count: () => devices.count(id),
      revoke: () => devices.revoke(id, "s1"),
      deleteAll: () => devices.deleteAll(id),
      deleteSession: () => adapter.deleteSession("s1"),
      createVerificationToken: () => adapter.createVerificationToken(token),
      useVerificationToken: () => adapter.useVerificationToken(token),
      createAuthenticator: () => adapter.createAuthenticator(newAuthenticator(id, { credentialID: "c1" })),
      getAuthenticator: () => adapter.getAuthenticator("c1"),
      listAuthenticatorsByUserId: () => adapter.listAuthenticatorsByUserId(id),
      updateAuthenticatorCounter: () => adapter.updateAuthenticatorCounter("c1", 1),
      deleteUser: () => adapter.deleteUser(id),
    };
    expect(Object.keys(steps)).toEqual(expect.arrayContaining(Object.keys(adapter)));
    for (const [name, step] of Object.entries(steps)) await measure(name, step);
  }

  // The first time, the server does not know the scripts, nor the second time those that no longer ask what may be used.
  for (let round = 0; round < 2; round++) await story((_, run) => run());
  const costs: Record<string, { requests: number; commands: number }> = {};
  await story(async (name, run) => {
    const before = { requests: server.requests, commands: server.commands };
    await run();
    costs[name] = { requests: server.requests - before.requests, commands: server.commands - before.commands };
  });
  for (const [name, cost] of Object.entries(costs)) {
    const each = name.startsWith("updateSession") ? resealing : 1;
    expect({ name, ...cost }).toEqual({ name, requests: each, commands: each });
  }
});
