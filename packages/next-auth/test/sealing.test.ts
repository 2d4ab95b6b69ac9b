// What Redis holds of sessions and accounts with a codec, and what of it signs in.
import { randomBytes } from "node:crypto";
import { UpstashRedisAdapter as legacy } from "@auth/upstash-redis-adapter";
import type { ValueCodec } from "redis-keyspace";
import { seal } from "redis-keyspace/sealing";
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { type RedisSession, redisAuth } from "../src/index.js";
import { inspect, keysUnder, uniquePrefix, upstash } from "./support/clients.js";
import { inMinutes, newAccount, newSession, newUser } from "./support/records.js";

const redis = inspect();
const { client, server } = await upstash(inject("redisUrl"));
afterAll(() => server.close());

const newSecret = (): string => randomBytes(32).toString("base64");
const [first, second] = [newSecret(), newSecret()];
const codec = seal(first);

let baseKeyPrefix: string;
beforeEach(() => {
  baseKeyPrefix = uniquePrefix();
});

const open = (options: { codec?: ValueCodec; accountCodec?: ValueCodec; hashIds?: boolean } = {}) =>
  redisAuth<RedisSession & { device?: string }>(client, { baseKeyPrefix, ...options });
const stored = async (key: string): Promise<string> => (await redis.get(baseKeyPrefix + key)) ?? "";

describe("codec", () => {
  test.each([false, true])(
    "a session shows its user and its end, and nothing else, with hashIds %s",
    async (hashIds) => {
      const { adapter, sessions } = open({ codec, hashIds });
      const { id } = await adapter.createUser(newUser());
      const session = newSession(id, { device: "a secret place" });
      const { sessionToken } = session;
      expect(await adapter.createSession(session)).toEqual(session);
      const [key = ""] = (await keysUnder(redis, `${baseKeyPrefix}user:session:`)).filter(
        (name) => !name.startsWith("by-"),
      );
      const text = await stored(`user:session:${key}`);
      expect(JSON.parse(text)).toEqual({ userId: id, expires: session.expires.toJSON(), sealed: expect.any(String) });
      expect(text).not.toContain(sessionToken);
      expect((await adapter.getSessionAndUser(sessionToken))?.session).toEqual(session);

      const expires = inMinutes(90);
      const changed = { ...session, expires, device: "elsewhere" };
      expect(await adapter.updateSession({ sessionToken, expires, device: "elsewhere" } as never)).toEqual(changed);
      expect((await adapter.getSessionAndUser(sessionToken))?.session).toEqual(changed);
      expect(await redis.pexpiretime(`${baseKeyPrefix}user:session:${key}`)).toBe(expires.getTime());
      const [listed] = await sessions.list(id, { current: sessionToken });
      expect(listed).toMatchObject({ current: true, session: { userId: id, device: "elsewhere", expires } });
      expect(await adapter.updateSession({ sessionToken, expires: new Date(0) })).toBeNull();
      expect(await sessions.count(id)).toBe(0);
      expect(await adapter.updateSession({ sessionToken, expires })).toBeNull();
    },
  );

  test("what is copied to another token, given another user or a later end signs nobody in for it", async () => {
    const { adapter, sessions } = open({ codec });
    const [ada, eve] = [await adapter.createUser(newUser()), await adapter.createUser(newUser())];
    const session = newSession(ada.id);
    await adapter.createSession(session);
    const key = `user:session:${session.sessionToken}`;
    const text = await stored(key);
    const put = (name: string, value: string) => redis.set(baseKeyPrefix + name, value, "EX", 60);
    await put("user:session:copied", text);
    expect(await adapter.getSessionAndUser("copied")).toBeNull();
    await put(key, text.replace(ada.id, eve.id));
    expect(await adapter.getSessionAndUser(session.sessionToken)).toBeNull();
    await put(key, text.replace(session.expires.toJSON(), inMinutes(1000).toJSON()));
    expect((await adapter.getSessionAndUser(session.sessionToken))?.session).toEqual(session);
    await put(key, text.replace(session.expires.toJSON(), new Date(0).toJSON()));
    expect(await adapter.getSessionAndUser(session.sessionToken)).toBeNull();
    await put(key, JSON.stringify(session));
    expect(await adapter.getSessionAndUser(session.sessionToken)).toBeNull();
    expect(await sessions.list(ada.id)).toEqual([]);
    await put(key, text);
    expect(await adapter.deleteSession(session.sessionToken)).toEqual(session);
  });

  test("what is sealed is no session without the codec or under another secret, and is read while a secret is replaced", async () => {
    const { adapter } = open({ codec });
    const { id } = await adapter.createUser(newUser());
    const session = newSession(id);
    const { sessionToken } = session;
    await adapter.createSession(session);
    for (const others of [open(), open({ codec: seal(second) })]) {
      expect(await others.adapter.getSessionAndUser(sessionToken)).toBeNull();
      expect(await others.adapter.updateSession({ sessionToken, expires: inMinutes(90) })).toBeNull();
      expect(await others.sessions.list(id)).toEqual([]);
    }
    const both = open({ codec: seal([second, first]) });
    expect((await both.adapter.getSessionAndUser(sessionToken))?.session).toEqual(session);
    await both.adapter.updateSession({ sessionToken, expires: inMinutes(90) });
    expect(await open({ codec: seal(second) }).adapter.getSessionAndUser(sessionToken)).not.toBeNull();
    expect(await adapter.getSessionAndUser(sessionToken)).toBeNull();
  });
});

