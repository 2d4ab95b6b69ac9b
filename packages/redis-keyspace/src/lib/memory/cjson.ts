import fengari, { type LuaState } from "fengari";
import { fromArray, toBytes, toText } from "./bytes.js";
import { fail, pushBytes } from "./lua-values.js";

const { lua, lauxlib } = fengari;

const MAX_DEPTH = 1000;

/** What `cjson.null` is. */
export const jsonNull: unique symbol = Symbol("cjson.null");

/**
 * `cjson.decode`. Of what is no JSON the real one takes some, as `NaN`, `01`, and control characters in a string; this one
 * takes none.
 */
export function decode(L: LuaState): number {
  const text = fromArray(lauxlib.luaL_checkstring(L, 1));
  let json: unknown;
  try {
    json = JSON.parse(toText(text));
  } catch {
    fail(L, "Expected value but found invalid token");
  }
  pushJson(L, json, 0);
  return 1;
}

/** `cjson.encode`, for a string; scripts encode nothing else. The real one escapes slashes and the delete character too. */
export function encode(L: LuaState): number {
  const json = JSON.stringify(toText(fromArray(lauxlib.luaL_checkstring(L, 1))));
  pushBytes(L, toBytes(json.replaceAll("/", "\\/").replaceAll("\u007f", "\\u007f")));
  return 1;
}

function pushJson(L: LuaState, json: unknown, depth: number): void {
  if (typeof json === "string") pushText(L, json);
  else if (typeof json === "number") lua.lua_pushnumber(L, json);
  else if (typeof json === "boolean") lua.lua_pushboolean(L, json);
  else if (typeof json === "object" && json !== null) pushTable(L, json, depth + 1);
  else lua.lua_pushlightuserdata(L, jsonNull);
}

function pushTable(L: LuaState, json: object, depth: number): void {
  if (depth > MAX_DEPTH) fail(L, `Found too many nested data structures (${depth})`);
  lua.lua_checkstack(L, 3);
  lua.lua_newtable(L);
  for (const [key, value] of Object.entries(json)) {
    if (Array.isArray(json)) lua.lua_pushnumber(L, Number(key) + 1);
    else pushText(L, key);
    pushJson(L, value, depth);
    lua.lua_rawset(L, -3);
  }
}

function pushText(L: LuaState, text: string): void {
  if (/\p{Surrogate}/u.test(text)) fail(L, "Expected value but found invalid unicode escape code");
  pushBytes(L, toBytes(text));
}
