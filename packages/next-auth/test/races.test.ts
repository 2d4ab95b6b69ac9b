// Late writes: whatever overtakes whatever, nothing of a deleted user can be read, and nothing deleted comes back.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { RedisAdapter, type RedisAuthAdapter, redisAuth } from "../src/index.js";
import { type Connected, clients, inspect, keysUnder, uniquePrefix } from "./support/clients.js";
import { inMinutes, newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";

const redis = inspect();
const ROUNDS = 25;

/** Two connections, so that the server and not the socket decides who comes first. */
describe.each(Object.entries(clients))("%s", (_, connect) => {
  const connections: Connected[] = [];
  let baseKeyPrefix: string;
  let one: RedisAuthAdapter;
  let other: RedisAuthAdapter;

  beforeAll(async () => {
    for (let i = 0; i < 2; i++) connections.push(await connect(inject("redisUrl")));
    baseKeyPrefix = uniquePrefix();
    [one, other] = connections.map(({ client }) => RedisAdapter(client, { baseKeyPrefix })) as [
      RedisAuthAdapter,
      RedisAuthAdapter,
    ];
  });
  afterAll(async () => {
    for (const connection of connections) await connection.close();
  });

  test("deleteUser against createSession, linkAccount, createAuthenticator and updateSession", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const user = await one.createUser(newUser());
      const session = await one.createSession(newSession(user.id));
      const late = [newSession(user.id), newSession(user.id)] as const;
      const [account, authenticator] = [newAccount(user.id), newAuthenticator(user.id)];
      const outcomes = await Promise.allSettled([
        other.createSession(late[0]),
        other.linkAccount(account),
        other.updateSession({ sessionToken: session.sessionToken, expires: inMinutes(90) }),
        one.deleteUser(user.id),
        other.createAuthenticator(authenticator),
        other.createSession(late[1]),
        other.updateUser({ id: user.id, email: `new-${user.email}` }),
      ]);
      for (const outcome of outcomes) {
        if (outcome.status === "fulfilled") continue;
        expect(["ERR_SESSION_REVOKED", "ERR_USER_NOT_FOUND"]).toContain(outcome.reason.code);
      }
      expect(await keysUnder(redis, baseKeyPrefix)).toEqual([]);
    }
  });

  test("a session for a user who is gone is refused", async () => {
    const user = await one.createUser(newUser());
    await one.deleteUser(user.id);
    await expect(one.createSession(newSession(user.id))).rejects.toMatchObject({ code: "ERR_SESSION_REVOKED" });
    await expect(one.linkAccount(newAccount(user.id))).rejects.toMatchObject({ code: "ERR_USER_NOT_FOUND" });
    await expect(one.createAuthenticator(newAuthenticator(user.id))).rejects.toMatchObject({
      code: "ERR_USER_NOT_FOUND",
    });
    expect(await keysUnder(redis, baseKeyPrefix)).toEqual([]);
  });

  test("updateSession against deleteSession and against sign-out everywhere", async () => {
    const devices = redisAuth((connections[1] as Connected).client, { baseKeyPrefix }).sessions;
    const user = await one.createUser(newUser());
    for (let round = 0; round < ROUNDS; round++) {
      const { sessionToken: a } = await one.createSession(newSession(user.id));
      const { sessionToken: b } = await one.createSession(newSession(user.id));
      await Promise.all([
        one.updateSession({ sessionToken: a, expires: inMinutes(90) }),
        other.deleteSession(a),
        one.updateSession({ sessionToken: b, expires: inMinutes(90) }),
        devices.deleteAll(user.id),
        one.updateSession({ sessionToken: b, userId: user.id }),
      ]);
      for (const token of [a, b]) expect(await one.getSessionAndUser(token)).toBeNull();
    }
    await one.deleteUser(user.id);
    expect(await keysUnder(redis, baseKeyPrefix)).toEqual([]);
  });

  test("one account is linked to one user, and changes of e-mail do not meet", async () => {
    const users = await Promise.all([1, 2, 3].map(() => one.createUser(newUser())));
    const account = newAccount("");
    const links = await Promise.allSettled(
      users.map(({ id }, i) => (i % 2 ? one : other).linkAccount({ ...account, userId: id })),
    );
    expect(links.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const link of links) {
      if (link.status === "rejected") expect(link.reason).toMatchObject({ code: "ERR_LINK_EXISTS" });
    }
    const email = `shared-${users[0]?.email}`;
    const moves = await Promise.allSettled(users.map(({ id }, i) => (i % 2 ? one : other).updateUser({ id, email })));
    expect(moves.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const { id } of users) await one.deleteUser(id);
    expect(await keysUnder(redis, baseKeyPrefix)).toEqual([]);
  });

  test("twenty uses of one link: one wins", async () => {
    const token = await one.createVerificationToken(newToken("ada@example.org"));
    const uses = Array.from({ length: 20 }, (_, i) => (i % 2 ? one : other).useVerificationToken(token));
    expect((await Promise.all(uses)).filter((found) => found !== null)).toEqual([token]);
    expect(await keysUnder(redis, baseKeyPrefix)).toEqual([]);
  });
});
