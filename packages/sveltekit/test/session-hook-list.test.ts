// The sessions of one user, as the hook lists and ends them, and as the store behind it sees them.
import { createSessionStore } from "redis-keyspace";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Connected, clients } from "./support/clients.js";
import { kits, nextMillisecond } from "./support/kit.js";
import { ada, type Data, Guest, nobody, setUp, who } from "./support/session-hook.js";

describe.each(kits)("%s", (kit) => {
  test("a user's sessions: listed, ended one by one, the others, everywhere", async () => {
    const { handle } = setUp();
    const [phone, laptop, tablet] = ["phone", "laptop", "tablet"].map(() => new Guest(handle, kit)) as [
      Guest,
      Guest,
      Guest,
    ];
    for (const [visits, guest] of [phone, laptop, tablet].entries()) {
      await guest.session((session) => session.signIn("u1", { ...ada, visits }));
      await nextMillisecond();
    }
    const devices = await laptop.session((session) => session.list());
    expect(devices.map(({ session, current }) => [session.data.visits, current])).toEqual([
      [2, false],
      [1, true],
      [0, false],
    ]);
    expect(await laptop.session((session) => session.count())).toBe(3);
    // What stands in the page cannot sign in.
    const thief = new Guest(handle, kit);
    for (const { handle } of devices) {
      expect(laptop.cookies.get("session")).not.toContain(handle);
      thief.cookies.set("session", `${handle}.AAAA`);
      expect(await thief.session(who)).toEqual(nobody);
    }

    const stranger = new Guest(handle, kit);
    await stranger.session((session) => session.signIn("u2", ada));
    const ofPhone = devices.find(({ session }) => session.data.visits === 0)?.handle ?? "";
    expect(await stranger.session((session) => session.revoke(ofPhone))).toBe(false);
    expect(await phone.session(({ userId }) => userId)).toBe("u1");
    expect(await laptop.session((session) => session.revoke(ofPhone))).toBe(true);
    expect(await phone.session(who)).toEqual(nobody);

    expect(await laptop.session((session) => session.deleteAll({ except: "current" }))).toBe(1);
    expect(await tablet.session(who)).toEqual(nobody);
    expect(await laptop.session(({ userId }) => userId)).toBe("u1");
    const own = (await laptop.session((session) => session.list()))[0]?.handle ?? "";
    expect(await laptop.session((session) => session.revoke(own))).toBe(true);
    expect(laptop.cookies.size).toBe(0);

    await phone.session((session) => session.signIn("u1", ada));
    expect(await phone.session((session) => session.deleteAll())).toBe(1);
    expect(phone.cookies.size).toBe(0);
    expect(await stranger.session(({ userId }) => userId)).toBe("u2");
    expect(await handle.store.deleteAll("u2")).toBe(1);
  });
});

describe.each(Object.entries(clients))("on %s", (_, connect) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connect(inject("redisUrl"));
  });
  afterAll(() => connected.close());

  test("the sessions are those of a session store with the same prefixes", async () => {
    const { handle, prefix } = setUp({ client: connected.client });
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    const prefixes = { sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
    const store = createSessionStore<Data>(connected.client, { ...prefixes, hashIds: true });
    expect((await store.list("u1")).map(({ session }) => session.data)).toEqual([ada]);
    expect(await store.deleteAll("u1")).toBe(1);
    expect(await guest.session(who)).toEqual(nobody);
  });
});
