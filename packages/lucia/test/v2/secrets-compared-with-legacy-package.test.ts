// What Redis holds and is asked, here and in the replaced package.
import { LuciaError } from "lucia-2";
import { describe, expect, test, vi } from "vitest";
import ours from "../../src/index.js";
import { both } from "../support/both.js";
import { altered, inspect, uniquePrefixes } from "../support/clients.js";
import { luciaSession } from "../support/lucia-2.js";

const inspector = inspect();

describe("who reads Redis cannot sign in", () => {
  test("legacy: the keys, the sets and the values hold the ids", async () => {
    const { adapter, prefixes } = both(inspector).theirs;
    const session = luciaSession();
    await adapter.setSession(session);
    expect(await inspector.smembers(`${prefixes.userSessions}:u1`)).toEqual([session.id]);
    expect(await inspector.get(`${prefixes.session}:${session.id}`)).toContain(session.id);
  });

  test("legacy: a cookie value of any size is sent to Redis", async () => {
    const get = vi.fn(async () => null);
    await both(altered(inspector, { get })).theirs.adapter.getSession("\0".repeat(100_000));
    expect(get).toHaveBeenCalledOnce();
  });

  test("ours: with hashIds nothing does, and what is there does not sign in", async () => {
    const prefixes = uniquePrefixes();
    const adapter = ours(inspector, prefixes, { hashIds: true })(LuciaError);
    const session = luciaSession();
    await adapter.setSession(session);
    const [member = ""] = await inspector.smembers(`${prefixes.userSessions}:u1`);
    const value = await inspector.get(`${prefixes.session}:${member}`);
    expect(member).not.toContain(session.id);
    expect(value).not.toContain(session.id);
    expect(await adapter.getSession(member)).toBeNull();
    expect(await adapter.getSession(session.id)).toEqual(session);
    expect(await ours(inspector, prefixes)(LuciaError).getSession(member)).toBeNull();
  });

  test("ours: what cannot be an id is not sent", async () => {
    const get = vi.fn(async () => null);
    const { adapter } = both(inspector, altered(inspector, { get })).ours;
    expect(await adapter.getSession("\0".repeat(100_000))).toBeNull();
    expect(get).not.toHaveBeenCalled();
  });
});
