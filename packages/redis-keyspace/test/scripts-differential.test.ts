// Every script, in a state and with arguments that nobody thought of: memory does what Redis does.
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { allScripts } from "./all-scripts.js";
import { alike, SideBySide } from "./differential.js";
import { inputs, resolve } from "./script-inputs.js";
import "./seed.js";
import { sharedRedis } from "./targets.js";

const both = new SideBySide(sharedRedis(), 7);
afterAll(() => both.close());

/** What a text holds, if it is packed ids. */
function ids(text: unknown): unknown[] {
  return typeof text === "string" && text.startsWith("[") ? JSON.parse(text) : [text];
}

describe.each(allScripts.map((script) => [script.name, script] as const))("the script %s", (_, script) => {
  const unordered = script.source.includes("SMEMBERS");

  test("answers and leaves the same in memory as in Redis", async () => {
    await fc.assert(
      fc.asyncProperty(inputs(script), async ({ state, keys, args }) => {
        const { real, memory } = await both.run((prefix, now) => {
          const text = (template: string) => resolve(template, prefix, now);
          return [
            ...state.map((command) => ({ command: command.map(text) })),
            { script, keys: keys.map(text), args: args.map(text) },
          ];
        });
        const [answer, expected] = [memory, real].map(({ replies }) => {
          const reply = replies.at(-1);
          return unordered && Array.isArray(reply) ? reply.flatMap(ids).sort() : reply;
        });
        if (!alike(answer, expected)) expect(answer).toEqual(expected);
        if (!alike(memory.keyspace, real.keyspace)) expect(memory.keyspace).toEqual(real.keyspace);
      }),
      { numRuns: 50 },
    );
  });
});
