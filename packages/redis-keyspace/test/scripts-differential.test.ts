// Every script, in a state and with arguments that nobody thought of: memory does what Redis does.
import fc from "fast-check";
import type { Script } from "redis-keyspace/driver";
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

  const { remembers, checks } = script;
  const variant = script.variant({ remembering: remembers, checking: checks });
  const forms: [string, Script, number][] = [["answers and leaves", script, 50]];
  if (remembers || checks) forms.push(["with what stands around it, and repeated, answers and leaves", variant, 20]);

  test.each(forms)("%s the same in memory as in Redis", async (_, sent, numRuns) => {
    const operation = remembers && sent === variant ? { key: ["<p>operation"], lifetime: ["100000"] } : undefined;
    await fc.assert(
      fc.asyncProperty(inputs(script), async ({ state, keys, args }) => {
        const { real, memory } = await both.run((prefix, now) => {
          const text = (template: string) => resolve(template, prefix, now);
          const run = {
            script: sent,
            keys: [...keys, ...(operation?.key ?? [])].map(text),
            args: [...args, ...(operation?.lifetime ?? [])].map(text),
          };
          return [...state.map((command) => ({ command: command.map(text) })), run, ...(operation ? [run] : [])];
        });
        const [answer, expected] = [memory, real].map(({ replies }) => {
          const reply = replies.at(-1);
          return unordered && Array.isArray(reply) ? reply.flatMap(ids).sort() : reply;
        });
        if (!alike(answer, expected)) expect(answer).toEqual(expected);
        if (!alike(memory.keyspace, real.keyspace)) expect(memory.keyspace).toEqual(real.keyspace);
      }),
      { numRuns },
    );
  });
});
