import { parseObject } from "../../codec.js";
import { closeAt, readHead, redate } from "../../models/head.js";
import type { TogetherScriptName } from "../../scripts/together.js";
import type { MemoryKeyspace } from "../memory-keyspace.js";
import { at, elapsed, enter, keepFor, leave, none, prune, settle, type Twin } from "./pieces.js";

function enterPeer(db: MemoryKeyspace, peer: string, index: string, member: string, deadline: number): void {
  db.add(peer, member);
  for (const key of [peer, index]) keepFor(db, key, 2 * (deadline - Date.now()));
}

function leaveBoth(db: MemoryKeyspace, index: string, peer: string, member: string): void {
  db.leave(index, [member]);
  db.removeFromSet(peer, member);
}

function sweep(db: MemoryKeyspace, index: string, peer: string, records: string): void {
  for (const member of elapsed(db, index)) if (!db.exists(records + member)) db.removeFromSet(peer, member);
}

function evict(db: MemoryKeyspace, keys: readonly string[], prefix: string, surplus: number): void {
  for (const [oldest] of surplus > 0 ? db.ranked(at(keys, 1)).slice(0, surplus) : []) {
    db.unlink(prefix + oldest);
    db.leave(at(keys, 1), [oldest]);
    if (!none(keys, 2)) db.removeFromSet(at(keys, 2), oldest);
  }
}

interface Move {
  readonly record: string;
  readonly next: string;
  readonly index: string | null;
  readonly peer: string | null;
  readonly value: string;
  readonly deadline: number;
  readonly from: string;
  readonly to: string;
  /** What stays at the old id. */
  readonly left: string;
  readonly till: number;
}

function moveRecord(
  db: MemoryKeyspace,
  { record, next, index, peer, value, deadline, from, to, left, till }: Move,
): void {
  db.set(next, value, deadline);
  if (index !== null) enter(db, index, to, deadline);
  if (index !== null && peer !== null) enterPeer(db, peer, index, to, deadline);
  if (left === "") db.unlink(record);
  else db.set(record, left, till);
  if (left !== "" && index !== null) db.enter(index, from, till);
  if (left === "" && index !== null) db.leave(index, [from]);
  if (left === "" && peer !== null) db.removeFromSet(peer, from);
}

/** `undefined`: not readable. */
function owner(value: string, field: string): string | null | undefined {
  const json = field === "" ? null : parseObject(value);
  if (json === null) return undefined;
  const user = json[field] ?? null;
  return user === null || typeof user === "string" ? user : undefined;
}

