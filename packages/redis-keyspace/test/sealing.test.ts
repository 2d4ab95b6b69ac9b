// `codec: seal(secrets)` on a store: what Redis holds, what of it is a session, and how secrets are replaced.
import { randomBytes, randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { createSessionStore, type Incident, type SessionStoreOptions, type StoreClient } from "redis-keyspace";
import { seal } from "redis-keyspace/sealing";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { sharedRedis } from "./targets.js";

const [redis, other] = [new Redis(sharedRedis()), new Redis(sharedRedis())];
afterAll(() => {
  for (const client of [redis, other]) client.disconnect();
});

const newSecret = (): string => randomBytes(32).toString("base64");
const [first, second] = [newSecret(), newSecret()];

interface Data {
  readonly text: string;
}

describe.each<[string, StoreClient]>([
  ["one script", redis],
  ["one key a step", { session: redis, userSessions: other }],
])("%s", (_, client) => {
  let prefixes: { sessionPrefix: string; userSessionsPrefix: string };
  beforeEach(() => {
    const prefix = randomUUID();
    prefixes = { sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
  });
  const open = (codec = seal(first), options: SessionStoreOptions<Data> = {}) =>
    createSessionStore<Data>(client, { ...prefixes, codec, ...options });
  const signIn = (sessions = open()) => sessions.create({ userId: "u1", data: { text: "a secret place" } });
  const keyOf = (handle: string | undefined): string => prefixes.sessionPrefix + handle;

  test("Redis shows owner and ends, and nothing else", async () => {
    const sessions = open(seal(first), { absoluteTimeoutSeconds: 3_000_000 });
    const session = await signIn(sessions);
    const [item] = await sessions.list("u1");
    const value = (await redis.get(keyOf(item?.handle))) ?? "";
    expect(JSON.parse(value)).toEqual({
      expiresAt: session.expiresAt.getTime(),
      endsAt: session.absoluteExpiresAt?.getTime(),
      userId: "u1",
      sealed: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/),
    });
    expect(value).not.toContain("place");
    expect(value).not.toContain(session.id);
    expect(await sessions.get(session.id)).toEqual(session);
  });

  test("copied to another key or given another owner it is no session; a later end has no effect", async () => {
    const sessions = open(seal(first), { hashIds: false, absoluteTimeoutSeconds: 100, idleTimeoutSeconds: 10 });
    const session = await signIn(sessions);
    const key = keyOf(session.id);
    const value = (await redis.get(key)) ?? "";
    await redis.set(keyOf("copy"), value, "EX", 60);
    expect(await sessions.get("copy")).toBeNull();
    await redis.set(key, value.replace('"userId":"u1"', '"userId":"u2"'), "EX", 60);
    expect(await sessions.get(session.id)).toBeNull();
    const later = Date.now() + 1e9;
    const forged = value.replace(/"expiresAt":\d+,"endsAt":\d+/, `"expiresAt":${later},"endsAt":${later}`);
    await redis.set(key, forged, "EX", 60);
    const { absoluteExpiresAt } = session;
    expect(await sessions.get(session.id)).toEqual({ ...session, expiresAt: absoluteExpiresAt });
    await redis.set(key, value, "EX", 60);
    expect(await sessions.get(session.id)).toEqual(session);
    await sessions.deleteAll("u1");
    await redis.del(keyOf("copy"));
  });

  test("a secret is replaced without signing anybody out: what was sealed opens, what is written is sealed by the first", async () => {
    const session = await signIn();
    const both = open(seal([second, first]));
    expect(await both.get(session.id)).toEqual(session);
    expect(await open(seal(second)).get(session.id), "too early").toBeNull();
    const newer = await signIn(both);
    expect(await open(seal(second)).get(newer.id)).toEqual(newer);
    expect(await open().get(newer.id), "a process that doesn't know the new secret").toBeNull();
    for (const change of [
      () => both.update(session.id, ({ data }) => ({ data })),
      () => both.rotate(newer.id),
      () => both.touch(session.id),
    ]) {
      expect(await change()).not.toBeNull();
    }
    const after = open(seal(second));
    expect(await after.get(session.id), "what was written since").not.toBeNull();
    expect(await after.count("u1")).toBe(2);
    expect(await after.deleteAll("u1")).toBe(2);
  });

  test("observers are told an unknown key from a forgery, and neither is a session", async () => {
    const session = await signIn(open(seal(first), { hashIds: false }));
    const incidents: Incident[] = [];
    const observe = { incident: (incident: Incident) => incidents.push(incident) };
    const watched = (secret: string) => open(seal(secret), { hashIds: false, observe });
    expect(await watched(second).get(session.id)).toBeNull();
    expect(incidents).toEqual([{ kind: "unseal", outcome: "unknown-key" }]);
    const key = keyOf(session.id);
    const value = (await redis.get(key)) ?? "";
    await redis.set(key, value.replace(/..""?\}$/, 'AA"}'), "EX", 60);
    expect(await watched(first).get(session.id)).toBeNull();
    expect(incidents.slice(1)).toEqual([{ kind: "unseal", outcome: "refused" }]);
    expect(JSON.stringify(incidents)).not.toContain(session.id);
    await open(seal(first), { hashIds: false }).deleteAll("u1");
  });
});

test("a sealed record is a third longer, and 240 characters", async () => {
  const codec = seal(first);
  const context = { storedId: `~${"x".repeat(32)}`, userId: randomUUID() };
  for (const length of [0, 300, 3000]) {
    const text = JSON.stringify({ text: "x".repeat(length) });
    const more = (await codec.seal(text, context)).length - (text.length * 4) / 3;
    expect(more).toBeGreaterThan(200);
    expect(more).toBeLessThan(280);
  }
});
