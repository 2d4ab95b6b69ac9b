import { fileURLToPath } from "node:url";
import { bundleForEdge, startWorker } from "@redis-keyspace/scripts/workerd";
import { getModuleContext } from "next/dist/server/web/sandbox/context.js";
import { expect, inject, test } from "vitest";
import { inspect, keysUnder, uniquePrefix, upstash } from "./support/clients.js";
import type { Bindings } from "./workers/sign-in.js";

const redis = inspect();
const module = fileURLToPath(new URL("workers/sign-in.ts", import.meta.url));
const conditions = ["redis-keyspace-source"];

const signedIn = {
  taken: 1,
  signedIn: { email: "ada@example.org", emailVerified: expect.any(String) },
  current: [true],
  after: null,
};

async function withUpstash(run: (bindings: Bindings) => Promise<unknown>): Promise<void> {
  const { server } = await upstash(inject("redisUrl"));
  const PREFIX = uniquePrefix();
  try {
    const bindings = { UPSTASH_URL: server.url, UPSTASH_TOKEN: server.token, PREFIX };
    expect(await run(bindings)).toMatchObject(signedIn);
    expect(await keysUnder(redis, PREFIX)).toEqual([]);
  } finally {
    await server.close();
  }
}

test("adapter, Upstash driver and core run on workerd without Node compatibility", async () => {
  await withUpstash(async (bindings) => {
    const worker = await startWorker(module, { conditions, bindings: { ...bindings } });
    try {
      return await (await fetch(worker.url)).json();
    } finally {
      await worker.stop();
    }
  });
});

test("and in Next.js's edge runtime, where Node's functions are there and throw", async () => {
  await withUpstash(async (bindings) => {
    const { runtime } = await getModuleContext({
      ...{ moduleName: "sign-in", distDir: "", useCache: false, edgeFunctionEntry: { assets: [], wasm: [], env: {} } },
      onError: (error) => expect.unreachable(String(error)),
      onWarning: (warning) => expect.unreachable(String(warning)),
    });
    expect(() => runtime.evaluate("process.nextTick(() => {})")).toThrow(/not supported in the Edge Runtime/);
    runtime.evaluate(await bundleForEdge(module, { conditions, name: "worker" }));
    const answer: Response = await runtime.evaluate(`worker.default.fetch(null, ${JSON.stringify(bindings)})`);
    return await answer.json();
  });
});
