import { fileURLToPath } from "node:url";
import { startWorker } from "@redis-keyspace/scripts/workerd";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { afterAll, expect, inject, test } from "vitest";
import { unique } from "./support/clients.js";
import { newSecret } from "./support/secrets.js";

// K14: on the runtime of Cloudflare Workers, as an application bundles it.

const module = fileURLToPath(new URL("workers/sveltekit.ts", import.meta.url));
const endpoint = await startUpstashLocal({ redis: inject("redisUrl"), port: 0 });
afterAll(() => endpoint.close());

test.each([
  ["without anything of Node", [], "undefined"],
  ["with Node's compatibility", ["nodejs_compat"], "object"],
])("workerd %s", async (_, compatibilityFlags, process) => {
  const bindings = {
    UPSTASH_URL: endpoint.url,
    UPSTASH_TOKEN: endpoint.token,
    SECRET: newSecret(),
    PREFIX: `${unique()}:`,
  };
  const worker = await startWorker(module, { bindings, compatibilityFlags, conditions: ["redis-keyspace-source"] });
  try {
    const answer = await fetch(worker.url);
    expect(answer.status).toBe(200);
    const store = { codes: ["ok", "ok", "ok", "ok"], data: { n: 2 }, listed: [{ n: 2 }], left: [] };
    expect(await answer.json()).toEqual({
      signed: store,
      encrypted: store,
      hook: { updated: { n: 2 }, devices: [[{ n: 2 }, true]], ended: 1, left: [] },
      process,
    });
  } finally {
    await worker.stop();
  }
});
