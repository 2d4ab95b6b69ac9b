import { randomUUID } from "node:crypto";
import { startProxy } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { isOperationKey } from "redis-keyspace/adapter";
import { afterAll, inject, onTestFinished } from "vitest";

/** A client of the shared Redis, until the tests of the file have ended. */
export function sharedClient(): Redis {
  const client = new Redis(sharedUrl());
  afterAll(() => client.disconnect());
  return client;
}

export function sharedUrl(): string {
  return inject("redisUrl");
}

/** The address of the shared Redis through this process, which what runs there cannot outrun. */
export async function proxiedUrl(): Promise<string> {
  const { hostname, port } = new URL(sharedUrl());
  const { url, stop } = await startProxy({ host: hostname, port: Number(port) });
  onTestFinished(stop);
  return url;
}

/** What no other test's keys start with. */
export function unique(): string {
  return `cli-${randomUUID()}:`;
}

/** All keys under a prefix, but for those that end by themselves in ten seconds: what operations have done. */
export async function keysUnder(client: Redis, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const keys of client.scanStream({ match: `*${prefix}*`, count: 1000 })) found.push(...(keys as string[]));
  return found.filter((key) => !isOperationKey(key)).sort();
}