describe("accountCodec", () => {
  const tokens = { access_token: newSecret(), refresh_token: newSecret(), id_token: "e.y.J", oauth_token_secret: "s" };
  const accountOf = (userId: string) => newAccount(userId, { ...tokens, custom: { key: newSecret() } });

  test("what a provider gave is sealed, and the account is read and found as before", async () => {
    const { adapter } = open({ accountCodec: codec });
    const user = await adapter.createUser(newUser());
    const account = accountOf(user.id);
    const { provider, providerAccountId } = account;
    const linked = { ...account, id: `${provider}:${providerAccountId}` };
    expect(await adapter.linkAccount(account)).toEqual(linked);
    const before = await stored(`user:account:${linked.id}`);
    for (const secret of [...Object.values(tokens), "custom"]) expect(before).not.toContain(JSON.stringify(secret));
    const { type, expires_at, token_type, scope, userId, id } = linked;
    const readable = { id, userId, type, provider, providerAccountId, expires_at, token_type, scope };
    expect(JSON.parse(before)).toEqual({ ...readable, sealed: expect.any(String) });
    expect(await adapter.getAccount(providerAccountId, provider)).toEqual(linked);
    expect(await adapter.getUserByAccount(account)).toEqual(user);
    expect(await adapter.linkAccount(account), "the same once more").toEqual(linked);
    expect(await stored(`user:account:${linked.id}`)).not.toBe(before);
    expect(await keysUnder(redis, `${baseKeyPrefix}index:user:account:`)).toHaveLength(1);
    const other = await adapter.createUser(newUser());
    await expect(adapter.linkAccount({ ...account, userId: other.id })).rejects.toMatchObject({
      code: "ERR_LINK_EXISTS",
    });
    await adapter.unlinkAccount(account);
    expect(await adapter.getAccount(providerAccountId, provider)).toBeNull();
    await adapter.linkAccount(account);
    for (const each of [user, other]) await adapter.deleteUser(each.id);
    expect(await keysUnder(redis, baseKeyPrefix)).toEqual([]);
  });

  test("accounts that the legacy package wrote are read as they are, and sealed when they are linked again", async () => {
    const theirs = legacy(client, { baseKeyPrefix }) as Required<ReturnType<typeof legacy>>;
    const { adapter } = open({ codec, accountCodec: codec });
    const user = await adapter.createUser(newUser());
    const account = accountOf(user.id);
    const { provider, providerAccountId } = account;
    await theirs.linkAccount(account);
    expect(await adapter.getUserByAccount(account)).toEqual(user);
    const found = await adapter.getAccount<typeof account>(providerAccountId, provider);
    expect(found).toMatchObject(account);
    await adapter.linkAccount(found ?? account);
    expect(await stored(`user:account:${provider}:${providerAccountId}`)).not.toContain(account.access_token);
    expect(await adapter.getAccount(providerAccountId, provider)).toEqual(found);
    expect(await theirs.getUserByAccount(account)).toMatchObject({ id: user.id });
    await theirs.unlinkAccount(account);
    expect(await adapter.getUserByAccount(account)).toBeNull();
  });

  test("what can't be opened is left out: the account signs in all the same", async () => {
    const { adapter } = open({ accountCodec: codec });
    const [ada, eve] = [await adapter.createUser(newUser()), await adapter.createUser(newUser())];
    const [account, another] = [accountOf(ada.id), accountOf(eve.id)];
    for (const each of [account, another]) await adapter.linkAccount(each);
    const { provider, providerAccountId } = account;
    const names = { userId: ada.id, provider, providerAccountId };

    const without = open({ accountCodec: seal(second) }).adapter;
    const found = await without.getAccount(providerAccountId, provider);
    expect(found).toMatchObject(names);
    expect(JSON.stringify(found)).not.toMatch(/token"|sealed|custom/);
    expect(await without.getUserByAccount(account)).toEqual(ada);
    const both = open({ accountCodec: seal([second, first]) }).adapter;
    expect(await both.getAccount(providerAccountId, provider)).toMatchObject(account);

    // The tokens of one user's account in another's.
    const theft: unknown = JSON.parse(await stored(`user:account:${provider}:${another.providerAccountId}`));
    const key = `user:account:${provider}:${providerAccountId}`;
    const own: unknown = JSON.parse(await stored(key));
    const { sealed } = theft as { sealed: string };
    await redis.set(baseKeyPrefix + key, JSON.stringify({ ...(own as object), sealed }));
    expect(await adapter.getAccount(providerAccountId, provider)).toEqual(found);
  });

  test("an account without anything secret is stored as it is", async () => {
    const { adapter } = open({ accountCodec: codec });
    const { id } = await adapter.createUser(newUser());
    const account = { userId: id, type: "email", provider: "email", providerAccountId: "ada@example.org" };
    await adapter.linkAccount(account);
    expect(await stored("user:account:email:ada@example.org")).not.toContain("sealed");
    expect(await adapter.getAccount("ada@example.org", "email")).toMatchObject(account);
  });
});
