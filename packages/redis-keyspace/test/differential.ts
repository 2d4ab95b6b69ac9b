// The same on a real Redis and on memory: what both answer and what both hold, side by side.
import { type ChainableCommander, Redis } from "ioredis";
import type { Script } from "redis-keyspace/driver";
import { type MemoryDriver, memoryDriver } from "redis-keyspace/memory";
import { vi } from "vitest";

/** What a step sends. */
export type Step =
  | { readonly command: readonly string[] }
  | { readonly script: Script; readonly keys: readonly string[]; readonly args: readonly string[] };

export interface Outcome {
  /** What each step answers; an error as its text. */
  readonly replies: readonly unknown[];
  /** Each key, its type, when it ends, and what it holds. */
  readonly keyspace: unknown;
}

const dump = `
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local found = {}
for i, key in ipairs(ARGV) do
  local kind, ttl = redis.call('TYPE', key).ok, redis.call('PTTL', key)
  local value
  if kind == 'string' then value = redis.call('GET', key) end
  if kind == 'zset' then value = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
  if kind == 'set' then value = redis.call('SMEMBERS', key) end
  found[i] = {key, kind, ttl < 0 and ttl or string.format('%.0f', now + ttl), value}
end
return found`;

/** A Redis and a memory, which do the same at the same time. */
export class SideBySide {
  readonly #redis: Redis;
  readonly #memory = memoryDriver();
  readonly #prefix = `differential:${crypto.randomUUID()}:`;
  #runs = 0;

  /** @param database One that holds little else: its keys are looked through. */
  constructor(url: string, database: number) {
    this.#redis = new Redis(url, { db: database, protocol: 2 });
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** @param steps Made for the prefix of a run and for the time at which it begins. */
  async run(steps: (prefix: string, now: number) => readonly Step[]): Promise<{ real: Outcome; memory: Outcome }> {
    const prefix = `${this.#prefix}${this.#runs++}:`;
    const all = steps(prefix, Date.now());
    const pipeline = this.#redis.pipeline().time();
    for (const step of all) send(pipeline, step);
    const [time, ...answers] = (await pipeline.keys(`${prefix}*`).exec()) ?? [];
    const keys = ((answers.pop()?.[1] ?? []) as string[]).sort();
    const real = await this.#redis.eval(dump, 0, ...keys);
    await this.#redis.unlink("none", ...keys);

    const [seconds, micros] = (time?.[1] ?? []) as string[];
    const clock = vi.spyOn(Date, "now").mockReturnValue(Number(seconds) * 1000 + Math.floor(Number(micros) / 1000));
    try {
      const replies: unknown[] = [];
      for (const step of all) replies.push(await outcome(() => carryOut(this.#memory, step)));
      const held: string[] = [];
      for await (const page of this.#memory.scan(`${prefix}*`)) held.push(...page);
      const memory = await this.#memory.run({ name: "dump", source: dump }, [], held.sort());
      this.#memory.call("UNLINK", "none", ...held);
      return {
        real: { replies: answers.map(([error, reply]) => plain(error ?? reply)), keyspace: ordered(real) },
        memory: { replies, keyspace: ordered(memory) },
      };
    } finally {
      clock.mockRestore();
    }
  }
}

/** Sets have no order. */
function ordered(keyspace: unknown): unknown {
  if (!Array.isArray(keyspace)) return keyspace;
  return keyspace.map(([key, kind, ends, value]) => [key, kind, ends, kind === "set" ? value.sort() : value]);
}

function send(pipeline: ChainableCommander, step: Step): void {
  if ("command" in step) {
    const [name = "", ...args] = step.command;
    pipeline.call(name, ...args);
  } else {
    pipeline.eval(step.script.source, step.keys.length, ...step.keys, ...step.args);
  }
}

async function carryOut(driver: MemoryDriver, step: Step): Promise<unknown> {
  if (!("command" in step)) return await driver.run(step.script, step.keys, step.args);
  const [name = "", ...args] = step.command;
  return driver.call(name, ...args);
}

async function outcome(answer: () => Promise<unknown>): Promise<unknown> {
  try {
    return plain(await answer());
  } catch (error) {
    return plain(error);
  }
}

/** Redis says where in a script an error came up, and Lua 5.1 puts errors of its own into other words than 5.3. */
function plain(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(plain);
  if (!(reply instanceof Error)) return reply;
  return {
    error: inRedisWords(reply.message)
      .replace(/ script: (\w+, )?on @user_script:\d+\.$/, "")
      .replace(/(user_script:\d+:).*/s, "$1"),
  };
}

/** Valkey 9 puts some errors into other words. */
export function inRedisWords(text: string): string {
  return text
    .replace(/(Unknown|calling) command (called )?from script/, "$1 Redis command $2from script")
    .replace("ERR Command arguments must", "ERR Lua redis lib command arguments must");
}

/** The same, but for times: Redis's clock goes on while memory's stands still. */
export function alike(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((part, i) => alike(part, right[i]));
  }
  if (typeof left === "object" && typeof right === "object" && left !== null && right !== null) {
    return alike(Object.entries(left).flat(), Object.entries(right).flat());
  }
  if (typeof left !== typeof right) return false;
  const [one, other] = [parts(left), parts(right)];
  return (
    one.length === other.length && one.every((part, i) => part === other[i] || near(Number(part), Number(other[i])))
  );
}

function parts(value: unknown): string[] {
  return String(value).split(/(\d+)/);
}

function near(left: number, right: number): boolean {
  return Math.min(left, right) > 10_000 && Math.abs(left - right) < 2_000;
}
