import { fileURLToPath } from "node:url";
import { startWorker } from "@redis-keyspace/scripts/workerd";
import { expect, inject, test } from "vitest";
import { inspect, keysUnder, uniquePrefix, upstash } from "./support/clients.js";

const redis = inspect();

test("adapter, Upstash driver and core run on workerd without Node compatibility", async () => {
  const { server } = await upstash(inject("redisUrl"));
  const prefix = uniquePrefix();
  const worker = await startWorker(fileURLToPath(new URL("workers/sign-in.ts", import.meta.url)), {
    conditions: ["dev-source"],
    bindings: { UPSTASH_URL: server.url, UPSTASH_TOKEN: server.token, PREFIX: prefix },
  });
  try {
    const answer = await fetch(worker.url);
    expect(await answer.json()).toMatchObject({
      taken: 1,
      signedIn: { email: "ada@example.org", emailVerified: expect.any(String) },
      current: [true],
      after: null,
    });
    expect(await keysUnder(redis, prefix)).toEqual([]);
  } finally {
    await worker.stop();
    await server.close();
  }
});
