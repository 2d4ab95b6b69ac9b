import lobject, { type TValue } from "fengari/src/lobject.js";
import lstring from "fengari/src/lstring.js";
import { fromArray } from "./bytes.js";
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
  const length = luaO_str2num(text, result);
  if (length === 0) return readInfinity(text, result);
  if (result.ttisinteger()) result.setfltvalue(readWhole(text));
  return length;
};

/** fengari takes some negative numbers beyond 32 bits for integers, and lets them wrap around. */
function readWhole(text: Uint8Array): number {
  const [, sign, digits] = /^\s*([-+]?)(0x[\da-f]+|\d+)/i.exec(fromArray(text)) ?? [];
  return sign === "-" ? -Number(digits) : Number(digits);
}

const writeNumber: typeof luaO_tostring = (L, number) => {
  number.setsvalue(lstring.luaS_newliteral(L, formatNumber(number.value, 14)));
};

/** 5.1 reads `inf`, which is a score too. */
function readInfinity(text: Uint8Array, result: TValue): number {
  const match = text.length > 20 ? null : /^\s*([-+]?)(?:inf(?:inity)?|(nan))\s*$/i.exec(fromArray(text));
  if (match === null) return 0;
  result.setfltvalue(match[2] ? Number.NaN : match[1] === "-" ? -Infinity : Infinity);
  return text.length + 1;
}
