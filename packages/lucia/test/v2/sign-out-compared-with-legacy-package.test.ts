// What is signed out stays so, here and in the replaced package.
import { ioredis as legacy } from "@lucia-auth/adapter-session-redis";
import type { Redis } from "ioredis";
import { LuciaError } from "lucia-2";
import { describe, expect, test } from "vitest";
import ours from "../../src/index.js";
import { both } from "../support/both.js";
import { altered, inspect, uniquePrefixes } from "../support/clients.js";
import { luciaSession } from "../support/lucia-2.js";

const inspector = inspect();

describe("a renewal does not bring back a session that was signed out meanwhile", () => {
  const session = luciaSession();
  const key = (prefixes: { session: string }): string => `${prefixes.session}:${session.id}`;
  /** A client on which something happens between a read and what follows it. */
  const afterRead = (happens: () => Promise<unknown>): Redis =>
    altered(inspector, {
      async get(get, ...args) {
        const value = await get(...args);
        await happens();
        return value;
      },
    });

  test("legacy: it does, and signing out everywhere misses it", async () => {
    const { adapter, prefixes } = both(inspector).theirs;
    await adapter.setSession(session);
    const racing = legacy(
      afterRead(() => adapter.deleteSession(session.id)),
      prefixes,
    )(LuciaError);
    await racing.updateSession(session.id, { idle_expires: session.idle_expires + 1000 });
    expect(await inspector.exists(key(prefixes))).toBe(1);
    await adapter.deleteSessionsByUserId("u1");
    expect(await adapter.getSession(session.id)).not.toBeNull();
  });

  test("ours: it does not", async () => {
    const { adapter, prefixes } = both(inspector).ours;
    await adapter.setSession(session);
    const racing = ours(
      afterRead(() => adapter.deleteSession(session.id)),
      prefixes,
    )(LuciaError);
    await racing.updateSession(session.id, { idle_expires: session.idle_expires + 1000 });
    expect(await inspector.exists(key(prefixes))).toBe(0);
    expect(await adapter.getSessionsByUserId("u1")).toEqual([]);
  });
});

describe("a sign-in during a sign-out everywhere is signed out, or listed", () => {
  const late = luciaSession();

  test("legacy: it is neither, and the next sign-out everywhere misses it too", async () => {
    const { adapter, prefixes } = both(inspector).theirs;
    await adapter.setSession(luciaSession());
    const racing = altered(inspector, {
      async smembers(smembers, ...args) {
        const members = await smembers(...args);
        await adapter.setSession(late);
        return members;
      },
    });
    await legacy(racing, prefixes)(LuciaError).deleteSessionsByUserId("u1");
    await adapter.deleteSessionsByUserId("u1");
    expect(await adapter.getSessionsByUserId("u1")).toEqual([]);
    expect(await adapter.getSession(late.id)).toEqual(late);
  });

  test.each(["one database", "two databases"])("ours, on %s", async (databases) => {
    const prefixes = uniquePrefixes();
    const client = databases === "one database" ? inspector : { session: inspector, userSessions: inspect(1) };
    const adapter = ours(client, prefixes)(LuciaError);
    for (let round = 0; round < 50; round++) {
      const [before, during] = [luciaSession(), luciaSession()];
      await adapter.setSession(before);
      const [signIn] = await Promise.allSettled([adapter.setSession(during), adapter.deleteSessionsByUserId("u1")]);
      expect(await adapter.getSession(before.id)).toBeNull();
      const live = await adapter.getSession(during.id);
      expect(await adapter.getSessionsByUserId("u1")).toEqual(live === null ? [] : [during]);
      if (signIn.status === "rejected") expect(signIn.reason).toMatchObject({ code: "ERR_SESSION_REVOKED" });
      await adapter.deleteSessionsByUserId("u1");
      expect(await adapter.getSession(during.id)).toBeNull();
    }
  });
});
