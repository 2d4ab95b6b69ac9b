import type { Bytes } from "../bytes.js";
import { ok, ReplyError } from "../reply.js";
import { integer, syntaxError } from "./arguments.js";
import type { Commands } from "./command.js";

const MAX_LENGTH = 512 * 1024 * 1024;

export const strings: Commands = {
  GET: { arity: 2, run: (keyspace, key: Bytes) => keyspace.string(key) ?? null },

  MGET: {
    arity: -2,
    run: (keyspace, ...keys) =>
      keys.map((key) => (keyspace.type(key) === "string" ? (keyspace.string(key) ?? null) : null)),
  },

  SET: {
    arity: -3,
    run(keyspace, key: Bytes, value: Bytes, ...options) {
      const { only, expiry } = setOptions(options);
      const expiresAt = expiry === "keep" ? undefined : deadline(expiry, keyspace.now);
      if (only !== undefined && keyspace.has(key) !== (only === "XX")) return null;
      keyspace.setString(key, value, expiresAt ?? keyspace.expiresAt(key) ?? Number.POSITIVE_INFINITY);
      return ok;
    },
  },

  STRLEN: { arity: 2, run: (keyspace, key: Bytes) => keyspace.string(key)?.length ?? 0 },

  GETRANGE: {
    arity: 4,
    run(keyspace, key: Bytes, first: Bytes, last: Bytes) {
      const [start, end] = [integer(first), integer(last)];
      const value = keyspace.string(key) ?? "";
      if (start < 0 && end < 0 && start > end) return "";
      // An end before the beginning is the first byte.
      const place = (at: number): number => Math.max(0, at < 0 ? value.length + at : at);
      return value.slice(place(start), place(end) + 1);
    },
  },

  SETRANGE: {
    arity: 4,
    run(keyspace, key: Bytes, offset: Bytes, part: Bytes) {
      const start = integer(offset);
      if (start < 0) throw new ReplyError("ERR offset is out of range");
      const value = keyspace.string(key) ?? "";
      if (part === "") return value.length;
      if (start + part.length > MAX_LENGTH) {
        throw new ReplyError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
      }
      const changed = value.slice(0, start).padEnd(start, "\0") + part + value.slice(start + part.length);
      keyspace.setString(key, changed, keyspace.expiresAt(key) ?? Number.POSITIVE_INFINITY);
      return changed.length;
    },
  },

  INCR: {
    arity: 2,
    run(keyspace, key: Bytes) {
      const value = keyspace.string(key) ?? "0";
      integer(value);
      const next = BigInt(value) + 1n;
      if (next >= 2n ** 63n) throw new ReplyError("ERR increment or decrement would overflow");
      keyspace.setString(key, String(next), keyspace.expiresAt(key) ?? Number.POSITIVE_INFINITY);
      return Number(next);
    },
  },
};

interface SetOptions {
  readonly only: "NX" | "XX" | undefined;
  readonly expiry: "keep" | Expiry | undefined;
}

interface Expiry {
  readonly unit: "EX" | "PX" | "EXAT" | "PXAT";
  readonly time: Bytes;
}

function setOptions(words: readonly Bytes[]): SetOptions {
  let only: SetOptions["only"];
  let expiry: SetOptions["expiry"];
  for (let i = 0; i < words.length; i++) {
    const option = words[i]?.toUpperCase();
    if ((option === "NX" || option === "XX") && (only ?? option) === option) {
      only = option;
    } else if (option === "KEEPTTL" && (expiry ?? "keep") === "keep") {
      expiry = "keep";
    } else if (
      (option === "EX" || option === "PX" || option === "EXAT" || option === "PXAT") &&
      (expiry === undefined || (expiry !== "keep" && expiry.unit === option)) &&
      i + 1 < words.length
    ) {
      expiry = { unit: option, time: words[++i] ?? "" };
    } else {
      throw syntaxError();
    }
  }
  return { only, expiry };
}

function deadline(expiry: Expiry | undefined, now: number): number {
  if (expiry === undefined) return Number.POSITIVE_INFINITY;
  const time = integer(expiry.time);
  const ms = expiry.unit.startsWith("EX") ? time * 1000 : time;
  const at = expiry.unit.endsWith("AT") ? ms : now + ms;
  if (time <= 0 || at >= 2 ** 63) throw new ReplyError("ERR invalid expire time in 'set' command");
  return at;
}
