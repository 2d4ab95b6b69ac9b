// The whole command surface of @upstash/redis, old and new, with the response encoding on and off.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "@upstash/redis";
import { Redis as Redis120 } from "@upstash/redis-1.20";
import { afterAll, describe, expect, test } from "vitest";
import { startUpstashLocal } from "../src/index.js";
import { calls, notCommands, testedElsewhere, unsupported } from "./support/surface.js";

// A Redis of its own, because the surface includes FLUSHALL.
const redis = await startRedis();
const version = /redis_version:(\d+\.\d+)/.exec(String(await redis.command("INFO", "server")))?.[1] ?? "0";
const local = await startUpstashLocal({ redis: redis.url, port: 0 });
afterAll(async () => {
  await local.close();
  await redis.stop();
});

const at = { url: local.url, token: local.token };
const old = (responseEncoding: false | "base64"): Redis =>
  new Redis120({ ...at, responseEncoding }) as unknown as Redis;
const clients: [string, Redis][] = [
  ["1.39, base64", new Redis(at)],
  ["1.39, no encoding", new Redis({ ...at, responseEncoding: false })],
  ["1.39, no auto-pipelining", new Redis({ ...at, enableAutoPipelining: false })],
  ["1.20, base64", old("base64")],
  ["1.20, no encoding", old(false)],
];

describe.each(clients)("@upstash/redis %s", (_, client) => {
  const names = members(client);

  test("every method is in a table", () => {
    const elsewhere = Object.values(unsupported).flatMap((group) => Object.keys(group));
    const known = new Set([...Object.keys(calls), ...Object.keys(testedElsewhere), ...elsewhere]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(115);
  });

  test.each(names.filter((name) => name in calls))("%s", async (name) => {
    const { run, answer, needs } = calls[name] as (typeof calls)[string];
    const outcome = run(client, `surface:${name}:${crypto.randomUUID()}`);
    if (needs === undefined || atLeast(version, needs.slice("Redis ".length))) {
      expect(await outcome).toEqual(answer);
    } else {
      // In a pipeline, some methods of the client stumble over the missing result before they see the error.
      await expect(outcome).rejects.toThrow(/unknown (sub)?command|properties of undefined/i);
    }
  });
});

test.each(Object.entries(unsupported))(
  "needs %s: Redis is asked, and says that it does not know the command",
  async (_, group) => {
    const client = new Redis(at);
    for (const command of Object.values(group)) {
      const before = local.commands;
      const outcome = await client.exec([command as "GET", "surface:unsupported", "0"]).catch(String);
      expect(local.commands, command).toBe(before + 1);
      if (!command.startsWith("JSON.")) expect(outcome, command).toMatch(/unknown command/);
    }
  },
);

/** Names of what can be called, those of namespaces with a dot. */
function members(client: Redis): string[] {
  const found = new Set<string>();
  for (let at: object | null = client; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (!notCommands.has(name)) found.add(name);
  }
  const nested = (prefix: string, value: unknown): void => {
    if (typeof value === "function") found.add(prefix);
    else for (const [name, inner] of Object.entries(value ?? {})) nested(`${prefix}.${name}`, inner);
  };
  for (const space of ["json", "functions", "search", "vector"] as const)
    if (space in client) nested(space, client[space]);
  return [...found].sort();
}

function atLeast(actual: string, wanted: string): boolean {
  const [major = 0, minor = 0] = actual.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
