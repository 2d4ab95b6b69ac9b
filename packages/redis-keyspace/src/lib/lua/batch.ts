import type { Script } from "../redis/driver.js";
import { KeyspaceError } from "../redis/errors.js";

// Several scripts as one: each is a function with keys and arguments of its own, and what it says is one of the answers.
//
// The plan has three characters for each call: which script, how many keys, how many arguments, counted from the space.

/** How many keys or arguments a call has at most: some servers take no more than 3,999 arguments. */
export const MAX_PLANNED = 60;

export interface Call {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

/** What a call of a batch came to. */
export type CallAnswer = { readonly reply: unknown } | { readonly error: Error };

/** A script of several, and where each of them stands in it. */
interface Batch {
  readonly script: Script;
  readonly places: ReadonlyMap<Script, number>;
}

const batches = new Map<string, Batch>();
const numbers = new WeakMap<Script, number>();
let known = 0;

/** The calls as one script, in their order. */
export function toBatch(calls: readonly Call[]): Call {
  const { script, places } = batchOf(new Set(calls.map((call) => call.script)));
  let plan = "";
  const keys: string[] = [];
  const args = [plan];
  for (const call of calls) {
    plan += String.fromCharCode(32 + (places.get(call.script) ?? 0), 32 + call.keys.length, 32 + call.args.length);
    keys.push(...call.keys);
    args.push(...call.args);
  }
  args[0] = plan;
  return { script, keys, args };
}

/** The first element says which calls have failed; their answers are messages. */
export function answersOf(reply: unknown, calls: number): CallAnswer[] {
  if (!Array.isArray(reply) || reply.length !== calls + 1 || typeof reply[0] !== "string") {
    throw new KeyspaceError("ERR_REDIS_REPLY", "the scripts of one turn have no such answer");
  }
  const [failed, ...answers] = reply as [string, ...unknown[]];
  const failures = new Set(failed.split(","));
  return answers.map((reply, i) => (failures.has(String(i + 1)) ? { error: new Error(String(reply)) } : { reply }));
}

function batchOf(scripts: ReadonlySet<Script>): Batch {
  const name = Array.from(scripts, numberOf).sort().join();
  const before = batches.get(name);
  if (before !== undefined) return before;
  // In one order in every process, so that a server knows one script and not one for each order.
  const sorted = [...scripts].sort((one, other) => (one.source < other.source ? -1 : 1));
  const places = new Map(sorted.map((script, i) => [script, i]));
  const batch = { script: { name: "batch", source: sourceOf(sorted) }, places };
  batches.set(name, batch);
  return batch;
}

function numberOf(script: Script): number {
  const number = numbers.get(script) ?? known++;
  numbers.set(script, number);
  return number;
}

const DRAGONFLY = "--!df flags=allow-undeclared-keys\n";

function sourceOf(scripts: readonly Script[]): string {
  const first = scripts.some(({ source }) => source.startsWith(DRAGONFLY)) ? DRAGONFLY : "";
  const functions = scripts.map(({ source }) => `function(KEYS, ARGV)\n${source.replace(DRAGONFLY, "")}\nend`);
  return `${first}local functions = {
${functions.join(",\n")}
}
local plan, key, arg, answers, failed = ARGV[1], 0, 1, {}, {}
for at = 1, #plan, 3 do
  local which, keys, args = string.byte(plan, at, at + 2)
  keys, args = keys - 32, args - 32
  local done, answer = pcall(functions[which - 31], {unpack(KEYS, key + 1, key + keys)}, {unpack(ARGV, arg + 1, arg + args)})
  key, arg = key + keys, arg + args
  if done and type(answer) == 'table' and answer.err then done = false end
  if not done then
    failed[#failed + 1] = #answers + 1
    answer = type(answer) == 'table' and answer.err or tostring(answer)
  end
  answers[#answers + 1] = answer or false
end
return {table.concat(failed, ','), unpack(answers)}`;
}
