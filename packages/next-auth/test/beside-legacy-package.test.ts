// Beside `@auth/upstash-redis-adapter`, on the same keys: what one writes the other reads, byte for byte.
import { randomUUID } from "node:crypto";
import { UpstashRedisAdapter as legacy } from "@auth/upstash-redis-adapter";
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { RedisAdapter, type RedisAuthAdapter, type RedisSession, redisAuth, type UserSessions } from "../src/index.js";
import { openStore } from "../src/lib/options.js";
import { inspect, keysUnder, uniquePrefix, upstash } from "./support/clients.js";
import { inMinutes, newAccount, newSession, newToken, newUser } from "./support/records.js";

const redis = inspect();
const { client, server } = await upstash(inject("redisUrl"));
afterAll(() => server.close());

let prefix: string;
let theirs: Required<ReturnType<typeof legacy>>;
let ours: RedisAuthAdapter;
let devices: UserSessions<RedisSession>;

beforeEach(() => {
  prefix = uniquePrefix();
  theirs = legacy(client, { baseKeyPrefix: prefix }) as typeof theirs;
  ours = RedisAdapter(client, { baseKeyPrefix: prefix });
  devices = redisAuth(client, { baseKeyPrefix: prefix }).sessions;
});

const theirUser = () => theirs.createUser({ id: randomUUID(), ...newUser() });

/** Everything but what is ours alone. */
async function values(under: string): Promise<Record<string, string | null>> {
  const keys = (await keysUnder(redis, under)).filter((key) => !key.startsWith("index:"));
  const found = await Promise.all(keys.map((key) => redis.get(under + key)));
  return Object.fromEntries(keys.map((key, i) => [key, found[i]?.replaceAll(under, "") ?? null]));
}

test("both write the same keys and the same bytes", async () => {
  const otherPrefix = uniquePrefix();
  const id = randomUUID();
  const [user, account, session] = [newUser(), newAccount(id), newSession(id)];
  const token = newToken(user.email);
  const write = async (adapter: typeof theirs): Promise<void> => {
    await adapter.linkAccount(account);
    await adapter.createSession(session);
    await adapter.updateSession({
      sessionToken: session.sessionToken,
      expires: new Date(session.expires.getTime() + 1),
    });
    await adapter.updateUser({ id, name: 'Ada "L."', emailVerified: session.expires });
    await adapter.createVerificationToken(token);
  };
  await ours.createUser({ id, ...user });
  await write(ours as unknown as typeof theirs);
  // The legacy package gives ids of its own: here it takes over the user.
  await redis.set(`${otherPrefix}user:${id}`, JSON.stringify({ id, ...user }));
  const others = legacy(client, { baseKeyPrefix: otherPrefix }) as typeof theirs;
  await write(others);
  expect(await values(prefix)).toEqual(await values(otherPrefix));
  expect(Object.keys(await values(prefix))).toHaveLength(7);
});

