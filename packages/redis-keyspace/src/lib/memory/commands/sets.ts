import type { Bytes } from "../bytes.js";
import type { Commands } from "./command.js";

export const sets: Commands = {
  SADD: {
    arity: -3,
    run(keyspace, key: Bytes, ...members) {
      const set = keyspace.openSet(key);
      const { size } = set;
      for (const member of members) set.add(member);
      return set.size - size;
    },
  },

  SREM: {
    arity: -3,
    run(keyspace, key: Bytes, ...members) {
      const set = keyspace.set(key);
      const removed = members.filter((member) => set?.delete(member)).length;
      keyspace.deleteIfEmpty(key);
      return removed;
    },
  },

  SISMEMBER: { arity: 3, run: (keyspace, key: Bytes, member: Bytes) => (keyspace.set(key)?.has(member) ? 1 : 0) },
  SMEMBERS: { arity: 2, run: (keyspace, key: Bytes) => [...(keyspace.set(key) ?? [])] },
  SCARD: { arity: 2, run: (keyspace, key: Bytes) => keyspace.set(key)?.size ?? 0 },
};
