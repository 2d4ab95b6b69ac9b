// What better-auth's own tests of its secondary storage describe, which its packages do not contain, and its open issues.
import { admin, anonymous } from "better-auth/plugins";
import { describe, expect, test } from "vitest";
import { type Browser, emptyDatabase, type Storage } from "./support/app.js";
import { isIn, openApp, tokens } from "./support/open.js";
import { inspect, keysUnder } from "./support/redis.js";
import { session, token } from "./support/sessions.js";

const inspector = inspect();
const open = (auth?: Parameters<typeof openApp>[1], options: Partial<Parameters<typeof openApp>[0]> = {}) =>
  openApp({ client: inspector, ...options }, auth);

describe("what its own tests of secondary storage describe", () => {
  test("a sign-in is a session, and its revocation leaves nothing", async () => {
    const { desk, keyPrefix, userId, storage } = await open();
    expect((await desk.get("/get-session")).body).toMatchObject({
      session: { userId, token: desk.token, expiresAt: expect.any(String), ipAddress: "127.0.0.1" },
      user: { id: userId, name: "ann@example.com", emailVerified: false },
    });
    expect(await tokens(desk)).toEqual([desk.token]);
    const { token: own } = desk;
    await desk.post("/revoke-session", { token: own });
    expect([await isIn(desk), await storage.sessions.count(userId)]).toEqual([false, 0]);
    expect(await keysUnder(inspector, `*${keyPrefix.slice(0, -1)}*`)).toEqual([]);
  });

  test.each([
    ["is kept in the database too", false],
    ["has to stay in the database", true],
  ])("a revoked session that %s is over", async (_, preserveSessionInDatabase) => {
    const { app, desk, signIn } = await open({
      auth: { session: { storeSessionInDatabase: true, preserveSessionInDatabase } },
    });
    const phone = await signIn();
    await desk.post("/revoke-session", { token: phone.token });
    const rows = app.db["session"]?.filter((row) => row["token"] === phone.token);
    expect(rows).toHaveLength(preserveSessionInDatabase ? 1 : 0);
    expect([await isIn(phone), await isIn(desk), await tokens(desk)]).toEqual([false, true, [desk.token]]);
  });

  test("an administrator who removes a user ends all sessions of that user", async () => {
    const { app, desk: victim, storage, userId } = await open({ auth: { plugins: [admin()] } });
    const phone = await app.signIn("ann@example.com");
    await app.signUp("boss@example.com");
    const boss = app.db["user"]?.find(({ email }) => email === "boss@example.com");
    Object.assign(boss ?? {}, { role: "admin" });
    const desk = await app.signIn("boss@example.com");
    expect((await desk.post("/admin/remove-user", { userId })).status).toBe(200);
    expect([await isIn(victim), await isIn(phone), await isIn(desk)]).toEqual([false, false, true]);
    expect(await storage.sessions.count(userId)).toBe(0);
  });

  test("an anonymous user who is deleted has no session", async () => {
    const { app } = await open({ auth: { plugins: [anonymous()] } });
    const browser = await app.browser();
    await browser.post("/sign-in/anonymous");
    const { token: own } = browser;
    const same = await app.browser(own);
    expect(await isIn(same)).toBe(true);
    expect((await browser.post("/delete-anonymous-user")).status).toBe(200);
    expect(await isIn(same)).toBe(false);
  });
});

/** Makes two requests that read the list of sessions both read it before either goes on. */
function bothRead(count = 2): { readonly wrap: (storage: Storage) => Storage; arm(): void } {
  let waiting: (() => void)[] | undefined;
  return {
    arm() {
      waiting = [];
    },
    wrap: (storage) => ({
      ...storage,
      async get(key) {
        const found = await storage.get(key);
        if (waiting === undefined || !key.startsWith("active-sessions-")) return found;
        const here = waiting;
        await new Promise<void>((resolve) => {
          here.push(resolve);
          if (here.length < count) return;
          waiting = undefined;
          for (const go of here) go();
        });
        return found;
      },
    }),
  };
}

