import type { Bytes } from "../bytes.js";
import { ReplyError } from "../reply.js";
import type { Bound } from "../sorted-set.js";

// Arguments are read as strictly as Redis reads them, and refused in its words.

const MAX_INTEGER = 2n ** 63n - 1n;

export function integer(text: Bytes): number {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text) || BigInt(text) > MAX_INTEGER || BigInt(text) < -MAX_INTEGER - 1n) {
    throw new ReplyError("ERR value is not an integer or out of range");
  }
  return Number(text);
}

function float(text: Bytes): number | undefined {
  if (/^[-+]?inf(?:inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

export function score(text: Bytes): number {
  const value = float(text);
  if (value === undefined) throw new ReplyError("ERR value is not a valid float");
  return value;
}

/** `5`, `(5` without the 5 itself, `-inf`. Redis is less strict here: nothing is 0, and spaces may come first. */
export function bound(text: Bytes): Bound {
  const exclusive = text.startsWith("(");
  const number = exclusive ? text.slice(1) : text;
  const value = number === "" ? 0 : float(number.trimStart());
  if (value === undefined) throw new ReplyError("ERR min or max is not a float");
  return { score: value, exclusive };
}

export function syntaxError(): ReplyError {
  return new ReplyError("ERR syntax error");
}
