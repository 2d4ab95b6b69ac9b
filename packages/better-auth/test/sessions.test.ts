// better-auth over HTTP: its own routes on a user's sessions, and what races do to them.

import { betterAuth } from "better-auth";
import { betterAuth as betterAuth16 } from "better-auth-1.6";
import { describe, expect, test } from "vitest";
import type { RedisStorageOptions } from "../src/index.js";
import { type AppOptions, serve } from "./support/app.js";
import { isIn, openApp, tokens } from "./support/open.js";
import { inspect, openStorage } from "./support/redis.js";

const inspector = inspect();

const open = (options: Partial<RedisStorageOptions> = {}, auth?: AppOptions) =>
  openApp({ client: inspector, ...options }, auth);

describe.each([
  ["better-auth 1.7", betterAuth],
  ["better-auth 1.6", betterAuth16 as unknown as typeof betterAuth],
])("%s", (_, create) => {
  test("sign up, two devices, list, revoke one, revoke the others, delete the user", async () => {
    const { storage, desk, signIn, userId } = await open({}, { create });
    const [phone, tablet] = [await signIn(), await signIn()];
    expect((await tokens(desk)).sort()).toEqual([desk.token, phone.token, tablet.token].sort());
    expect((await desk.post("/revoke-session", { token: phone.token })).status).toBe(200);
    expect([await isIn(phone), await isIn(tablet), (await tokens(desk)).length]).toEqual([false, true, 2]);
    expect((await desk.post("/revoke-other-sessions")).status).toBe(200);
    expect([await isIn(tablet), await tokens(desk)]).toEqual([false, [desk.token]]);
    const another = await signIn();
    expect((await desk.post("/delete-user", { password: "a long password" })).status).toBe(200);
    expect([await isIn(desk), await isIn(another)]).toEqual([false, false]);
    expect([await storage.sessions.count(userId), await storage.sessions.list(userId)]).toEqual([0, []]);
  });
});

test("the sessions of a user, for code of one's own", async () => {
  const { storage, desk, signIn, userId } = await open();
  const phone = await signIn();
  const items = await storage.sessions.list(userId, { current: desk.token });
  expect(items.map(({ current }) => current).sort()).toEqual([false, true]);
  expect(items[0]?.session).toMatchObject({
    session: { userId, ipAddress: "127.0.0.1" },
    user: { name: "ann@example.com" },
  });
  expect(JSON.stringify(items.map(({ session }) => session))).not.toContain(phone.token);
  expect(await storage.sessions.deleteAll(userId, { except: desk.token })).toBe(1);
  expect([await isIn(phone), await isIn(desk), await storage.sessions.count(userId)]).toEqual([false, true, 1]);
});

test("a user has as many sessions as allowed", async () => {
  const { desk, signIn, storage, userId } = await open({ maxSessionsPerUser: 2 });
  const [phone, tablet] = [await signIn(), await signIn()];
  expect([await isIn(desk), await isIn(phone), await isIn(tablet)]).toEqual([false, true, true]);
  expect(await storage.sessions.count(userId)).toBe(2);
});

describe("races", () => {
  test("twenty sign-ins at once are twenty listed, and a sign-out of the others ends all of them", async () => {
    const { desk, signIn } = await open();
    const others = await Promise.all(Array.from({ length: 19 }, signIn));
    expect(await tokens(desk)).toHaveLength(20);
    await desk.post("/revoke-other-sessions");
    expect(await Promise.all(others.map(isIn))).toEqual(Array(19).fill(false));
    expect([await isIn(desk), await tokens(desk)]).toEqual([true, [desk.token]]);
  });

  test("a list that is gone loses no session, and a sign-out of all ends all", async () => {
    const { key, desk, signIn, userId } = await open({ legacyIndex: true });
    const phone = await signIn();
    expect(await inspector.del(key(`active-sessions-${userId}`))).toBe(1);
    expect((await tokens(desk)).sort()).toEqual([desk.token, phone.token].sort());
    await desk.post("/revoke-sessions");
    expect([await isIn(desk), await isIn(phone)]).toEqual([false, false]);
  });

  /** A storage whose next `set` of a session waits. */
  async function held(auth: AppOptions = {}) {
    const opened = openStorage({ client: inspector, legacyIndex: false });
    const { storage } = opened;
    let armed = false;
    let resume = (): void => {};
    let arrived = (): void => {};
    const reached = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const app = await serve(
      {
        ...storage,
        async set(key, value, ttl) {
          if (armed && value.includes('"session":')) {
            armed = false;
            const resumed = new Promise<void>((resolve) => {
              resume = resolve;
            });
            arrived();
            await resumed;
          }
          await storage.set(key, value, ttl);
        },
      },
      auth,
    );
    const desk = await app.signUp("ann@example.com");
    const phone = await app.signIn("ann@example.com");
    const arm = () => {
      armed = true;
    };
    return { ...opened, app, desk, phone, arm, reached, resume: () => resume() };
  }

  test("a refresh under way brings back no session that was revoked", async () => {
    const { desk, phone, arm, reached, resume, key } = await held({ auth: { session: { updateAge: 0 } } });
    const { token } = phone;
    arm();
    const refresh = phone.get("/get-session");
    await reached;
    await desk.post("/revoke-session", { token });
    resume();
    await refresh;
    expect([await inspector.exists(key(token)), await tokens(desk)]).toEqual([0, [desk.token]]);
  });

  test("a change of the user under way brings back no session that was revoked, and changes the others", async () => {
    const { app, desk, phone, arm, reached, resume, key } = await held();
    const { token } = phone;
    arm();
    const change = desk.post("/update-user", { name: "Ann" });
    await reached;
    await (await app.browser(token)).post("/sign-out");
    resume();
    await change;
    expect(await inspector.exists(key(token))).toBe(0);
    expect((await desk.get<{ user: { name: string } }>("/get-session")).body.user.name).toBe("Ann");
  });

  test("a sign-in that a sign-out of all overtakes is refused, or listed", async () => {
    const { app, desk, arm, reached, resume } = await held();
    arm();
    const signIn = app.signIn("ann@example.com");
    await reached;
    await desk.post("/revoke-sessions");
    resume();
    const late = await signIn;
    expect(await isIn(late)).toBe((await isIn(late)) && (await tokens(late)).includes(late.token));
  });

  test("a refresh and a change of the user at once keep each other's changes", async () => {
    const { desk, phone, arm, reached, resume, key } = await held({ auth: { session: { updateAge: 0 } } });
    const before = JSON.parse((await inspector.get(key(phone.token))) ?? "") as { session: { expiresAt: string } };
    arm();
    const refresh = phone.get("/get-session");
    await reached;
    await desk.post("/update-user", { name: "Ann" });
    resume();
    await refresh;
    const after = JSON.parse((await inspector.get(key(phone.token))) ?? "") as typeof before & {
      user: { name: string };
    };
    expect(after.user.name).toBe("Ann");
    expect(Date.parse(after.session.expiresAt)).toBeGreaterThanOrEqual(Date.parse(before.session.expiresAt));
  });

  test("rate limits count exactly, fifty at once", async () => {
    const { storage } = await open();
    const counts = await Promise.all(Array.from({ length: 50 }, () => storage.increment("127.0.0.1|/sign-in", 10)));
    expect(counts.sort((one, other) => one - other)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });

  test("of fifty who take a code, one gets it", async () => {
    const { storage } = await open();
    await storage.set("verification:code", "{}", 60);
    const taken = await Promise.all(Array.from({ length: 50 }, () => storage.getAndDelete("verification:code")));
    expect(taken.filter((value) => value !== null)).toEqual(["{}"]);
  });
});