describe("better-auth#11022, where two requests read the list before either writes it", () => {
  test.each([true, false])("two sign-ins are both listed (legacyIndex: %s)", async (legacyIndex) => {
    const { wrap, arm } = bothRead();
    const { desk, signIn } = await open({}, { wrap, legacyIndex });
    arm();
    const others = await Promise.all([signIn(), signIn()]);
    expect((await tokens(desk)).sort()).toEqual([desk, ...others].map((browser) => browser.token).sort());
    await desk.post("/revoke-other-sessions");
    expect(await Promise.all(others.map(isIn))).toEqual([false, false]);
  });

  test.each([true, false])("two sign-outs leave neither in the list (legacyIndex: %s)", async (legacyIndex) => {
    const { wrap, arm } = bothRead();
    const { desk, signIn, storage, userId } = await open({}, { wrap, legacyIndex });
    const others = [await signIn(), await signIn()];
    arm();
    await Promise.all(others.map((browser) => browser.post("/sign-out")));
    expect([await tokens(desk), await storage.sessions.count(userId)]).toEqual([[desk.token], 1]);
  });

  test.each([true, false])("a sign-in and a refresh are both listed (legacyIndex: %s)", async (legacyIndex) => {
    const { wrap, arm } = bothRead();
    const { desk, signIn } = await open({ auth: { session: { updateAge: 0 } } }, { wrap, legacyIndex });
    arm();
    const [phone] = await Promise.all([signIn(), desk.get("/get-session")]);
    expect((await tokens(desk)).sort()).toEqual([desk.token, phone.token].sort());
  });
});

test("better-auth#3819: a sign-out leaves no token in the list, however often", async () => {
  const { desk, signIn, userId, key } = await open({}, { legacyIndex: true });
  for (let n = 0; n < 5; n++) await (await signIn()).post("/sign-out");
  expect(await tokens(desk)).toEqual([desk.token]);
  const stored = JSON.parse((await inspector.get(key(`active-sessions-${userId}`))) ?? "") as { token: string }[];
  expect(stored.map((entry) => entry.token)).toEqual([desk.token]);
});

test("better-auth#10992: a list whose seconds come to 0 is over, not immortal", async () => {
  const { storage, key } = await open({}, { legacyIndex: true });
  await storage.set(token(1), session(1, { userId: "u9", lifetimeMs: 300 }), 0);
  await storage.set("active-sessions-u9", JSON.stringify([{ token: token(1), expiresAt: Date.now() + 300 }]), 0);
  expect([await inspector.exists(key("active-sessions-u9")), await inspector.exists(key(token(1)))]).toEqual([0, 0]);
});

describe("fifty requests at once", () => {
  test("are counted exactly: as many pass as the rate limit says", async () => {
    const customRules = { "/get-session": { window: 60, max: 7 } };
    const { desk } = await open({ auth: { rateLimit: { enabled: true, storage: "secondary-storage", customRules } } });
    const answers = await Promise.all(Array.from({ length: 50 }, () => desk.get("/get-session")));
    const passed = answers.filter(({ status }) => status === 200);
    expect([passed.length, answers.filter(({ status }) => status === 429).length]).toEqual([7, 43]);
  });

  test("with one link to reset a password: one of them resets it", async () => {
    const links: string[] = [];
    const db = emptyDatabase();
    const { app, signIn } = await open({
      db,
      auth: {
        emailAndPassword: {
          enabled: true,
          password: { hash: async (text) => text, verify: async ({ hash, password }) => hash === password },
          sendResetPassword: async (sent) => void links.push(sent.token),
        },
      },
    });
    const anybody: Browser = await app.browser();
    await anybody.post("/request-password-reset", { email: "ann@example.com" });
    await expect.poll(() => links).toHaveLength(1);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        anybody.post("/reset-password", { token: links[0], newPassword: `another password ${n}` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    await expect(signIn()).rejects.toThrow("401");
  });
});
