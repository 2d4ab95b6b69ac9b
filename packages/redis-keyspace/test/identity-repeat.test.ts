// Every write of users, links, tokens and their sessions, carried out twice because its answer was lost.
import { randomBytes, randomUUID } from "node:crypto";
import { keysUnder } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import type { ValueCodec } from "redis-keyspace";
import { ioRedisDriver } from "redis-keyspace/driver";
import { createIdentityStore } from "redis-keyspace/identity";
import { seal } from "redis-keyspace/sealing";
import { afterAll, describe, expect, inject, test } from "vitest";
import { repeating } from "../src/lib/conformance/faults.js";
import { identityOperations, prepareIdentity } from "./identity-operations.js";
import { identityOptions } from "./identity-options.js";

const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.disconnect());

type Operation = (typeof identityOperations)[string];

/** What an operation answers and leaves, without the prefix, the times and sealed texts. */
async function outcome(operation: Operation, lossy: boolean, codec?: ValueCodec): Promise<unknown> {
  const prefix = `${randomUUID()}:`;
  const options = identityOptions(prefix, codec);
  await prepareIdentity(createIdentityStore(redis, options), redis, prefix);
  const driver = ioRedisDriver(redis);
  const answer = await operation(createIdentityStore(lossy ? repeating(driver) : driver, options));
  const keys = await keysUnder(redis, prefix);
  const held = await Promise.all(keys.map(async (key) => [key, (await redis.ttl(key)) > 0, await contentOf(key)]));
  const text = JSON.stringify({ answer, held }).replaceAll(prefix, "");
  return JSON.parse(text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time").replace(/(sealed\\":\\")[\w.-]+/g, "$1"));
}

/** Entries by name: whether two ends fall into one millisecond is chance. */
async function contentOf(key: string): Promise<unknown> {
  return (await redis.type(key)) === "string" ? await redis.get(key) : (await redis.zrange(key, "0", "-1")).sort();
}

describe("done once, and the same answer", () => {
  test.each(Object.entries(identityOperations))("%s", async (_, operation) => {
    expect(await outcome(operation, true)).toEqual(await outcome(operation, false));
  });

  test.each(Object.entries(identityOperations))("sealed: %s", async (_, operation) => {
    const codec = seal(randomBytes(32).toString("base64"));
    const [once, twice] = [await outcome(operation, false, codec), await outcome(operation, true, codec)];
    expect(JSON.stringify(once)).toContain("sealed");
    expect(twice).toEqual(once);
  });
});

describe("what others write in between stays", () => {
  async function open(between: (store: ReturnType<typeof createIdentityStore<"cards", never>>) => Promise<unknown>) {
    const prefix = `${randomUUID()}:`;
    const options = identityOptions(prefix) as never;
    const healthy = createIdentityStore<"cards", never>(redis, options);
    await prepareIdentity(healthy as never, redis, prefix);
    const driver = repeating(ioRedisDriver(redis), undefined, () => between(healthy));
    return { healthy, lossy: createIdentityStore<"cards", never>(driver, options) };
  }

  test("a token that was used meanwhile is not there again", async () => {
    const { healthy, lossy } = await open(({ tokens }) => tokens.take("eve@example.org", "t"));
    await lossy.tokens.create({ identifier: "eve@example.org", token: "t", expires: new Date(Date.now() + 60_000) });
    expect(await healthy.tokens.take("eve@example.org", "t")).toBeNull();
  });

  test("a later change of a user, a link and a session wins", async () => {
    const { healthy, lossy } = await open(async ({ users, links, sessions }) => {
      await users.patch("ada", { name: "later" });
      await links.cards.patch({ number: "1" }, { color: "later" });
      await sessions.patch("a", { page: "later" });
    });
    await lossy.users.patch("ada", { name: "earlier" });
    await lossy.links.cards.patch({ number: "1" }, { color: "earlier" });
    await lossy.sessions.patch("a", { page: "earlier" });
    expect(await healthy.users.get("ada")).toMatchObject({ name: "later" });
    expect(await healthy.links.cards.get({ number: "1" })).toMatchObject({ color: "later" });
    expect(await healthy.sessions.get("a")).toMatchObject({ page: "later" });
  });
});
