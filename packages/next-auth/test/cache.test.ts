// With a cache: what Auth.js reads on every request costs nothing, and what becomes of a user elsewhere is seen.
import { streamClients } from "@redis-keyspace/scripts/clients";
import { ioRedisDriver } from "redis-keyspace/driver";
import { createSessionStream } from "redis-keyspace/live";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { type RedisAdapterOptions, redisAuth } from "../src/index.js";
import { authConfig, browser } from "./support/browser.js";
import { inspect, uniquePrefix } from "./support/clients.js";
import { newAccount, newSession, newUser } from "./support/records.js";

const redis = inspect();
const soon = { timeout: 10_000, interval: 2 };

/** Of one process, with the number of commands that it has sent, and another one. */
async function open(options: RedisAdapterOptions = {}) {
  const baseKeyPrefix = uniquePrefix();
  const tracker = await streamClients["ioredis 6"](inject("redisUrl"));
  const stream = createSessionStream(tracker.client);
  onTestFinished(async () => {
    await stream.close();
    await tracker.close();
  });
  const commands = { number: 0 };
  const driver = ioRedisDriver(redis);
  const counted: typeof driver = {
    ...driver,
    run(...given) {
      commands.number++;
      return driver.run(...given);
    },
  };
  const common = { baseKeyPrefix, ...options };
  const here = redisAuth(counted, { ...common, cache: { stream, maxAgeMs: 60_000 } });
  const elsewhere = redisAuth(redis, common);
  await stream.ready();
  /** Reads until it costs no command. */
  const untilFree = (read: () => Promise<unknown>): Promise<void> =>
    vi.waitFor(async () => {
      commands.number = 0;
      await read();
      expect(commands.number).toBe(0);
    }, soon);
  return { ...common, here, elsewhere, commands, untilFree };
}

test("Auth.js: a request of who is signed in costs no command, and a user who changes or goes elsewhere is seen", async () => {
  const { here, elsewhere, untilFree } = await open({ hashIds: true });
  const inbox: string[] = [];
  const visitor = browser(authConfig(here.adapter, inbox));
  await visitor.submit("/auth/signin/email", { email: "ada@example.org" });
  await visitor.visit(inbox[0] ?? "");
  const session = await visitor.session();
  expect(session).toMatchObject({ user: { email: "ada@example.org" } });
  await untilFree(visitor.session);
  const id = session?.userId ?? "";
  await here.adapter.updateUser({ id, name: "Ada" });
  expect(await visitor.session()).toMatchObject({ user: { name: "Ada" } });
  await untilFree(visitor.session);
  await elsewhere.adapter.updateUser({ id, name: "Countess of Lovelace" });
  await vi.waitFor(
    async () => expect(await visitor.session()).toMatchObject({ user: { name: "Countess of Lovelace" } }),
    soon,
  );
  await elsewhere.adapter.deleteUser(id);
  await vi.waitFor(async () => expect(await visitor.session()).toBeNull(), soon);
});

test("signing out is seen at once here, and soon elsewhere", async () => {
  const { here, elsewhere, untilFree } = await open();
  const user = await here.adapter.createUser(newUser());
  const tokens: string[] = [];
  for (let n = 0; n < 4; n++) tokens.push((await here.adapter.createSession(newSession(user.id))).sessionToken);
  const read = (n: number) => here.adapter.getSessionAndUser(tokens[n] ?? "");
  for (const n of tokens.keys()) await untilFree(() => read(n));
  await here.adapter.deleteSession(tokens[0] ?? "");
  expect(await read(0)).toBeNull();
  await elsewhere.adapter.deleteSession(tokens[1] ?? "");
  await vi.waitFor(async () => expect(await read(1)).toBeNull(), soon);
  await here.adapter.updateUser({ id: user.id, name: "Eve" });
  expect((await read(2))?.user).toMatchObject({ name: "Eve" });
  await here.adapter.deleteUser(user.id);
  expect([await read(2), await read(3)]).toEqual([null, null]);
});

test("each request has a session and a user of its own", async () => {
  const { here, untilFree } = await open();
  const user = await here.adapter.createUser(newUser({ roles: ["reader"] }));
  const session = await here.adapter.createSession(newSession(user.id, { list: [1] }));
  type WithRoles = typeof user & { roles: string[] };
  const read = () =>
    here.adapter.getSessionAndUser<typeof session & { list: number[] }, WithRoles>(session.sessionToken);
  await untilFree(read);
  const found = await read();
  expect(found).toEqual({ session, user });
  found?.session.list.push(2);
  found?.session.expires.setTime(0);
  found?.user.roles.push("admin");
  found?.user.emailVerified?.setTime(0);
  expect(await read()).toEqual({ session, user });
});

test("what is written beside users under their prefix takes nothing out of the cache", async () => {
  const { here, elsewhere, commands, untilFree } = await open();
  const user = await here.adapter.createUser(newUser());
  const { sessionToken } = await here.adapter.createSession(newSession(user.id));
  const other = await elsewhere.adapter.createUser(newUser());
  const read = () => here.adapter.getSessionAndUser(sessionToken);
  await untilFree(read);
  await elsewhere.adapter.linkAccount(newAccount(user.id));
  await elsewhere.adapter.createSession(newSession(user.id));
  await elsewhere.adapter.updateUser({ id: other.id, name: "Eve" });
  const { sessionToken: witness } = await elsewhere.adapter.createSession(newSession(user.id));
  await untilFree(() => here.adapter.getSessionAndUser(witness));
  await elsewhere.adapter.deleteSession(witness);
  await vi.waitFor(async () => expect(await here.adapter.getSessionAndUser(witness)).toBeNull(), soon);
  commands.number = 0;
  expect(await read()).not.toBeNull();
  expect(commands.number).toBe(0);
});
