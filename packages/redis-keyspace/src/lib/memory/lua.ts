import fengari, { type LuaState } from "fengari";
import type { Bytes } from "./bytes.js";
import { openLibrary, sandbox } from "./lua-library.js";
import { withDoubles } from "./lua-numbers.js";
import { bytesAt, errorAt, fail, pushBytes, pushReply, replyAt, setFunction } from "./lua-values.js";
import { formatNumber } from "./numbers.js";
import { type Reply, ReplyError } from "./reply.js";

const { lua, lauxlib, to_luastring: luaString } = fengari;

/** Carries out what a script calls. Throws a {@link ReplyError} for what Redis refuses. */
export type CallCommand = (name: Bytes, args: readonly Bytes[]) => Reply;

/** Runs scripts as Redis does. Each is compiled once. */
export class LuaEngine {
  readonly #state: LuaState;
  readonly #call: CallCommand;
  /** Places of the compiled scripts in Lua's registry, by their sources. */
  readonly #compiled = new Map<string, number>();
  /** What is wrong with this emulation and not with the script. */
  #fault: { readonly error: unknown } | undefined;

  constructor(call: CallCommand) {
    this.#call = call;
    this.#state = lauxlib.luaL_newstate();
    withDoubles(() => {
      openLibrary(this.#state);
      setFunction(this.#state, "redis", "call", () => this.#redisCall({ raise: true }));
      setFunction(this.#state, "redis", "pcall", () => this.#redisCall({ raise: false }));
      this.#execute(this.#compile(sandbox));
    });
  }

  /** @throws {ReplyError} the error that the script ends with. */
  run(source: string, keys: readonly Bytes[], args: readonly Bytes[]): Reply {
    return withDoubles(() => {
      this.#setGlobal("KEYS", keys);
      this.#setGlobal("ARGV", args);
      const reply = this.#execute(this.#compile(source));
      if (reply instanceof ReplyError) throw reply;
      return reply;
    });
  }

  #compile(source: string): number {
    const known = this.#compiled.get(source);
    if (known !== undefined) return known;
    const L = this.#state;
    const text = luaString(source);
    if (lauxlib.luaL_loadbuffer(L, text, text.length, luaString("@user_script")) !== lua.LUA_OK) {
      const reason = bytesAt(L, -1);
      lua.lua_settop(L, 0);
      throw new ReplyError(`ERR Error compiling script (new function): ${reason}`);
    }
    const place = lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX);
    this.#compiled.set(source, place);
    return place;
  }

  #execute(place: number): Reply {
    const L = this.#state;
    try {
      this.#fault = undefined;
      lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, place);
      const status = lua.lua_pcall(L, 0, 1, 0);
      if (this.#fault !== undefined) throw (this.#fault as { error: unknown }).error;
      return status === lua.LUA_OK ? replyAt(L, -1) : errorAt(L, -1);
    } finally {
      lua.lua_settop(L, 0);
    }
  }

  #setGlobal(name: string, values: readonly Bytes[]): void {
    const L = this.#state;
    lua.lua_pushglobaltable(L);
    pushBytes(L, name);
    pushReply(L, values);
    lua.lua_rawset(L, -3);
    lua.lua_settop(L, 0);
  }

  #redisCall({ raise }: { raise: boolean }): number {
    const L = this.#state;
    const reply = this.#answer();
    pushReply(L, reply);
    if (raise && reply instanceof ReplyError) lua.lua_error(L);
    return 1;
  }

  #answer(): Reply {
    try {
      const [name, ...args] = callArguments(this.#state);
      if (name === undefined) {
        throw new ReplyError("ERR Please specify at least one argument for this redis.call() call");
      }
      return this.#call(name, args);
    } catch (error) {
      if (error instanceof ReplyError) return error;
      this.#fault ??= { error };
      return fail(this.#state, "the emulation failed");
    }
  }
}

function callArguments(L: LuaState): Bytes[] {
  const args: Bytes[] = [];
  const count = lua.lua_gettop(L);
  for (let i = 1; i <= count; i++) {
    const type = lua.lua_type(L, i);
    if (type === lua.LUA_TNUMBER) args.push(formatNumber(lua.lua_tonumber(L, i)));
    else if (type === lua.LUA_TSTRING) args.push(bytesAt(L, i));
    else throw new ReplyError("ERR Lua redis lib command arguments must be strings or integers");
  }
  return args;
}
