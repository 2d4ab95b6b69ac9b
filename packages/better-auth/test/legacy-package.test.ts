// Beside @better-auth/redis-storage: the same keys and values, both ways, and one list of sessions for both.
import { redisStorage as legacyStorage } from "@better-auth/redis-storage";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { redisStorage } from "../src/index.js";
import { type App, type Browser, emptyDatabase, type Storage, serve } from "./support/app.js";
import { inspect, uniquePrefix } from "./support/redis.js";

const inspector = inspect();

async function both() {
  const keyPrefix = uniquePrefix();
  const db = emptyDatabase();
  const storage = redisStorage({ client: inspector, keyPrefix });
  const old = await serve(legacyStorage({ client: inspector as never, keyPrefix }), { db });
  const ours = await serve(storage, { db });
  const desk = await old.signUp("ann@example.com");
  return { keyPrefix, storage, old, ours, desk, userId: String(db["user"]?.[0]?.["id"]) };
}

const at = (app: App, browser: Browser): Promise<Browser> => app.browser(browser.token);
const isIn = async (app: App, browser: Browser) => (await (await at(app, browser)).get("/get-session")).body !== null;
const listed = async (app: App, browser: Browser) =>
  (await (await at(app, browser)).get<{ token: string }[]>("/list-sessions")).body.map(({ token }) => token).sort();

test("a rolling swap signs nobody out, and each lists and revokes the sessions of the other", async () => {
  const { storage, old, ours, desk, userId } = await both();
  const phone = await ours.signIn("ann@example.com");
  const tablet = await old.signIn("ann@example.com");
  const all = [desk, phone, tablet].map(({ token }) => token).sort();
  for (const app of [old, ours]) {
    expect(await listed(app, desk)).toEqual(all);
    for (const browser of [desk, phone, tablet]) expect(await isIn(app, browser)).toBe(true);
  }
  expect(await storage.sessions.count(userId)).toBe(3);
  await (await at(old, desk)).post("/revoke-session", { token: phone.token });
  expect([await isIn(ours, phone), await storage.sessions.count(userId)]).toEqual([false, 2]);
  await (await at(ours, desk)).post("/revoke-session", { token: tablet.token });
  expect([await isIn(old, tablet), await listed(old, desk)]).toEqual([false, [desk.token]]);
  await old.signIn("ann@example.com");
  expect(await storage.sessions.deleteAll(userId)).toBe(2);
  expect(await isIn(old, desk)).toBe(false);
});

test("values are read both ways", async () => {
  const { keyPrefix, storage } = await both();
  const legacy = legacyStorage({ client: inspector as never, keyPrefix });
  await legacy.set("verification:a", "one", 60);
  await storage.set("verification:b", "two", 60);
  expect([await storage.getAndDelete("verification:a"), await legacy.getAndDelete("verification:b")]).toEqual([
    "one",
    "two",
  ]);
  expect([await legacy.increment("c", 60), await storage.increment("c", 60)]).toEqual([1, 2]);
});

test("a sign-in, a session read and a revocation take no more commands than there, and a list fewer", async () => {
  // A server of its own: MONITOR tells of all clients.
  const redis = await startRedis();
  const client = new Redis(redis.url);
  const monitor = await client.monitor();
  onTestFinished(async () => {
    monitor.disconnect();
    client.disconnect();
    await redis.stop();
  });
  const commands: string[] = [];
  monitor.on("monitor", (_time: string, [name = ""]: string[], source: string) => {
    if (source !== "lua") commands.push(name.toLowerCase());
  });
  async function count(run: () => Promise<unknown>): Promise<number> {
    commands.length = 0;
    await run();
    await client.echo("done");
    await expect.poll(() => commands.includes("echo")).toBe(true);
    return commands.indexOf("echo");
  }
  async function counts(storage: Storage) {
    const app = await serve(storage);
    const desk = await app.signUp("ann@example.com");
    const others: Browser[] = [];
    for (let n = 0; n < 6; n++) others.push(await app.signIn("ann@example.com"));
    const revoke = () => desk.post("/revoke-session", { token: others.pop()?.token });
    // The first one asks what this user may do, and the second teaches Redis the script without that question.
    for (let n = 0; n < 2; n++) await revoke();
    return {
      signIn: await count(() => app.signIn("ann@example.com")),
      read: await count(() => desk.get("/get-session")),
      list: await count(() => desk.get("/list-sessions")),
      revoke: await count(revoke),
    };
  }
  const theirs = await counts(legacyStorage({ client: client as never, keyPrefix: uniquePrefix() }));
  const ours = await counts(redisStorage({ client, keyPrefix: uniquePrefix(), legacyIndex: false }));
  for (const word of ["signIn", "read", "revoke"] as const) expect(ours[word]).toBeLessThanOrEqual(theirs[word]);
  // The session that asks, and then one for each listed there, and two here.
  expect([theirs.list, ours.list]).toEqual([2 + 1 + 1 + 6, 2 + 2]);
});
