import type { Bytes } from "../bytes.js";
import type { MemoryKeyspace } from "../keyspace.js";
import { ReplyError, Status } from "../reply.js";
import { integer } from "./arguments.js";
import type { Command, Commands } from "./command.js";

const remove: Command = {
  arity: -2,
  run: (keyspace, ...keys) => keys.filter((key) => keyspace.delete(key)).length,
};

export const keys: Commands = {
  EXISTS: { arity: -2, run: (keyspace, ...keys) => keys.filter((key) => keyspace.has(key)).length },
  TYPE: { arity: 2, run: (keyspace, key: Bytes) => new Status(keyspace.type(key)) },
  DEL: remove,
  UNLINK: remove,

  PTTL: {
    arity: 2,
    run(keyspace, key: Bytes) {
      const expiresAt = keyspace.expiresAt(key);
      if (expiresAt === undefined) return -2;
      return expiresAt === Number.POSITIVE_INFINITY ? -1 : expiresAt - keyspace.now;
    },
  },

  PEXPIRE: {
    arity: -3,
    run: (keyspace, key: Bytes, ms: Bytes, ...options) =>
      expire(keyspace, key, options, () => until("pexpire", integer(ms) + keyspace.now)),
  },

  PEXPIREAT: {
    arity: -3,
    run: (keyspace, key: Bytes, ms: Bytes, ...options) =>
      expire(keyspace, key, options, () => until("pexpireat", integer(ms))),
  },

  TIME: {
    arity: 1,
    run: ({ now }) => [String(Math.floor(now / 1000)), String((now % 1000) * 1000)],
  },
};

function until(command: string, ms: number): number {
  if (ms >= 2 ** 63) throw new ReplyError(`ERR invalid expire time in '${command}' command`);
  return ms;
}

function expire(keyspace: MemoryKeyspace, key: Bytes, words: readonly Bytes[], deadline: () => number): number {
  const conditions = new Set(words.map(condition));
  if (conditions.has("NX") && conditions.size > 1) {
    throw new ReplyError("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (conditions.has("GT") && conditions.has("LT")) {
    throw new ReplyError("ERR GT and LT options at the same time are not compatible");
  }
  const at = deadline();
  const current = keyspace.expiresAt(key);
  if (current === undefined) return 0;
  const expires = current !== Number.POSITIVE_INFINITY;
  if (conditions.has("NX") && expires) return 0;
  if (conditions.has("XX") && !expires) return 0;
  if (conditions.has("GT") && at <= current) return 0;
  if (conditions.has("LT") && at >= current) return 0;
  keyspace.expire(key, at);
  return 1;
}

function condition(word: Bytes): string {
  const option = word.toUpperCase();
  if (!["NX", "XX", "GT", "LT"].includes(option)) throw new ReplyError(`ERR Unsupported option ${word}`);
  return option;
}