describe("what the legacy package wrote", () => {
  test("is read", async () => {
    const user = await theirUser();
    const account = await theirs.linkAccount(newAccount(user.id));
    const session = await theirs.createSession(newSession(user.id));
    const token = newToken(user.email);
    await theirs.createVerificationToken(token);
    expect(await ours.getUser(user.id)).toEqual(user);
    expect(await ours.getUserByEmail(user.email)).toEqual(user);
    expect(await ours.getUserByAccount(newAccount(user.id, account as object))).toEqual(user);
    expect(await ours.getSessionAndUser(session.sessionToken)).toEqual({ session, user });
    expect(await ours.useVerificationToken(token)).toEqual(token);
  });

  test("a session gets a TTL and a place in the index when it is seen", async () => {
    const user = await theirUser();
    const session = await theirs.createSession(newSession(user.id));
    const key = `${prefix}user:session:${session.sessionToken}`;
    expect(await redis.pttl(key)).toBe(-1);
    await ours.getSessionAndUser(session.sessionToken);
    expect(await redis.pexpiretime(key)).toBe(session.expires.getTime());
    expect(await redis.zscore(`${prefix}index:user:session:${user.id}`, session.sessionToken)).toBe(
      String(session.expires.getTime()),
    );
    expect(await redis.pexpiretime(`${prefix}index:user:session:${user.id}`)).toBe(session.expires.getTime());
  });

  test("its TTL is the end in its record, for any date", async () => {
    const user = await theirUser();
    const now = new Date();
    for (let days = 1; days < 1500; days += 37) {
      const expires = new Date(now.getTime() + days * 86_400_000 + days);
      const { sessionToken } = await theirs.createSession(newSession(user.id, { expires }));
      await ours.getSessionAndUser(sessionToken);
      expect(await redis.pexpiretime(`${prefix}user:session:${sessionToken}`)).toBe(expires.getTime());
    }
  });

  test("an elapsed session is no session, and is not renewed", async () => {
    const user = await theirUser();
    const { sessionToken } = await theirs.createSession(newSession(user.id, { expires: inMinutes(-1) }));
    const stored = (await redis.get(`${prefix}user:session:${sessionToken}`)) ?? "";
    for (const see of [
      () => ours.getSessionAndUser(sessionToken),
      () => ours.updateSession({ sessionToken, expires: inMinutes(60) }),
      () => ours.updateSession({ sessionToken, userId: user.id, expires: inMinutes(60) }),
      () => ours.deleteSession(sessionToken),
    ]) {
      await redis.set(`${prefix}user:session:${sessionToken}`, stored);
      expect(await see()).toBeNull();
    }
    await ours.getSessionAndUser(sessionToken);
    expect(await redis.exists(`${prefix}user:session:${sessionToken}`)).toBe(0);
  });

  test("an elapsed token is none", async () => {
    const token = newToken("ada@example.org", { expires: inMinutes(-1) });
    await theirs.createVerificationToken(token);
    expect(await ours.useVerificationToken(token)).toBeNull();
    expect(await keysUnder(redis, prefix)).toEqual([]);
  });

  test("the last session is listed and ended through its pointer, and a sign-in does not lose it", async () => {
    const user = await theirUser();
    const session = await theirs.createSession(newSession(user.id));
    expect(await devices.count(user.id)).toBe(1);
    const second = await theirs.createSession(newSession(user.id));
    expect((await devices.list(user.id)).map(({ handle }) => handle).sort()).toEqual(
      [session, second].map(({ sessionToken }) => sessionToken).sort(),
    );
    const third = await theirs.createSession(newSession(user.id));
    const fourth = await ours.createSession(newSession(user.id));
    expect(await devices.deleteAll(user.id, { except: fourth.sessionToken })).toBe(3);
    expect(await ours.getSessionAndUser(third.sessionToken)).toBeNull();
    expect(await theirs.getSessionAndUser(fourth.sessionToken)).not.toBeNull();
  });

  test("the session that a pointer names is not lost when another session is renewed", async () => {
    const options = { baseKeyPrefix: prefix };
    const store = openStore(client, options).sessions;
    const expires = inMinutes(90);
    const renewals: ((session: RedisSession) => Promise<unknown>)[] = [
      ({ sessionToken }) => ours.updateSession({ sessionToken, expires }),
      ({ sessionToken, userId }) => ours.updateSession({ sessionToken, userId, expires }),
      ({ sessionToken }) => store.update(sessionToken, (session) => ({ ...session, expires })),
    ];
    for (const renew of renewals) {
      const user = await theirUser();
      const mine = await ours.createSession(newSession(user.id));
      const { sessionToken } = await theirs.createSession(newSession(user.id));
      await renew(mine);
      expect(await devices.count(user.id)).toBe(2);
      expect(await devices.deleteAll(user.id, { except: mine.sessionToken })).toBe(1);
      expect(await ours.getSessionAndUser(sessionToken)).toBeNull();
    }
  });

  test("an account whose provider counts its users is found by the number and by its digits", async () => {
    const user = await theirUser();
    const account = newAccount(user.id, { provider: "strava", providerAccountId: 12345 });
    await theirs.linkAccount(account as never);
    for (const providerAccountId of [12345, "12345"] as string[]) {
      expect(await ours.getUserByAccount({ provider: "strava", providerAccountId })).toEqual(user);
      expect(await ours.getAccount(providerAccountId, "strava")).toMatchObject(account);
    }
    await ours.unlinkAccount({ provider: "strava", providerAccountId: "12345" });
    expect(await ours.getUserByAccount({ provider: "strava", providerAccountId: "12345" })).toBeNull();
  });

  test("a session that only a pointer names counts for one that changes its user", async () => {
    const [user, other] = [await theirUser(), await theirUser()];
    const mine = await ours.createSession(newSession(other.id));
    const { sessionToken } = await theirs.createSession(newSession(user.id));
    const capped = RedisAdapter(client, { baseKeyPrefix: prefix, maxSessionsPerUser: 1, whenFull: "reject" });
    await expect(capped.updateSession({ sessionToken: mine.sessionToken, userId: user.id })).rejects.toMatchObject({
      code: "ERR_SESSION_LIMIT",
    });
    expect((await devices.list(user.id)).map(({ handle }) => handle)).toEqual([sessionToken]);
    expect(await devices.count(other.id)).toBe(1);
    await theirs.deleteSession(sessionToken);
    await capped.updateSession({ sessionToken: mine.sessionToken, userId: user.id });
    expect((await devices.list(user.id)).map(({ handle }) => handle)).toEqual([mine.sessionToken]);
  });

  test("goes with its user", async () => {
    const user = await theirUser();
    const accounts = [newAccount(user.id), newAccount(user.id), newAccount(user.id)] as const;
    const sessions = [newSession(user.id), newSession(user.id), newSession(user.id)] as const;
    for (let i = 0; i < 2; i++) {
      await theirs.linkAccount(accounts[i] as (typeof accounts)[0]);
      await theirs.createSession(sessions[i] as (typeof sessions)[0]);
    }
    // Seen: a sign-in with the first account and a request of the first session.
    await ours.getUserByAccount(accounts[0]);
    await ours.getSessionAndUser(sessions[0].sessionToken);
    await ours.linkAccount(accounts[2]);
    await ours.createSession(sessions[2]);
    await ours.deleteUser(user.id);
    expect(await keysUnder(redis, prefix)).toEqual([]);
  });

  test("what its deleteUser left behind is in nobody's way", async () => {
    const user = await theirUser();
    const [first, second] = [newAccount(user.id), newAccount(user.id)];
    const email = `new-${user.email}`;
    await theirs.linkAccount(first);
    await theirs.linkAccount(second);
    const session = await theirs.createSession(newSession(user.id));
    await theirs.createSession(newSession(user.id));
    await theirs.updateUser({ id: user.id, email });
    await theirs.deleteUser(user.id);
    expect(await ours.getUserByAccount(first)).toBeNull();
    expect(await ours.getSessionAndUser(session.sessionToken)).toBeNull();
    expect(await ours.getUserByEmail(user.email)).toBeNull();
    const again = await ours.createUser(newUser({ email: user.email }));
    await ours.linkAccount({ ...first, userId: again.id });
    expect(await ours.getUserByAccount(first)).toEqual(again);
    expect(await ours.getUserByEmail(user.email)).toEqual(again);
  });
});

