import type { Driver } from "../redis/driver.js";
import { hashSlot } from "../redis/key-slot.js";
import { type Bytes, toBytes, toText } from "./bytes.js";
import { execute, fromScript } from "./commands.js";
import { MemoryKeyspace } from "./keyspace.js";
import { LuaEngine } from "./lua.js";
import { type Reply, ReplyError, Status } from "./reply.js";

/** What a command answers; `null` for a nil, a `ReplyError` for an error inside an array. */
export type MemoryReply = string | number | null | Error | readonly MemoryReply[];

export interface MemoryDriver extends Driver {
  /**
   * Carries out one command, for a look behind the store: `call("ZRANGE", key, 0, -1, "WITHSCORES")`. It knows those
   * commands that the scripts use.
   *
   * @throws Redis's error replies, as errors.
   */
  call(name: string, ...args: readonly (string | number)[]): MemoryReply;
}

/**
 * Sessions in this process's memory: the scripts are the ones that run in Redis, over as much of its data model as they
 * use. For tests, and for trying things without a server. Everything is gone when the process ends, and no other process
 * sees it. Needs the package `fengari`, which runs the Lua.
 *
 * @param options `cluster`: behave as a Cluster, where a script's keys must share a slot. Default: false.
 */
export function memoryDriver(options: { readonly cluster?: boolean } = {}): MemoryDriver {
  const cluster = options.cluster ?? false;
  const keyspace = new MemoryKeyspace();
  const lua = new LuaEngine((name, args) => execute(keyspace, name, args, fromScript));

  const now = <Result>(run: () => Result): Result => {
    keyspace.now = Date.now();
    return run();
  };
  return {
    name: "memory",
    cluster,
    keyPrefix: "",
    timeoutMs: undefined,
    coalesceReads: false,
    call: (name, ...args) => now(() => answer(() => execute(keyspace, toBytes(name), args.map(String).map(toBytes)))),
    get: async (key) => now(() => text(keyspace.string(toBytes(key)))),
    // A key of another type is no error here, as with MGET.
    getMany: async (keys) =>
      now(() => keys.map(toBytes).map((key) => (keyspace.type(key) === "string" ? text(keyspace.string(key)) : null))),
    async run(script, keys, args) {
      if (cluster && new Set(keys.map(hashSlot)).size > 1) {
        throw new ReplyError("CROSSSLOT Keys in request don't hash to the same slot");
      }
      return now(() => answer(() => lua.run(script.source, keys.map(toBytes), args.map(toBytes))));
    },
    async *scan(pattern) {
      // Patterns are an escaped prefix and a star.
      const prefix = toBytes(pattern.slice(0, -1).replace(/\\(.)/gs, "$1"));
      yield now(() => keyspace.keys().filter((key) => key.startsWith(prefix))).map(toText);
    },
  };
}

function text(value: Bytes | undefined): string | null {
  return value === undefined ? null : toText(value);
}

function answer(run: () => Reply): MemoryReply {
  try {
    return fromReply(run());
  } catch (error) {
    throw error instanceof ReplyError ? new ReplyError(toText(error.message)) : error;
  }
}

function fromReply(reply: Reply): MemoryReply {
  if (reply === null || typeof reply === "number") return reply;
  if (typeof reply === "string") return toText(reply);
  if (reply instanceof Status) return toText(reply.text);
  return reply instanceof ReplyError ? new ReplyError(toText(reply.message)) : reply.map(fromReply);
}
