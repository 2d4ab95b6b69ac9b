// What sessions that have ended leave behind, here and in the replaced package.
import type { SessionSchema } from "lucia-2";
import { describe, expect, test, vi } from "vitest";
import { both, ended } from "../support/both.js";
import { inspect } from "../support/clients.js";
import { luciaSession } from "../support/lucia-2.js";

const inspector = inspect();

describe("what is kept for a user does not grow with sessions that have ended", () => {
  const soon = (): SessionSchema => luciaSession({ idle_expires: Date.now() + 1000 });
  const signIns = (): SessionSchema[] => Array.from({ length: 200 }, soon);

  test("legacy: 200 ended sessions are 200 members, for ever", async () => {
    const { adapter, prefixes } = both(inspector).theirs;
    await Promise.all(signIns().map((session) => adapter.setSession(session)));
    await vi.waitFor(async () => expect(await adapter.getSessionsByUserId("u1")).toEqual([]), ended);
    expect(await inspector.scard(`${prefixes.userSessions}:u1`)).toBe(200);
    expect(await inspector.ttl(`${prefixes.userSessions}:u1`)).toBe(-1);
  });

  test("ours: the live ones are left", async () => {
    const { adapter, prefixes } = both(inspector).ours;
    const [first, last] = [luciaSession(), luciaSession()];
    await adapter.setSession(first);
    const short = signIns();
    await Promise.all(short.map((session) => adapter.setSession(session)));
    const end = Math.max(...short.map(({ idle_expires }) => idle_expires));
    await vi.waitUntil(() => Date.now() > end + 1, ended);
    expect(await adapter.getSessionsByUserId("u1")).toEqual([first]);
    await adapter.setSession(last);
    const live = new Set([first.id, last.id]);
    expect(new Set(await inspector.zrange(`index:${prefixes.userSessions}:u1`, 0, "-1"))).toEqual(live);
    expect(new Set(await inspector.smembers(`${prefixes.userSessions}:u1`))).toEqual(live);
  });

  test("ours: with none live nothing is left", async () => {
    const { adapter, prefixes } = both(inspector).ours;
    await Promise.all(signIns().map((session) => adapter.setSession(session)));
    const keys = [`index:${prefixes.userSessions}:u1`, `${prefixes.userSessions}:u1`] as const;
    await vi.waitFor(async () => expect(await inspector.exists(...keys)).toBe(0), ended);
  });
});

describe("signing out of a session that has ended leaves nothing", () => {
  test("legacy: its index entry stays", async () => {
    const { adapter, prefixes } = both(inspector).theirs;
    const session = luciaSession({ idle_expires: Date.now() + 1000 });
    await adapter.setSession(session);
    await vi.waitFor(async () => expect(await adapter.getSession(session.id)).toBeNull(), ended);
    await adapter.deleteSession(session.id);
    expect(await inspector.smembers(`${prefixes.userSessions}:u1`)).toEqual([session.id]);
  });

  test("ours: all of it ends by itself", async () => {
    const { adapter, prefixes } = both(inspector).ours;
    const session = luciaSession({ idle_expires: Date.now() + 200 });
    await adapter.setSession(session);
    await vi.waitFor(async () => expect(await adapter.getSession(session.id)).toBeNull(), ended);
    await adapter.deleteSession(session.id);
    const keys = [`index:${prefixes.userSessions}:u1`, `${prefixes.userSessions}:u1`] as const;
    await vi.waitFor(async () => expect(await inspector.exists(...keys)).toBe(0), ended);
  });
});

describe("the end is what the session says, not the TTL of fifty years that versions before 2.1.2 wrote", () => {
  const write = async (
    prefixes: { session: string; userSessions: string },
    session: SessionSchema,
  ): Promise<string> => {
    const key = `${prefixes.session}:${session.id}`;
    await inspector.set(key, JSON.stringify(session), "EX", Math.floor(session.idle_expires / 1000));
    await inspector.sadd(`${prefixes.userSessions}:${session.user_id}`, session.id);
    return key;
  };
  const tenYears = 10 * 366 * 24 * 3600;

  test("legacy: such a session is found after its end", async () => {
    const { adapter, prefixes } = both(inspector).theirs;
    const session = luciaSession({ idle_expires: Date.now() - 1000 });
    expect(await inspector.ttl(await write(prefixes, session))).toBeGreaterThan(tenYears);
    expect(await adapter.getSession(session.id)).toEqual(session);
    expect(await adapter.getSessionsByUserId("u1")).toEqual([session]);
  });

  test("ours: it is over, and its user's sign-out everywhere removes it", async () => {
    const { adapter, prefixes } = both(inspector).ours;
    const session = luciaSession({ idle_expires: Date.now() - 1000 });
    const key = await write(prefixes, session);
    expect(await adapter.getSession(session.id)).toBeNull();
    expect(await adapter.getSessionsByUserId("u1")).toEqual([]);
    await adapter.deleteSessionsByUserId("u1");
    expect(await inspector.exists(key)).toBe(0);
  });

  test("ours: a live one is renewed with its true end", async () => {
    const { adapter, prefixes } = both(inspector).ours;
    const session = luciaSession();
    const key = await write(prefixes, session);
    const renewed = { ...session, idle_expires: session.idle_expires + 1000 };
    expect(await adapter.getSession(session.id)).toEqual(session);
    await adapter.updateSession(session.id, { idle_expires: renewed.idle_expires });
    expect(await inspector.pexpiretime(key)).toBe(renewed.idle_expires);
    expect(await adapter.getSessionsByUserId("u1")).toEqual([renewed]);
  });
});
