import lobject from "fengari/src/lobject.js";
import lstring from "fengari/src/lstring.js";
import { type Bytes, fromArray } from "./bytes.js";
import { formatNumber } from "./numbers.js";

// In Redis's Lua (5.1) every number is a double and a whole one is written without a point. In fengari's (5.3) what looks
// like an integer is one of 32 bits, so that `'1763720000' * 1000` wraps around, and 5.0 is written "5.0". The two functions
// between numbers and text decide that, for literals too. They are exchanged only while our Lua runs, which is never
// interrupted: another user of fengari in this process does not see it.

const { luaO_str2num, luaO_tostring } = lobject;

/** Runs with the numbers of Lua 5.1. */
export function withDoubles<Result>(run: () => Result): Result {
  Object.assign(lobject, { luaO_str2num: readNumber, luaO_tostring: writeNumber });
  try {
    return run();
  } finally {
    Object.assign(lobject, { luaO_str2num, luaO_tostring });
  }
}

const readNumber: typeof luaO_str2num = (text, result) => {
  const value = numberOf(fromArray(text));
  if (value === undefined) return 0;
  result.setfltvalue(value);
  return text.length + 1;
};

/** As C's `strtod` reads a string, up to its first NUL. */
function numberOf(text: Bytes): number | undefined {
  const [, minus, number = ""] = /^[ \t-\r]*(?:(-)|\+)?([^ \t-\r\0]+)[ \t-\r]*(?:$|\0)/.exec(text) ?? [];
  const size = /^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$|^0x[\da-f]+$/i.test(number) ? Number(number) : special(number);
  return size === undefined || minus === undefined ? size : -size;
}

/** 5.1 reads `inf`, which is a score too. */
function special(word: string): number | undefined {
  if (/^inf(?:inity)?$/i.test(word)) return Number.POSITIVE_INFINITY;
  return /^nan$/i.test(word) ? Number.NaN : undefined;
}

const writeNumber: typeof luaO_tostring = (L, number) => {
  number.setsvalue(lstring.luaS_newliteral(L, formatNumber(number.value, 14)));
};
