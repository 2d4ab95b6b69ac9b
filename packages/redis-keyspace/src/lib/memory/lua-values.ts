import fengari, { type LuaFunction, type LuaState } from "fengari";
import { type Bytes, fromArray, toArray, toBytes } from "./bytes.js";
import { type Reply, ReplyError, Status } from "./reply.js";

const { lua, lauxlib, to_luastring: luaString } = fengari;

// What goes onto Lua's stack and comes from it. Replies become Lua's values, and these become replies, as in Redis:
// https://redis.io/docs/latest/develop/programmability/lua-api/#data-type-conversion

export function pushBytes(L: LuaState, bytes: Bytes): void {
  lua.lua_pushstring(L, toArray(bytes));
}

/** The string, or the number as text, at a place of the stack. */
export function bytesAt(L: LuaState, index: number): Bytes {
  return fromArray(lua.lua_tostring(L, index) ?? new Uint8Array());
}

/** Raises an error in Lua. */
export function fail(L: LuaState, message: Bytes): never {
  return lauxlib.luaL_error(L, luaString("%s"), toArray(message));
}

export function setFunction(L: LuaState, library: string, name: string, run: LuaFunction): void {
  lua.lua_getglobal(L, luaString(library));
  lua.lua_pushjsfunction(L, run);
  lua.lua_setfield(L, -2, luaString(name));
  lua.lua_pop(L, 1);
}

export function pushReply(L: LuaState, reply: Reply): void {
  lua.lua_checkstack(L, 3);
  if (reply === null) lua.lua_pushboolean(L, false);
  else if (typeof reply === "number") lua.lua_pushnumber(L, reply);
  else if (typeof reply === "string") pushBytes(L, reply);
  else if (reply instanceof Status) pushField(L, "ok", reply.text);
  else if (reply instanceof ReplyError) pushField(L, "err", toBytes(reply.message));
  else pushArray(L, reply);
}

function pushField(L: LuaState, name: string, value: Bytes): void {
  lua.lua_newtable(L);
  pushBytes(L, value);
  lua.lua_setfield(L, -2, luaString(name));
}

function pushArray(L: LuaState, replies: readonly Reply[]): void {
  lua.lua_newtable(L);
  for (const [i, reply] of replies.entries()) {
    pushReply(L, reply);
    lua.lua_rawseti(L, -2, i + 1);
  }
}

export function replyAt(L: LuaState, index: number): Reply {
  switch (lua.lua_type(L, index)) {
    case lua.LUA_TSTRING:
      return bytesAt(L, index);
    case lua.LUA_TNUMBER:
      // Integers have no -0.
      return Math.trunc(lua.lua_tonumber(L, index)) + 0;
    case lua.LUA_TBOOLEAN:
      return lua.lua_toboolean(L, index) ? 1 : null;
    case lua.LUA_TTABLE:
      return tableAt(L, index);
    default:
      return null;
  }
}

function tableAt(L: LuaState, index: number): Reply {
  const err = fieldAt(L, index, "err");
  if (err !== undefined) return new ReplyError(err);
  const ok = fieldAt(L, index, "ok");
  if (ok !== undefined) return new Status(ok);
  const replies: Reply[] = [];
  lua.lua_checkstack(L, 2);
  // An array ends with its first nil.
  while (lua.lua_rawgeti(L, -1, replies.length + 1) !== lua.LUA_TNIL) {
    replies.push(replyAt(L, -1));
    lua.lua_pop(L, 1);
  }
  lua.lua_pop(L, 1);
  return replies;
}

function fieldAt(L: LuaState, index: number, name: string): Bytes | undefined {
  pushBytes(L, name);
  lua.lua_rawget(L, index - 1);
  const value = lua.lua_type(L, -1) === lua.LUA_TSTRING ? bytesAt(L, -1) : undefined;
  lua.lua_pop(L, 1);
  return value;
}

/** The error that a script ended with; one of Lua has no code of its own. */
export function errorAt(L: LuaState, index: number): ReplyError {
  const isTable = lua.lua_type(L, index) === lua.LUA_TTABLE;
  const reason = isTable ? fieldAt(L, index, "err") : `ERR ${bytesAt(L, index)}`;
  return new ReplyError(reason ?? "ERR unknown error");
}
