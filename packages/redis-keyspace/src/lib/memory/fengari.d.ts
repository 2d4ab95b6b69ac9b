// As much of fengari as the engine uses. https://fengari.io

interface FengariState {
  readonly fengari: unique symbol;
}

declare module "fengari" {
  export type LuaState = FengariState;
  export type LuaFunction = (L: LuaState) => number;

  const fengari: {
    readonly to_luastring: (text: string) => Uint8Array;
    readonly lua: {
      readonly LUA_OK: number;
      readonly LUA_REGISTRYINDEX: number;
      readonly LUA_TBOOLEAN: number;
      readonly LUA_TNIL: number;
      readonly LUA_TNUMBER: number;
      readonly LUA_TSTRING: number;
      readonly LUA_TTABLE: number;
      lua_checkstack(L: LuaState, size: number): boolean;
      lua_error(L: LuaState): never;
      lua_getfield(L: LuaState, index: number, name: Uint8Array): number;
      lua_getglobal(L: LuaState, name: Uint8Array): number;
      lua_gettop(L: LuaState): number;
      lua_newtable(L: LuaState): void;
      lua_pcall(L: LuaState, args: number, results: number, handler: number): number;
      lua_pop(L: LuaState, count: number): void;
      lua_pushboolean(L: LuaState, value: boolean): void;
      lua_pushglobaltable(L: LuaState): void;
      lua_pushjsfunction(L: LuaState, run: LuaFunction): void;
      lua_pushlightuserdata(L: LuaState, value: unknown): void;
      lua_pushnumber(L: LuaState, value: number): void;
      lua_pushstring(L: LuaState, value: Uint8Array): void;
      lua_pushvalue(L: LuaState, index: number): void;
      lua_rawget(L: LuaState, index: number): number;
      lua_rawgeti(L: LuaState, index: number, place: number): number;
      lua_rawset(L: LuaState, index: number): void;
      lua_rawlen(L: LuaState, index: number): number;
      lua_rawseti(L: LuaState, index: number, place: number): void;
      lua_setfield(L: LuaState, index: number, name: Uint8Array): void;
      lua_setglobal(L: LuaState, name: Uint8Array): void;
      lua_settop(L: LuaState, index: number): void;
      lua_toboolean(L: LuaState, index: number): boolean;
      lua_tonumber(L: LuaState, index: number): number;
      /** Turns a number on the stack into a string. */
      lua_tostring(L: LuaState, index: number): Uint8Array | null;
      lua_type(L: LuaState, index: number): number;
    };
    readonly lauxlib: {
      luaL_checknumber(L: LuaState, index: number): number;
      luaL_checkstring(L: LuaState, index: number): Uint8Array;
      luaL_checktype(L: LuaState, index: number, type: number): void;
      luaL_error(L: LuaState, format: Uint8Array, text: Uint8Array): never;
      luaL_loadbuffer(L: LuaState, source: Uint8Array, size: number, name: Uint8Array): number;
      luaL_newstate(): LuaState;
      luaL_optnumber(L: LuaState, index: number, fallback: number): number;
      luaL_ref(L: LuaState, table: number): number;
      luaL_requiref(L: LuaState, name: Uint8Array, open: LuaFunction, global: boolean): void;
      /** Pushes what `tostring` answers. */
      luaL_tolstring(L: LuaState, index: number): Uint8Array;
    };
    readonly lualib: {
      readonly luaopen_base: LuaFunction;
      readonly luaopen_math: LuaFunction;
      readonly luaopen_string: LuaFunction;
      readonly luaopen_table: LuaFunction;
    };
  };
  export default fengari;
}

declare module "fengari/src/lobject.js" {
  export interface TValue {
    readonly value: number;
    setfltvalue(value: number): void;
    setsvalue(value: TString): void;
  }
  export interface TString {
    readonly realstring: Uint8Array;
  }
  const lobject: {
    /** The length of the string and one more; 0: it is no number. */
    readonly luaO_str2num: (text: Uint8Array, result: TValue) => number;
    readonly luaO_tostring: (L: FengariState, value: TValue) => void;
  };
  export default lobject;
}

declare module "fengari/src/lstring.js" {
  const lstring: {
    luaS_newliteral(L: FengariState, text: string): import("fengari/src/lobject.js").TString;
  };
  export default lstring;
}
