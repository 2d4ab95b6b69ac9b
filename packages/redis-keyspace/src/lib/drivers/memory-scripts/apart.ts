import type { ApartScriptName } from "../../scripts/apart.js";
import type { MemoryKeyspace } from "../memory-keyspace.js";
import { at, elapsed, enter, keepFor, leave, prune, settle, type Twin } from "./pieces.js";

function live(db: MemoryKeyspace, index: string): string[] {
  const now = Date.now();
  return db.ranked(index).flatMap(([member, score]) => (score > now ? [member] : []));
}

function condemned(db: MemoryKeyspace, index: string): string[] {
  return db.ranked(index).flatMap(([member, score]) => (score < 0 ? [member] : []));
}

export const apartTwins: { readonly [Name in ApartScriptName]: Twin } = {
  indexCount: (db, keys) => live(db, at(keys, 0)).length,

  indexAdd(db, keys, args) {
    const index = at(keys, 0);
    const [member, deadline, cap] = [at(args, 0), Number(args[1]), Number(args[2])];
    const gone = ["", ...elapsed(db, index)];
    prune(db, index);
    const score = db.score(index, member) ?? 0;
    const answer = (status: number): unknown[] => {
      settle(db, index);
      keepFor(db, index, Number(args[4]));
      return [status, ...condemned(db, index), ...gone];
    };
    if (score < 0) return answer(-2);
    if (score > 0) {
      if (score < deadline) db.enter(index, member, deadline);
      return answer(0);
    }
    const members = live(db, index);
    const surplus = cap > 0 ? members.length + 1 - cap : 0;
    if (surplus > 0 && args[3] === "reject") return answer(-1);
    for (const oldest of surplus > 0 ? members.slice(0, surplus) : []) db.enter(index, oldest, -1);
    db.enter(index, member, deadline);
    return answer(1);
  },

  indexRaise(db, keys, args) {
    const [index, member, deadline] = [at(keys, 0), at(args, 0), Number(args[1])];
    const score = db.score(index, member);
    if (score !== undefined && score < 0) return -1;
    if (score === undefined || score < deadline) {
      enter(db, index, member, deadline);
      keepFor(db, index, Number(args[2]));
    }
    return score === undefined ? 0 : 1;
  },

  indexHas: (db, keys, args) => ((db.score(at(keys, 0), at(args, 0)) ?? 0) > 0 ? 1 : 0),

  indexMembers: (db, keys) => [...live(db, at(keys, 0)), "", ...condemned(db, at(keys, 0))],

  indexCondemn(db, keys, args) {
    const index = at(keys, 0);
    prune(db, index);
    for (const [member, score] of db.ranked(index)) {
      if (score > 0 && member !== args[0]) db.enter(index, member, -1);
    }
    if (db.exists(index)) keepFor(db, index, 60_000);
    return condemned(db, index);
  },

  indexForget(db, keys, args) {
    const index = at(keys, 0);
    const [hasPeer, removed, ...members] = [at(args, 0), Number(args[1]), ...args.slice(2)];
    for (const [i, member] of members.entries()) {
      const score = db.score(index, member) ?? 0;
      if (score < 0 && i < removed) db.leave(index, [member]);
      else if (score === -1) db.enter(index, member, -Date.now());
    }
    const old = db.ranked(index).filter(([, score]) => score < -1 && score >= 60_000 - Date.now());
    db.leave(
      index,
      old.map(([member]) => member),
    );
    if (hasPeer !== "1") settle(db, index);
    return 1;
  },

  indexLower(db, keys, args) {
    const [index, member] = [at(keys, 0), at(args, 0)];
    if (db.score(index, member) === Number(args[2])) enter(db, index, member, Number(args[1]));
    return 1;
  },

  indexDrop(db, keys, args) {
    const [index, member] = [at(keys, 0), at(args, 1)];
    if (args[0] === "1") db.leave(index, [member]);
    else leave(db, index, member);
    return 1;
  },

  unlink: (db, keys) => keys.map((key) => db.unlink(key)),

  peerAdd(db, keys, args) {
    db.add(at(keys, 0), at(args, 0));
    keepFor(db, at(keys, 0), Number(args[1]));
    return 1;
  },

  peerRemove(db, keys, args) {
    for (const member of args) db.removeFromSet(at(keys, 0), member);
    return 1;
  },

  peerMembers: (db, keys) => db.members(at(keys, 0)),
};
