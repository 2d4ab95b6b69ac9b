import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { startWorker } from "@redis-keyspace/scripts/workerd";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { afterAll, describe, expect, test } from "vitest";
import { sharedRedis } from "./targets.js";

// K14: core and Upstash driver on the runtime of Cloudflare Workers, as an application bundles them.

const module = fileURLToPath(new URL("workers/sessions.ts", import.meta.url));
const endpoint = await startUpstashLocal({ redis: sharedRedis(), port: 0, latencyMs: 5 });
afterAll(() => endpoint.close());

describe.each([
  ["without anything of Node", [], "undefined", {}],
  ["without anything of Node, sealed", [], "undefined", { SECRET: randomBytes(32).toString("base64") }],
  ["with Node's compatibility", ["nodejs_compat"], "object", {}],
])("workerd %s", async (_, compatibilityFlags, process, sealing) => {
  const PREFIX = `${crypto.randomUUID()}:`;
  const bindings = { UPSTASH_URL: endpoint.url, UPSTASH_TOKEN: endpoint.token, PREFIX, ...sealing };
  const worker = await startWorker(module, { bindings, compatibilityFlags, conditions: ["redis-keyspace-source"] });
  afterAll(() => worker.stop());

  const ask = async (path: string, signal?: AbortSignal): Promise<unknown> => {
    const answer = await fetch(`${worker.url}${path}`, signal === undefined ? {} : { signal });
    expect(answer.status).toBe(200);
    return await answer.json();
  };

  test("every operation", async () => {
    expect(await ask("/story")).toEqual({
      read: 1,
      updated: 11,
      touched: true,
      rotated: 11,
      listed: [11, 2],
      all: [11, 2],
      deleted: 2,
      left: 1,
      gone: null,
      process,
    });
  });

  test("many visitors at once get their own answers", async () => {
    const { id } = (await ask("/create")) as { id: string };
    const expected = { touched: true, read: [1, null, 1, 1] };
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(`/?id=${id}`)));
    expect(answers).toEqual(answers.map(() => expected));
  });

  test("visitors who go away leave nobody waiting", async () => {
    const { id } = (await ask("/create")) as { id: string };
    const expected = { touched: true, read: [1, null, 1, 1] };
    for (let round = 0; round < 5; round++) {
      const leaving = Array.from({ length: 20 }, (__, i) =>
        ask(`/?id=${id}`, AbortSignal.timeout(i)).then(
          () => "answered",
          () => "left",
        ),
      );
      const staying = Array.from({ length: 20 }, () => ask(`/?id=${id}`, AbortSignal.timeout(10_000)));
      expect(await Promise.all(staying)).toEqual(staying.map(() => expected));
      await Promise.all(leaving);
    }
    expect(await ask(`/?id=${id}`)).toEqual(expected);
  });
});
