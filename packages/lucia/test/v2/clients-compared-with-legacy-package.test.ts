// The clients that the replaced package does not take, or takes and answers in another shape.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  ioredis as legacy,
  redis as legacyForNodeRedis,
  upstash as legacyForUpstash,
} from "@lucia-auth/adapter-session-redis";
import { startCluster } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Cluster } from "ioredis";
import { LuciaError } from "lucia-2";
import { createCluster } from "redis";
import { afterAll, describe, expect, inject, test } from "vitest";
import ours, { upstash } from "../../src/index.js";
import { both } from "../support/both.js";
import { inspect, uniquePrefixes } from "../support/clients.js";
import { luciaSession } from "../support/lucia-2.js";

const inspector = inspect();
const endpoint = await startUpstashLocal({ redis: inject("redisUrl"), port: 0 });
afterAll(() => endpoint.close());

describe.each([true, false])(
  "a session is an object, with automaticDeserialization: %s",
  (automaticDeserialization) => {
    const client = new Upstash({ url: endpoint.url, token: endpoint.token, automaticDeserialization });
    // It was written for an earlier 1.x, whose class is not this one to TypeScript.
    const old = client as unknown as Parameters<typeof legacyForUpstash>[0];

    test(`legacy: it is ${automaticDeserialization ? "one" : "a string"}`, async () => {
      const { adapter, prefixes } = both(inspector).theirs;
      const session = luciaSession();
      await adapter.setSession(session);
      const found: unknown = await legacyForUpstash(old, prefixes)(LuciaError).getSession(session.id);
      expect(found).toEqual(automaticDeserialization ? session : JSON.stringify(session));
    });

    test("ours: it is one", async () => {
      const prefixes = uniquePrefixes();
      const adapter = upstash(client, prefixes)(LuciaError);
      const session = luciaSession({ user_id: "12345" });
      await legacyForUpstash(old, prefixes)(LuciaError).setSession(session);
      expect(await adapter.getSession(session.id)).toEqual(session);
      expect(await adapter.getSessionsByUserId("12345")).toEqual([session]);
      const changed = { idle_expires: session.idle_expires + 1000 };
      await adapter.updateSession(session.id, changed);
      expect(await adapter.getSession(session.id)).toEqual({ ...session, ...changed });
      await adapter.deleteSessionsByUserId("12345");
      expect(await legacyForUpstash(old, prefixes)(LuciaError).getSession(session.id)).toBeNull();
    });
  },
);

describe("today's clients, and a Cluster", () => {
  test("legacy: only node-redis 4 and ioredis 5, and no Cluster in the types", () => {
    const require = createRequire(import.meta.url);
    const manifest: unknown = JSON.parse(
      readFileSync(
        require.resolve("@lucia-auth/adapter-session-redis").replace(/dist.index\.js$/, "package.json"),
        "utf8",
      ),
    );
    expect(manifest).toMatchObject({ peerDependencies: { redis: "^4.0.0", ioredis: "^5.0.0" } });
    // @ts-expect-error: a Cluster is no RedisClientType.
    legacyForNodeRedis(createCluster({ rootNodes: [] }));
    // @ts-expect-error: nor is it ioredis's Redis.
    legacy(new Cluster([], { lazyConnect: true }));
  });

  // The other majors and clients are in lucia-2.test.ts.
  test("ours: on a Cluster", async () => {
    const { rootNodes, nodes, stop } = await startCluster();
    const nodeRedis = createCluster({ rootNodes });
    const ioredis = new Cluster(nodes);
    try {
      await nodeRedis.connect();
      const adapters = [ours(nodeRedis)(LuciaError), ours(ioredis)(LuciaError)];
      for (const adapter of adapters) {
        const sessions = Array.from({ length: 20 }, () => luciaSession());
        await Promise.all(sessions.map((session) => adapter.setSession(session)));
        expect(new Set(await adapter.getSessionsByUserId("u1"))).toEqual(new Set(sessions));
        await adapter.deleteSessionsByUserId("u1");
        expect(await Promise.all(sessions.map(({ id }) => adapter.getSession(id)))).toEqual(Array(20).fill(null));
      }
    } finally {
      nodeRedis.destroy();
      ioredis.disconnect();
      await stop();
    }
  });
});