describe("what we wrote", () => {
  test("is read, renewed and ended by the legacy package", async () => {
    const user = await ours.createUser(newUser());
    const account = await ours.linkAccount(newAccount(user.id));
    const session = await ours.createSession(newSession(user.id));
    expect(await theirs.getUserByEmail(user.email)).toEqual(user);
    expect(await theirs.getUserByAccount(account)).toEqual(user);
    expect(await theirs.getSessionAndUser(session.sessionToken)).toEqual({ session, user });

    const expires = inMinutes(120);
    await theirs.updateSession({ sessionToken: session.sessionToken, expires });
    expect(await redis.pttl(`${prefix}user:session:${session.sessionToken}`)).toBe(-1);
    expect((await ours.getSessionAndUser(session.sessionToken))?.session.expires).toEqual(expires);
    expect(await redis.pexpiretime(`${prefix}user:session:${session.sessionToken}`)).toBe(expires.getTime());
    expect(await redis.pexpiretime(`${prefix}index:user:session:${user.id}`)).toBe(expires.getTime());

    await theirs.deleteSession(session.sessionToken);
    expect(await ours.getSessionAndUser(session.sessionToken)).toBeNull();
    expect(await devices.list(user.id)).toEqual([]);
    await theirs.deleteUser(user.id);
    expect(await ours.getUser(user.id)).toBeNull();
    expect(await ours.getUserByAccount(account)).toBeNull();
  });

  test("a session that the legacy package ended takes no place", async () => {
    const options = { baseKeyPrefix: prefix, maxSessionsPerUser: 2 } as const;
    const user = await ours.createUser(newUser());
    const signIn = async (whenFull: "reject" | "evict-oldest", minutes: number): Promise<string> => {
      const session = newSession(user.id, { expires: inMinutes(minutes) });
      await RedisAdapter(client, { ...options, whenFull }).createSession(session);
      return session.sessionToken;
    };
    const first = await signIn("reject", 10);
    await theirs.deleteSession(await signIn("reject", 60));
    expect(await devices.count(user.id)).toBe(1);
    const second = await signIn("reject", 20);
    await expect(signIn("reject", 30)).rejects.toMatchObject({ code: "ERR_SESSION_LIMIT" });
    await theirs.deleteSession(second);
    const third = await signIn("evict-oldest", 40);
    expect(await ours.getSessionAndUser(first)).not.toBeNull();
    expect(await devices.count(user.id)).toBe(2);
    // What it renews has no TTL any more.
    await theirs.updateSession({ sessionToken: third, expires: inMinutes(-1) });
    expect(await devices.count(user.id)).toBe(1);
    await signIn("reject", 30);
    expect(await ours.getSessionAndUser(first)).not.toBeNull();
  });

  test("unlinkAccount never points to an account that the legacy package unlinked or gave to somebody else", async () => {
    const [user, other] = [await ours.createUser(newUser()), await ours.createUser(newUser())];
    const link = () => ours.linkAccount(newAccount(user.id));
    const [kept, given, gone, last] = [await link(), await link(), await link(), await link()];
    await theirs.linkAccount({ ...given, userId: other.id });
    await theirs.unlinkAccount(gone);
    await ours.unlinkAccount(last);
    const pointer = await redis.get(`${prefix}user:account:by-user-id:${user.id}`);
    expect(pointer).toBe(`${prefix}user:account:github:${kept.providerAccountId}`);
    await theirs.deleteUser(user.id);
    expect(await ours.getUserByAccount(given)).toEqual(other);
  });

  test("an account that the legacy package gave to somebody else stays when its former user goes", async () => {
    const [user, other] = [await ours.createUser(newUser()), await ours.createUser(newUser())];
    const account = await ours.linkAccount(newAccount(user.id));
    await theirs.linkAccount({ ...account, userId: other.id });
    await ours.deleteUser(user.id);
    expect(await ours.getUserByAccount(account)).toEqual(other);
  });
});
