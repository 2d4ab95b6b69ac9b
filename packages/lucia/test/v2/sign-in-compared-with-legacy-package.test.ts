// A sign-in that fails or is cut off stores nothing, here and in the replaced package.
import { ioredis as legacy } from "@lucia-auth/adapter-session-redis";
import { LuciaError } from "lucia-2";
import { describe, expect, test, vi } from "vitest";
import ours from "../../src/index.js";
import { both, ended } from "../support/both.js";
import { altered, inspect, uniquePrefixes } from "../support/clients.js";
import { lucia2, luciaSession } from "../support/lucia-2.js";

const inspector = inspect();

describe("a sign-in that is cut off is all there or not at all", () => {
  const cutOff = async (): Promise<never> => {
    throw new Error("connection lost");
  };

  test.each([
    ["sadd", { sessions: 1, members: 0 }],
    ["set", { sessions: 0, members: 1 }],
  ])("legacy: without its %s, half is left", async (command, left) => {
    const session = luciaSession();
    const { adapter, prefixes } = both(altered(inspector, { [command]: cutOff })).theirs;
    await expect(adapter.setSession(session)).rejects.toThrow("connection lost");
    const found = {
      sessions: await inspector.exists(`${prefixes.session}:${session.id}`),
      members: await inspector.scard(`${prefixes.userSessions}:u1`),
    };
    expect(found).toEqual(left);
  });

  test("ours: it is one script", async () => {
    const session = luciaSession();
    const sent: string[] = [];
    const count =
      (name: string) =>
      (original: (...args: unknown[]) => Promise<unknown>, ...args: unknown[]) => {
        sent.push(name);
        return original(...args);
      };
    const names = ["get", "mget", "evalsha", "eval", "call", "pipeline"];
    const client = altered(inspector, Object.fromEntries(names.map((name) => [name, count(name)])));
    const { adapter, prefixes } = both(inspector, client).ours;
    await adapter.setSession(session);
    expect(sent.filter((name) => name !== "eval")).toEqual(["evalsha"]);

    const broken = ours(altered(inspector, { evalsha: cutOff }), prefixes)(LuciaError);
    const lost = luciaSession();
    await expect(broken.setSession(lost)).rejects.toMatchObject({ code: "ERR_REDIS_UNAVAILABLE" });
    expect(await adapter.getSession(lost.id)).toBeNull();
    expect(await adapter.getSessionsByUserId("u1")).toEqual([session]);
  });
});

describe("a session for an unknown user is not stored", () => {
  test("legacy: Lucia throws, and it is there", async () => {
    const prefixes = uniquePrefixes();
    const auth = lucia2(legacy(inspector, prefixes));
    const sessionId = luciaSession().id;
    const signIn = auth.createSession({ userId: "nobody", sessionId, attributes: {} });
    await expect(signIn).rejects.toMatchObject({ message: "AUTH_INVALID_USER_ID" });
    await vi.waitFor(async () => expect(await inspector.exists(`${prefixes.session}:${sessionId}`)).toBe(1), ended);
  });

  test("ours: Lucia throws, and nothing is there", async () => {
    const prefixes = uniquePrefixes();
    const adapter = ours(inspector, prefixes);
    const stored: Promise<void>[] = [];
    const auth = lucia2((E) => {
      const methods = adapter(E);
      return {
        ...methods,
        setSession(session) {
          const storing = methods.setSession.call(this, session);
          stored.push(storing.catch(() => {}));
          return storing;
        },
      };
    });
    const sessionId = luciaSession().id;
    const signIn = auth.createSession({ userId: "nobody", sessionId, attributes: {} });
    await expect(signIn).rejects.toMatchObject({ message: "AUTH_INVALID_USER_ID" });
    await Promise.all(stored);
    expect(stored).toHaveLength(1);
    expect(await inspector.exists(`${prefixes.session}:${sessionId}`, `index:${prefixes.userSessions}:nobody`)).toBe(0);
  });
});
