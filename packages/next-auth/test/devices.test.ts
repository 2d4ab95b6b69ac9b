// Beyond the adapter's interface: a user's devices, a cap, hashed tokens.
import { toHashedId } from "redis-keyspace/adapter";
import { afterAll, describe, expect, inject, test } from "vitest";
import { RedisAdapter, type RedisAdapterOptions, type RedisSession, redisAuth } from "../src/index.js";
import { clients, inspect, keysUnder, uniquePrefix } from "./support/clients.js";
import { inMinutes, newSession, newUser } from "./support/records.js";

const redis = inspect();
const connections = await Promise.all(
  Object.entries(clients).map(async ([name, connect]) => ({ name, ...(await connect(inject("redisUrl"))) })),
);
afterAll(async () => {
  for (const { close } of connections) await close();
});

describe.each(connections)("$name", ({ client }) => {
  async function signedIn(options: RedisAdapterOptions = {}, count = 3) {
    const baseKeyPrefix = uniquePrefix();
    const all = { baseKeyPrefix, ...options };
    const adapter = RedisAdapter(client, all);
    const user = await adapter.createUser(newUser());
    const sessions = [];
    for (let i = 1; i <= count; i++) {
      sessions.push(await adapter.createSession(newSession(user.id, { expires: inMinutes(i) })));
    }
    const tokens = sessions.map(({ sessionToken }) => sessionToken);
    const alive = async (): Promise<boolean[]> =>
      await Promise.all(tokens.map(async (token) => (await adapter.getSessionAndUser(token)) !== null));
    return { adapter, devices: redisAuth(client, all).sessions, user, sessions, tokens, alive, prefix: baseKeyPrefix };
  }

  describe.each([false, true])("hashIds: %s", (hashIds) => {
    test("list, revoke, deleteAll but one, count", async () => {
      const { devices, user, sessions, tokens, alive } = await signedIn({ hashIds }, 4);
      const [, , current = ""] = tokens;
      const list = await devices.list(user.id, { current });
      expect(list.map(({ session }) => session.expires)).toEqual(sessions.map(({ expires }) => expires).reverse());
      expect(list.map((item) => item.current)).toEqual([false, true, false, false]);
      const oldest = list[3]?.handle ?? "";
      expect(await devices.revoke("somebody", oldest)).toBe(false);
      expect(await devices.revoke(user.id, oldest)).toBe(true);
      expect(await devices.revoke(user.id, oldest)).toBe(false);
      expect(await alive()).toEqual([false, true, true, true]);
      expect(await devices.deleteAll(user.id, { except: current })).toBe(2);
      expect(await alive()).toEqual([false, false, true, false]);
      expect(await devices.count(user.id)).toBe(1);
      expect(await devices.deleteAll(user.id)).toBe(1);
      expect(await devices.count(user.id)).toBe(0);
      expect(await devices.list(user.id)).toEqual([]);
    });

    test("a list has what the app added to a session, when it began or later", async () => {
      const { adapter, user, prefix } = await signedIn({ hashIds }, 0);
      interface Device extends RedisSession {
        userAgent: string;
        seen?: number;
      }
      const devices = redisAuth<Device>(client, { baseKeyPrefix: prefix, hashIds }).sessions;
      const session = await adapter.createSession({ ...newSession(user.id), userAgent: "Firefox" });
      await adapter.updateSession<Device>({ sessionToken: session.sessionToken, seen: 2 });
      const [item] = await devices.list(user.id);
      expect(item?.session).toEqual({ ...session, sessionToken: item?.handle, seen: 2 });
    });

    test("a session that is given to another user is listed there, and there alone", async () => {
      const { adapter, devices, user, sessions, tokens, prefix } = await signedIn({ hashIds });
      const other = await adapter.createUser(newUser());
      const [, , last = ""] = tokens;
      const expires = sessions[2]?.expires;
      expect(await adapter.updateSession({ sessionToken: last, userId: other.id })).toEqual({
        ...sessions[2],
        userId: other.id,
      });
      expect(
        (await devices.list(other.id, { current: last })).map((item) => [item.current, item.session.expires]),
      ).toEqual([[true, expires]]);
      expect(await devices.list(user.id)).toHaveLength(2);
      const [former, present] = [user, other].map(({ id }) => `${prefix}index:user:session:${id}`) as [string, string];
      expect(await redis.pexpiretime(former)).toBe(sessions[1]?.expires.getTime());
      expect(Math.abs((await redis.pexpiretime(present)) - (expires?.getTime() ?? 0))).toBeLessThan(50);
      expect(await redis.exists(`${prefix}user:session:by-user-id:${user.id}`)).toBe(0);
      expect(await redis.get(`${prefix}user:session:by-user-id:${other.id}`)).toMatch(/user:session:/);

      const later = inMinutes(90);
      await adapter.updateSession({ sessionToken: last, userId: user.id, expires: later });
      expect(await redis.pexpiretime(former)).toBe(later.getTime());
      expect(await redis.exists(present)).toBe(0);
      await adapter.deleteUser(other.id);
      expect(await adapter.getSessionAndUser(last)).toMatchObject({
        user: { id: user.id },
        session: { expires: later },
      });
    });

    test("a full user: the session that would end first ends, or the sign-in is refused", async () => {
      const evicting = await signedIn({ hashIds, maxSessionsPerUser: 2 });
      expect(await evicting.alive()).toEqual([false, true, true]);
      const rejecting = await signedIn({ hashIds, maxSessionsPerUser: 2, whenFull: "reject" }, 2);
      await expect(rejecting.adapter.createSession(newSession(rejecting.user.id))).rejects.toMatchObject({
        code: "ERR_SESSION_LIMIT",
      });
      expect(await rejecting.alive()).toEqual([true, true]);

      for (const [{ adapter, user, alive }, left] of [
        [evicting, [false, false, true]],
        [rejecting, [true, true]],
      ] as const) {
        const { id } = await adapter.createUser(newUser());
        const { sessionToken } = await adapter.createSession(newSession(id));
        const given = adapter.updateSession({ sessionToken, userId: user.id });
        if (adapter === evicting.adapter) expect(await given).toMatchObject({ userId: user.id });
        else await expect(given).rejects.toMatchObject({ code: "ERR_SESSION_LIMIT" });
        expect(await alive()).toEqual(left);
        const owner = adapter === evicting.adapter ? user.id : id;
        expect(await adapter.getSessionAndUser(sessionToken)).toMatchObject({ user: { id: owner } });
      }
    });
  });

  test("hashIds: Redis holds no token, a handle cannot sign in, and the adapter answers with tokens", async () => {
    const { adapter, devices, user, sessions, tokens, prefix } = await signedIn({ hashIds: true });
    const [token = ""] = tokens;
    for (const key of await keysUnder(redis, prefix)) {
      const dump = (await redis.dumpBuffer(prefix + key))?.toString("latin1") ?? "";
      for (const secret of tokens) {
        expect(key).not.toContain(secret);
        expect(dump).not.toContain(secret);
      }
    }
    expect(await redis.get(`${prefix}user:session:${await toHashedId(token)}`)).not.toBeNull();
    for (const { handle } of await devices.list(user.id)) expect(await adapter.getSessionAndUser(handle)).toBeNull();
    expect(await adapter.getSessionAndUser(token)).toEqual({ session: sessions[0], user });
    const expires = inMinutes(90);
    expect(await adapter.updateSession({ sessionToken: token, expires })).toEqual({ ...sessions[0], expires });
    expect(await adapter.updateSession({ sessionToken: token, userId: user.id })).toEqual({ ...sessions[0], expires });
    expect(await adapter.deleteSession(token)).toEqual({ ...sessions[0], expires });
    await adapter.deleteUser(user.id);
    expect(await keysUnder(redis, prefix)).toEqual([]);
  });

  test("a handle is no token after hashIds was turned off, nor a token one with it on", async () => {
    const hashed = await signedIn({ hashIds: true });
    const plain = RedisAdapter(client, { baseKeyPrefix: hashed.prefix });
    for (const { handle } of await hashed.devices.list(hashed.user.id)) {
      expect(await plain.getSessionAndUser(handle)).toBeNull();
      expect(await plain.updateSession({ sessionToken: handle, userId: hashed.user.id })).toBeNull();
    }
    const { tokens, prefix } = await signedIn();
    const hashing = RedisAdapter(client, { baseKeyPrefix: prefix, hashIds: true });
    for (const token of tokens) expect(await hashing.getSessionAndUser(token)).toBeNull();
  });

  test("10,000 sign-ins that ended leave an index as large as what is live", async () => {
    const { adapter, user, prefix } = await signedIn({}, 0);
    for (let i = 0; i < 100; i++) {
      await Promise.all(
        Array.from({ length: 100 }, () =>
          adapter.createSession(newSession(user.id, { expires: new Date(Date.now() + 40) })),
        ),
      );
    }
    await expect.poll(() => keysUnder(redis, prefix), { timeout: 5000 }).toHaveLength(2);
    await adapter.createSession(newSession(user.id));
    expect(await redis.zcard(`${prefix}index:user:session:${user.id}`)).toBe(1);
  });

  test("elapsed, zero, negative and impossible ends store nothing; a far one is ten years off", async () => {
    const { adapter, user, prefix } = await signedIn({}, 0);
    for (const time of [Date.now() - 1, 0, -1, Number.NaN]) {
      const session = newSession(user.id, { expires: new Date(time) });
      await adapter.createSession(session);
      expect(await adapter.getSessionAndUser(session.sessionToken)).toBeNull();
    }
    expect(await keysUnder(redis, prefix)).toHaveLength(2);
    const far = await adapter.createSession(newSession(user.id, { expires: new Date(8.64e15) }));
    expect(await adapter.getSessionAndUser(far.sessionToken)).toMatchObject({ session: { expires: far.expires } });
    const ttl = await redis.pttl(`${prefix}user:session:${far.sessionToken}`);
    expect(Math.abs(ttl - 10 * 365 * 86_400_000)).toBeLessThan(60_000);
    for (const time of [Date.now() - 1, 0, Number.NaN]) {
      const session = await adapter.createSession(newSession(user.id));
      const { sessionToken } = session;
      expect(await adapter.updateSession({ sessionToken, expires: new Date(time) })).toBeNull();
      expect(await adapter.getSessionAndUser(sessionToken)).toBeNull();
    }
  });
});
