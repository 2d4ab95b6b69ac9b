// Beside @ethercorps/sveltekit-redis-session 1.3.1, on the same keys and cookies: what it wrote before, and what it writes
// during a rolling deploy.
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, describe, expect, inject, test } from "vitest";
import { RedisSessionStore as ArticleStore, IoRedisSessionStore, upstashSessionStore } from "../src/index.js";
import { type LegacySessionStoreOptions, RedisSessionStore } from "../src/v1.js";
import { inspect, keysUnder, unique } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { legacy } from "./support/legacy-package.js";
import { secret } from "./support/secrets.js";

type Data = Record<string, unknown>;

const inspector = inspect();
const nodeRedis = createClient({ url: inject("redisUrl") });
nodeRedis.on("error", () => {});
// Each of the legacy stores adds listeners to its client.
for (const client of [inspector, nodeRedis]) client.setMaxListeners(0);
await nodeRedis.connect();
afterAll(() => nodeRedis.destroy());

const ada: Data = { email: "ada@example.com", list: [], big: 2 ** 60 };

/** Ours and theirs on the same keys. Theirs logs what it does. */
function sideBySide(options: Partial<LegacySessionStoreOptions<Data>> = {}, client: unknown = nodeRedis) {
  const prefix = unique();
  const names = { sessionPrefix: `${prefix}:s`, userSessionsPrefix: `${prefix}:u` };
  const settings = { redisClient: client, secret, ...names, ...options } as never;
  const Theirs = client instanceof Redis ? legacy.IoRedisSessionStore : legacy.RedisSessionStore;
  return { prefix, ours: new RedisSessionStore<Data>(settings), theirs: new Theirs(settings) };
}

