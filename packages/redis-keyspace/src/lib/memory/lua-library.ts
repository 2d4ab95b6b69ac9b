import fengari, { type LuaFunction, type LuaState } from "fengari";
import { fromArray } from "./bytes.js";
import { decode, encode, jsonNull } from "./cjson.js";
import { bytesAt, fail, pushBytes, setFunction } from "./lua-values.js";

const { lua, lauxlib, lualib, to_luastring: luaString } = fengari;

/** What `unpack` answers at most: a function of C has no more room. */
const MAX_RESULTS = 8000;

/**
 * What scripts may use: of Redis's library the part that fengari's 5.3 does alike, and in its place what it does
 * otherwise. The rest is missing, so that a script that uses it fails and does nothing else instead.
 */
export function openLibrary(L: LuaState): void {
  const { luaopen_base, luaopen_string, luaopen_table, luaopen_math } = lualib;
  const libraries = { _G: luaopen_base, string: luaopen_string, table: luaopen_table, math: luaopen_math };
  for (const [name, open] of Object.entries(libraries)) lauxlib.luaL_requiref(L, luaString(name), open, true);
  for (const name of ["redis", "cjson"]) {
    lua.lua_newtable(L);
    lua.lua_setglobal(L, luaString(name));
  }
  lua.lua_getglobal(L, luaString("cjson"));
  lua.lua_pushlightuserdata(L, jsonNull);
  lua.lua_setfield(L, -2, luaString("null"));
  setFunction(L, "cjson", "decode", decode);
  setFunction(L, "cjson", "encode", encode);
  setFunction(L, "_G", "tostring", tostring);
  setFunction(L, "_G", "unpack", unpack);
  setFunction(L, "string", "format", format);
  for (const name of ["ceil", "floor", "max", "min"] as const) setFunction(L, "math", name, arithmetic(Math[name]));
  lua.lua_settop(L, 0);
}

/** Takes out what is not kept, lets `pcall` answer error replies as their texts, and forbids globals, as Redis does. */
export const sandbox = `
table.getn = function(list) return #list end
local kept = {
  [_G] = '_G redis cjson string table math assert error getmetatable ipairs next pairs pcall rawequal rawget rawset \
select setmetatable tonumber tostring type unpack',
  [string] = 'byte char find format gmatch gsub len lower match rep reverse sub upper',
  [table] = 'concat getn insert remove sort',
  [math] = 'abs ceil floor huge max min',
}
for library, names in pairs(kept) do
  for name in pairs(library) do
    if not string.find(' ' .. names .. ' ', ' ' .. name .. ' ', 1, true) then library[name] = nil end
  end
end

local error, tostring, type, protected = error, tostring, type, pcall
local function plain(ok, ...)
  if ok then return ok, ... end
  local reason = ...
  return ok, type(reason) == 'table' and type(reason.err) == 'string' and reason.err or reason
end
pcall = function(...) return plain(protected(...)) end
setmetatable(_G, {
  __index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
  end,
  __newindex = function() error('Attempt to modify a readonly table', 2) end,
})`;

function tostring(L: LuaState): number {
  if (lua.lua_type(L, 1) === lua.LUA_TNUMBER) pushBytes(L, bytesAt(L, 1));
  else lauxlib.luaL_tolstring(L, 1);
  return 1;
}

function unpack(L: LuaState): number {
  lauxlib.luaL_checktype(L, 1, lua.LUA_TTABLE);
  const given = lua.lua_gettop(L);
  const first = lauxlib.luaL_optnumber(L, 2, 1);
  const last = lauxlib.luaL_optnumber(L, 3, lua.lua_rawlen(L, 1));
  const count = Math.max(0, last - first + 1);
  if (given + count > MAX_RESULTS || !lua.lua_checkstack(L, count)) fail(L, "too many results to unpack");
  for (let i = first; i <= last; i++) lua.lua_rawgeti(L, 1, i);
  return count;
}

function format(L: LuaState): number {
  let place = 1;
  const text = fromArray(lauxlib.luaL_checkstring(L, 1)).replace(/%(?:\.\d+)?.?/gs, (item) => {
    if (item === "%%") return "%";
    place++;
    if (item === "%s") return fromArray(lauxlib.luaL_checkstring(L, place));
    if (item === "%d") return Math.trunc(lauxlib.luaL_checknumber(L, place)).toFixed();
    if (item === "%.0f") return rounded(lauxlib.luaL_checknumber(L, place));
    return fail(L, `the memory driver has no '${item}' in 'format'`);
  });
  pushBytes(L, text);
  return 1;
}

/** `%.0f`: halves go to the even number, and -0 keeps its sign. */
function rounded(number: number): string {
  const size = Math.abs(number);
  const floor = Math.floor(size);
  const whole = size - floor === 0.5 ? floor + (floor % 2) : Math.round(size);
  return (number < 0 || Object.is(number, -0) ? "-" : "") + whole.toFixed();
}

/** fengari's functions answer integers and take no strings. */
function arithmetic(calculate: (...numbers: number[]) => number): LuaFunction {
  return (L) => {
    const numbers = [lauxlib.luaL_checknumber(L, 1)];
    for (let i = 2; i <= lua.lua_gettop(L); i++) numbers.push(lauxlib.luaL_checknumber(L, i));
    lua.lua_pushnumber(L, calculate(...numbers));
    return 1;
  };
}
