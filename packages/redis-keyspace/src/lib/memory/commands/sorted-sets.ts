import type { Bytes } from "../bytes.js";
import type { MemoryKeyspace } from "../keyspace.js";
import { formatNumber } from "../numbers.js";
import { type Reply, ReplyError } from "../reply.js";
import type { Scored } from "../sorted-set.js";
import { bound, integer, score, syntaxError } from "./arguments.js";
import type { Commands } from "./command.js";

export const sortedSets: Commands = {
  ZADD: { arity: -4, run: add },

  ZREM: {
    arity: -3,
    run: (keyspace, key: Bytes, ...members) => leave(keyspace, key, members),
  },

  ZSCORE: {
    arity: 3,
    run(keyspace, key: Bytes, member: Bytes) {
      const found = keyspace.sortedSet(key)?.score(member);
      return found === undefined ? null : formatNumber(found);
    },
  },

  ZCARD: { arity: 2, run: (keyspace, key: Bytes) => keyspace.sortedSet(key)?.size ?? 0 },

  ZCOUNT: {
    arity: 4,
    run: (keyspace, key: Bytes, min: Bytes, max: Bytes) => within(keyspace, key, min, max).length,
  },

  ZREMRANGEBYSCORE: {
    arity: 4,
    run(keyspace, key: Bytes, min: Bytes, max: Bytes) {
      const members = within(keyspace, key, min, max).map(([member]) => member);
      return leave(keyspace, key, members);
    },
  },

  ZRANGE: {
    arity: -4,
    run: (keyspace, key: Bytes, first: Bytes, last: Bytes, ...options) =>
      range(keyspace, key, [first, last], rangeOptions(options, { BYSCORE: true, REV: true })),
  },

  ZREVRANGE: {
    arity: -4,
    run: (keyspace, key: Bytes, first: Bytes, last: Bytes, ...options) =>
      range(keyspace, key, [first, last], { ...rangeOptions(options, {}), reverse: true }),
  },

  ZRANGEBYSCORE: {
    arity: -4,
    run: (keyspace, key: Bytes, min: Bytes, max: Bytes, ...options) =>
      range(keyspace, key, [min, max], { ...rangeOptions(options, {}), byScore: true }),
  },

  ZREVRANGEBYSCORE: {
    arity: -4,
    run: (keyspace, key: Bytes, max: Bytes, min: Bytes, ...options) =>
      range(keyspace, key, [max, min], { ...rangeOptions(options, {}), byScore: true, reverse: true }),
  },
};

function leave(keyspace: MemoryKeyspace, key: Bytes, members: readonly Bytes[]): number {
  const sortedSet = keyspace.sortedSet(key);
  const left = members.filter((member) => sortedSet?.leave(member)).length;
  keyspace.deleteIfEmpty(key);
  return left;
}

function within(keyspace: MemoryKeyspace, key: Bytes, min: Bytes, max: Bytes): Scored[] {
  const [from, to] = [bound(min), bound(max)];
  return keyspace.sortedSet(key)?.within(from, to) ?? [];
}

function add(keyspace: MemoryKeyspace, key: Bytes, ...words: Bytes[]): number {
  const start = words.findIndex((word) => !["NX", "XX", "GT", "LT", "CH"].includes(word.toUpperCase()));
  const pairs = start === -1 ? [] : words.slice(start);
  const options = new Set(words.slice(0, words.length - pairs.length).map((word) => word.toUpperCase()));
  if (pairs.length === 0 || pairs.length % 2 === 1) throw syntaxError();
  const [nx, xx, gt, lt] = ["NX", "XX", "GT", "LT"].map((option) => options.has(option));
  if (nx && xx) throw new ReplyError("ERR XX and NX options at the same time are not compatible");
  if ((gt && nx) || (lt && nx) || (gt && lt)) {
    throw new ReplyError("ERR GT, LT, and/or NX options at the same time are not compatible");
  }
  const entries = toPairs(pairs).map(([text, member]) => [member, score(text)] as const);
  if (xx && keyspace.sortedSet(key) === undefined) return 0;
  const sortedSet = keyspace.openSortedSet(key);
  let [added, changed] = [0, 0];
  for (const [member, next] of entries) {
    const current = sortedSet.score(member);
    if (current === undefined ? xx : nx || (gt && next <= current) || (lt && next >= current)) continue;
    if (current === undefined) added++;
    else if (current !== next) changed++;
    sortedSet.enter(member, next);
  }
  return options.has("CH") ? added + changed : added;
}

function toPairs(words: readonly Bytes[]): [Bytes, Bytes][] {
  return words.flatMap((word, i): [Bytes, Bytes][] => (i % 2 === 0 ? [[word, words[i + 1] ?? ""]] : []));
}

interface RangeOptions {
  readonly byScore: boolean;
  readonly reverse: boolean;
  readonly withScores: boolean;
  readonly limit: { readonly offset: number; readonly count: number } | undefined;
}

function rangeOptions(words: readonly Bytes[], known: { BYSCORE?: boolean; REV?: boolean }): RangeOptions {
  let options: RangeOptions = { byScore: false, reverse: false, withScores: false, limit: undefined };
  for (let i = 0; i < words.length; i++) {
    const option = words[i]?.toUpperCase();
    if (option === "WITHSCORES") options = { ...options, withScores: true };
    else if (option === "BYSCORE" && known.BYSCORE && !options.byScore) options = { ...options, byScore: true };
    else if (option === "REV" && known.REV && !options.reverse) options = { ...options, reverse: true };
    else if (option === "LIMIT" && i + 2 < words.length) {
      options = { ...options, limit: { offset: integer(words[++i] ?? ""), count: integer(words[++i] ?? "") } };
    } else throw syntaxError();
  }
  return options;
}

/** @param ends In the order in which they are given: backwards by score, the first is the maximum. */
function range(
  keyspace: MemoryKeyspace,
  key: Bytes,
  [first, last]: readonly [Bytes, Bytes],
  { byScore, reverse, withScores, limit }: RangeOptions,
): Reply {
  if (!byScore && limit !== undefined && limit.count !== -1) {
    throw new ReplyError("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  }
  const found = byScore
    ? limited(
        inOrder(within(keyspace, key, ...(reverse ? ([last, first] as const) : ([first, last] as const))), reverse),
        limit,
      )
    : ranked(keyspace, key, integer(first), integer(last), reverse);
  return found.flatMap(([member, its]) => (withScores ? [member, formatNumber(its)] : [member]));
}

function inOrder(found: Scored[], reverse: boolean): Scored[] {
  return reverse ? found.reverse() : found;
}

function limited(found: Scored[], limit: RangeOptions["limit"]): Scored[] {
  if (limit === undefined) return found;
  if (limit.offset < 0) return [];
  return found.slice(limit.offset, limit.count < 0 ? undefined : limit.offset + limit.count);
}

function ranked(keyspace: MemoryKeyspace, key: Bytes, first: number, last: number, reverse: boolean): Scored[] {
  const sortedSet = keyspace.sortedSet(key);
  if (sortedSet === undefined) return [];
  const { size } = sortedSet;
  const start = Math.max(0, first < 0 ? size + first : first);
  const end = Math.min(size, (last < 0 ? size + last : last) + 1);
  if (start >= end) return [];
  return inOrder(reverse ? sortedSet.slice(size - end, size - start) : sortedSet.slice(start, end), reverse);
}