export const togetherTwins: { readonly [Name in TogetherScriptName]: Twin } = {
  create(db, keys, args) {
    const [record, index, peer] = [at(keys, 0), at(keys, 1), at(keys, 2)];
    const [value, deadline, member, prefix, cap] = [
      at(args, 0),
      Number(args[1]),
      at(args, 2),
      args[3] ?? "",
      Number(args[4] ?? 0),
    ];
    const indexed = !none(keys, 1);
    let surplus = 0;
    if (indexed && !none(keys, 2)) sweep(db, index, peer, prefix);
    if (indexed) prune(db, index);
    if (indexed && cap > 0) {
      surplus = db.ranked(index).length + 1 - cap;
      if (surplus > 0 && args[5] === "reject") return -1;
    }
    if (db.exists(record)) return 0;
    db.set(record, value, deadline);
    if (!indexed) return 1;
    evict(db, keys, prefix, surplus);
    enter(db, index, member, deadline);
    if (!none(keys, 2)) enterPeer(db, peer, index, member, deadline);
    return 1;
  },

  replace(db, keys, args) {
    const [record, index, peer, formerIndex, formerPeer] = keys as [string, string, string, string, string];
    const [expected, value, deadline, member] = [at(args, 0), at(args, 1), Number(args[2]), at(args, 3)];
    const current = db.get(record);
    if (current === null) return 0;
    if (current !== expected) return current;
    if (args[5] !== undefined && db.score(index, member) === undefined) {
      const [prefix, cap] = [at(args, 4), Number(args[5])];
      if (!none(keys, 2)) sweep(db, index, peer, prefix);
      prune(db, index);
      const surplus = db.ranked(index).length + 1 - cap;
      if (surplus > 0 && args[6] === "reject") return -1;
      evict(db, keys, prefix, surplus);
    }
    db.set(record, value, deadline);
    if (!none(keys, 4)) leaveBoth(db, formerIndex, formerPeer, member);
    else if (!none(keys, 3)) leave(db, formerIndex, member);
    if (!none(keys, 1)) enter(db, index, member, deadline);
    if (!none(keys, 2)) enterPeer(db, peer, index, member, deadline);
    return 1;
  },

  touch(db, keys, args) {
    const [record, member, indexPrefix, peerPrefix] = [at(keys, 0), at(args, 1), at(args, 2), args[3]];
    const value = db.get(record);
    if (value === null) return 0;
    const head = readHead(value);
    if (head === null) return value;
    if (head.expiresAt <= Date.now()) return 0;
    const user = owner(value, "userId");
    const deadline = Math.min(Number(args[0]), head.endsAt ?? Number.POSITIVE_INFINITY);
    db.set(record, redate(value, deadline), deadline);
    if (user) enter(db, indexPrefix + user, member, deadline);
    if (user && peerPrefix !== undefined) enterPeer(db, peerPrefix + user, indexPrefix + user, member, deadline);
    return deadline;
  },

  extend(db, keys, args) {
    const [record, index, peer] = [at(keys, 0), at(keys, 1), at(keys, 2)];
    const [deadline, member, enough] = [Number(args[0]), at(args, 1), at(args, 2)];
    const ttl = db.ttl(record);
    if (ttl === -2) return 0;
    const score = none(keys, 1) ? Number.POSITIVE_INFINITY : db.score(index, member);
    if (score === undefined) return db.get(record);
    if (enough !== "" && ttl > Number(enough) && score > Date.now() + ttl - 50) return Date.now() + ttl;
    db.expireAt(record, deadline);
    if (!none(keys, 1)) enter(db, index, member, deadline);
    if (!none(keys, 2)) enterPeer(db, peer, index, member, deadline);
    return deadline;
  },

  remaining: (db, keys) => db.ttl(at(keys, 0)),

  rotate(db, keys, args) {
    const [record, next] = [at(keys, 0), at(keys, 1)];
    const [from, to, indexPrefix, peerPrefix, grace] = [
      at(args, 0),
      at(args, 1),
      at(args, 2),
      at(args, 3),
      Number(args[4]),
    ];
    const value = db.get(record);
    if (value === null) return 0;
    const head = readHead(value);
    const user = owner(value, "userId");
    if (head === null || user === undefined) return [value];
    const deadline = head.expiresAt;
    if (deadline <= Date.now()) return 0;
    if (db.exists(next)) return -1;
    const till = Math.min(Date.now() + grace, deadline);
    const index = user === null ? null : indexPrefix + user;
    const peer = user === null || peerPrefix === "" ? null : peerPrefix + user;
    if (index !== null && peer === null) prune(db, index);
    moveRecord(db, {
      record,
      next,
      index,
      peer,
      value,
      deadline,
      from,
      to,
      left: grace > 0 ? closeAt(value, till) : "",
      till,
    });
    return value;
  },

  move(db, keys, args) {
    const [record, next] = [at(keys, 0), at(keys, 1)];
    const [value, deadline, from, to, left, till] = [
      at(args, 0),
      Number(args[1]),
      at(args, 2),
      at(args, 3),
      at(args, 4),
      Number(args[5]),
    ];
    if (db.get(record) !== value) return 0;
    if (db.exists(next)) return -1;
    const index = none(keys, 2) ? null : at(keys, 2);
    const peer = none(keys, 3) ? null : at(keys, 3);
    moveRecord(db, { record, next, index, peer, value, deadline, from, to, left, till });
    return 1;
  },

  remove(db, keys, args) {
    const [record, member, indexPrefix, peerPrefix] = [at(keys, 0), at(args, 0), at(args, 1), at(args, 2)];
    const value = db.get(record);
    if (value === null) return 0;
    const user = owner(value, at(args, 3));
    if (user === undefined || (user === null && readHead(value) === null)) return [value];
    if (args[4] !== "" && user !== args[4]) return 0;
    db.unlink(record);
    if (user && peerPrefix !== "") leaveBoth(db, indexPrefix + user, peerPrefix + user, member);
    else if (user && indexPrefix !== "") leave(db, indexPrefix + user, member);
    return value;
  },

  removeExact(db, keys, args) {
    const [expected, member] = [at(args, 0), at(args, 1)];
    if (db.get(at(keys, 0)) !== expected) return 0;
    db.unlink(at(keys, 0));
    if (!none(keys, 2)) leaveBoth(db, at(keys, 1), at(keys, 2), member);
    else if (!none(keys, 1)) leave(db, at(keys, 1), member);
    return 1;
  },

  removeAll(db, keys, args) {
    const [index, peer, prefix, except] = [at(keys, 0), at(keys, 1), at(args, 0), at(args, 1)];
    const score = db.score(index, except);
    let removed = 0;
    for (const [member] of db.ranked(index)) if (member !== except) removed += db.unlink(prefix + member);
    db.unlink(index);
    if (score !== undefined) {
      db.enter(index, except, score);
      settle(db, index);
    }
    for (const member of none(keys, 1) ? [] : db.members(peer)) {
      if (member === except) continue;
      removed += db.unlink(prefix + member);
      db.removeFromSet(peer, member);
    }
    return removed;
  },

  list(db, keys, args) {
    const members = db.ranked(at(keys, 0)).map(([member]) => member);
    const all = new Set([...members, ...(none(keys, 1) ? [] : db.members(at(keys, 1)))]);
    return [...all].flatMap((member) => {
      const value = db.get(at(args, 0) + member);
      return value === null ? [] : [member, value];
    });
  },
};