describe.each([
  ["node-redis", nodeRedis],
  ["ioredis", inspector],
])("on %s", (_, client) => {
  test("a session of theirs is read, changed, renewed and ended with the same cookie", async () => {
    const { ours, theirs, prefix } = sideBySide({}, client);
    const visitor = new Visitor();
    const { data: cookie } = await visitor.inRequest(({ cookies }) => theirs.createSession(cookies, ada, "u1"));
    expect(await visitor.inRequest(({ cookies }) => ours.getSession(cookies))).toMatchObject({ data: ada, code: "ok" });
    expect(await visitor.inRequest(({ cookies }) => ours.updateSessionExpiry(cookies))).toMatchObject({ data: cookie });
    const changed = { ...ada, visits: 1 };
    await visitor.inRequest(({ cookies }) => ours.updateSession(cookies, changed));
    expect(await visitor.inRequest(({ cookies }) => theirs.getSession(cookies))).toMatchObject({ data: changed });
    expect((await ours.getSessionsByUserId("u1")).data).toEqual([changed]);
    await visitor.inRequest(({ cookies }) => ours.deleteSession(cookies, "u1"));
    expect((await theirs.getSessionsByUserId("u1")).data).toEqual([]);
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test("a session of ours is read, changed, renewed and ended by theirs", async () => {
    const { ours, theirs } = sideBySide({}, client);
    const visitor = new Visitor();
    const { data: cookie } = await visitor.inRequest(({ cookies }) => ours.createSession(cookies, ada, "u1"));
    expect(await visitor.inRequest(({ cookies }) => theirs.getSession(cookies))).toMatchObject({ data: ada });
    expect(await visitor.inRequest(({ cookies }) => theirs.updateSessionExpiry(cookies))).toMatchObject({
      data: cookie,
    });
    const changed = { ...ada, visits: 1 };
    await visitor.inRequest(({ cookies }) => theirs.updateSession(cookies, changed));
    expect(await visitor.inRequest(({ cookies }) => ours.getSession(cookies))).toMatchObject({ data: changed });
    // Its update forgot whose the session is; the index and the set know.
    expect((await ours.getSessionsByUserId("u1")).data).toEqual([changed]);
    await visitor.inRequest(({ cookies }) => theirs.deleteSession(cookies, "u1" as never));
    expect((await ours.getSessionsByUserId("u1")).data).toEqual([]);
    await ours.deleteSessionsByUserId("u1");
  });

  test("both list and revoke the sessions of both", async () => {
    for (const revoker of ["ours", "theirs"] as const) {
      const { ours, theirs, ...both } = sideBySide({}, client);
      const [old, fresh] = [new Visitor(), new Visitor()];
      await old.inRequest(({ cookies }) => theirs.createSession(cookies, { n: 1 }, "u1"));
      await fresh.inRequest(({ cookies }) => ours.createSession(cookies, { n: 2 }, "u1"));
      for (const store of [ours, theirs]) {
        const { data } = await store.getSessionsByUserId("u1");
        expect((data as Data[]).map(({ n }) => n).sort()).toEqual([1, 2]);
      }
      await { ours, theirs }[revoker].deleteSessionsByUserId("u1");
      for (const visitor of [old, fresh]) {
        expect(await visitor.inRequest(({ cookies }) => ours.getSession(cookies))).toMatchObject({ code: "expired" });
      }
      expect(await keysUnder(inspector, `${both.prefix}:`)).toEqual([]);
    }
  });
});

test("an update without data empties the session", async () => {
  const { ours, theirs } = sideBySide();
  for (const update of [
    (visitor: Visitor) => visitor.inRequest<unknown>(({ cookies }) => theirs.updateSession(cookies)),
    (visitor: Visitor) => visitor.inRequest<unknown>(({ cookies }) => ours.updateSession(cookies)),
  ]) {
    const visitor = new Visitor();
    await visitor.inRequest(({ cookies }) => ours.createSession(cookies, ada, "u1"));
    expect(await update(visitor)).toMatchObject({ error: false });
    expect(await visitor.inRequest(({ cookies }) => ours.getSession(cookies))).toMatchObject({ data: {} });
  }
  await ours.deleteSessionsByUserId("u1");
});

test("a device of theirs is ended by its handle, only by its user", async () => {
  const { ours, theirs, prefix } = sideBySide();
  const [old, other] = [new Visitor(), new Visitor()];
  await old.inRequest(({ cookies }) => theirs.createSession(cookies, ada, "u1"));
  await other.inRequest(({ cookies }) => theirs.createSession(cookies, ada, "u2"));
  const [device] = (await ours.listSessions("u1")).data ?? [];
  expect(await ours.revokeSession("u2", device?.handle ?? "")).toMatchObject({ code: "expired" });
  expect(await old.inRequest(({ cookies }) => ours.getSession(cookies))).toMatchObject({ code: "ok" });
  expect(await ours.revokeSession("u1", device?.handle ?? "")).toMatchObject({ code: "ok" });
  expect(await old.inRequest(({ cookies }) => ours.getSession(cookies))).toMatchObject({ code: "expired" });
  await ours.deleteSessionsByUserId("u2");
  expect(await keysUnder(inspector, prefix)).toEqual([]);
});

test.each(["evict-oldest", "reject"] as const)("ending a session of theirs ends no other: %s", async (whenFull) => {
  const { ours, theirs, prefix } = sideBySide({ maxSessionsPerUser: 1, whenFull });
  const [kept, revoked, deleted] = [new Visitor(), new Visitor(), new Visitor()];
  await kept.inRequest(({ cookies }) => ours.createSession(cookies, { n: 1 }, "u1"));
  await revoked.inRequest(({ cookies }) => theirs.createSession(cookies, { n: 2 }, "u1"));
  await deleted.inRequest(({ cookies }) => theirs.createSession(cookies, { n: 3 }, "u1"));
  const device = (await ours.listSessions("u1")).data?.find(({ session }) => session["n"] === 2);
  expect(await ours.revokeSession("u1", device?.handle ?? "")).toMatchObject({ code: "ok" });
  expect(await deleted.inRequest(({ cookies }) => ours.deleteSession(cookies, "u1"))).toMatchObject({ code: "ok" });
  expect((await ours.getSessionsByUserId("u1")).data).toEqual([{ n: 1 }]);
  await ours.deleteSessionsByUserId("u1");
  expect(await keysUnder(inspector, prefix)).toEqual([]);
});

test("what is stored for a session is theirs, byte for byte, and then the owner", async () => {
  const { ours, theirs, prefix } = sideBySide();
  const visitor = new Visitor();
  const stored = async (): Promise<string | null> =>
    await inspector.get((await keysUnder(inspector, `${prefix}:s:`))[0] ?? "");
  await visitor.inRequest(({ cookies }) => theirs.createSession(cookies, ada, "u1"));
  const written = (await stored()) ?? "";
  await theirs.deleteSessionsByUserId("u1");
  await visitor.inRequest(({ cookies }) => ours.createSession(cookies, ada));
  expect(await stored()).toBe(written);
  await visitor.inRequest(({ cookies }) => ours.deleteSession(cookies));
  await visitor.inRequest(({ cookies }) => ours.createSession(cookies, ada, "u1"));
  expect(await stored()).toBe(`${written.slice(0, -1)},"_keyspaceUserId":"u1"}`);
  await ours.deleteSessionsByUserId("u1");
});

test("userIdFrom: a session of theirs is entered in the index when it is renewed", async () => {
  const { ours, theirs, prefix } = sideBySide({ userIdFrom: ({ email }) => String(email) });
  const visitor = new Visitor();
  await visitor.inRequest(({ cookies }) => theirs.createSession(cookies, ada, "ada@example.com"));
  await visitor.inRequest(({ cookies }) => ours.updateSessionExpiry(cookies));
  expect(await inspector.zcard(`index:${prefix}:u:ada@example.com`)).toBe(1);
  await visitor.inRequest(({ cookies }) => ours.deleteSession(cookies));
  expect([...(await keysUnder(inspector, prefix)), ...(await keysUnder(inspector, `index:${prefix}`))]).toEqual([]);
});

test("userIdFrom: new data that does not name the user takes the session from nobody", async () => {
  const { ours, theirs, prefix } = sideBySide({ userIdFrom: ({ email }) => email as string });
  const visitor = new Visitor();
  await visitor.inRequest(({ cookies }) => theirs.createSession(cookies, ada, "ada@example.com"));
  await visitor.inRequest(({ cookies }) => ours.updateSession(cookies, { cart: 1 }));
  expect((await ours.getSessionsByUserId("ada@example.com")).data).toEqual([{ cart: 1 }]);
  await ours.deleteSessionsByUserId("ada@example.com");
  expect(await visitor.inRequest(({ cookies }) => ours.getSession(cookies))).toMatchObject({ code: "expired" });
  expect([...(await keysUnder(inspector, prefix)), ...(await keysUnder(inspector, `index:${prefix}`))]).toEqual([]);
});

test("the default keys are theirs, under each of the three names", async () => {
  for (const Store of [RedisSessionStore, IoRedisSessionStore, upstashSessionStore]) {
    const [visitor, userId] = [new Visitor(), unique()];
    const theirs = new legacy.RedisSessionStore({ redisClient: nodeRedis as never, secret });
    const ours = new Store({ redisClient: nodeRedis, secret });
    await visitor.inRequest(({ cookies }) => ours.createSession(cookies, ada, userId));
    expect(await visitor.inRequest(({ cookies }) => theirs.getSession(cookies))).toMatchObject({ data: ada });
    expect((await theirs.getSessionsByUserId(userId)).data).toMatchObject([ada]);
    await ours.deleteSessionsByUserId(userId);
    const keys = [`sk_ioredis_user_sessions:${userId}`, `index:sk_ioredis_user_sessions:${userId}`];
    expect(await inspector.exists(...keys)).toBe(0);
  }
});

test("without legacyIndex their sets are neither read nor written", async () => {
  const { ours, theirs, prefix } = sideBySide({ legacyIndex: false });
  await new Visitor().inRequest(({ cookies }) => theirs.createSession(cookies, { n: 1 }, "u1"));
  await new Visitor().inRequest(({ cookies }) => ours.createSession(cookies, { n: 2 }, "u1"));
  expect((await ours.getSessionsByUserId("u1")).data).toEqual([{ n: 2 }]);
  expect(await inspector.scard(`${prefix}:u:u1`)).toBe(1);
  await theirs.deleteSessionsByUserId("u1");
  await ours.deleteSessionsByUserId("u1");
});

test("sign-outs everywhere at an old and a new process at once leave nothing live and unlisted", async () => {
  const { ours, theirs } = sideBySide();
  for (let round = 0; round < 20; round++) {
    const visitors = Array.from({ length: 6 }, () => new Visitor());
    await Promise.all(
      visitors.map((visitor, n) =>
        visitor.inRequest<unknown>(({ cookies }) =>
          n % 2 === 0 ? ours.createSession(cookies, ada, "u1") : theirs.createSession(cookies, ada, "u1"),
        ),
      ),
    );
    await Promise.all([theirs.deleteSessionsByUserId("u1"), ours.deleteSessionsByUserId("u1")]);
    for (const visitor of visitors) {
      expect(await visitor.inRequest(({ cookies }) => ours.getSession(cookies))).toMatchObject({ code: "expired" });
    }
  }
});

test("a short secret of before verifies in a window, and never signs", async () => {
  const prefix = unique();
  const names = { sessionPrefix: `${prefix}:s`, userSessionsPrefix: `${prefix}:u` };
  const theirs = new legacy.RedisSessionStore({ redisClient: nodeRedis as never, secret: "short", ...names });
  const visitor = new Visitor();
  await visitor.inRequest(({ cookies }) => theirs.createSession(cookies, ada, "u1"));
  const ours = new RedisSessionStore<Data>({
    redisClient: nodeRedis,
    secret,
    ...names,
    legacyCookies: { forms: ["signed"], secrets: ["short"] },
  });
  expect(await visitor.inRequest(({ cookies }) => ours.getSession(cookies))).toMatchObject({ data: ada });
  await visitor.inRequest(({ cookies }) => ours.updateSessionExpiry(cookies));
  // A process that has not got the new secret cannot read what is signed with it.
  expect((await visitor.inRequest(({ cookies }) => theirs.getSession(cookies))).error).toBe(true);
  const strict = new RedisSessionStore<Data>({ redisClient: nodeRedis, secret, ...names });
  expect(await visitor.inRequest(({ cookies }) => strict.getSession(cookies))).toMatchObject({ data: ada });
  await strict.deleteSessionsByUserId("u1");
});

test("sessions of versions 0.x are read with the article's names and its cookie, in a window", async () => {
  const { createHmac } = await import("node:crypto");
  const prefix = unique();
  const id = unique();
  await inspector.set(`${prefix}:s:${id}`, JSON.stringify(ada), "EX", 60);
  const store = new ArticleStore<Data>({
    redisClient: inspector,
    secret,
    prefix: `${prefix}:s:`,
    userSessionsPrefix: `${prefix}:u:`,
    legacyCookies: { forms: ["signed-hex"], secrets: ["old"] },
  });
  const visitor = new Visitor();
  visitor.cookies.set("session", `${id}.${createHmac("sha256", "old").update(id).digest("hex")}`);
  expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada });
  await visitor.inRequest(({ cookies }) => store.updateSessionExpiry(cookies));
  expect(await visitor.inRequest(({ cookies }) => store.delSession(cookies))).toMatchObject({ data: id });
});
