import { expect, test } from "vitest";
import { KeyspaceError, redisError } from "./errors.js";

function codeOf(message: string, cluster = false): string {
  const error = redisError(new Error(message), [], { cluster });
  return error instanceof KeyspaceError ? error.code : error.name;
}

test.each([
  ["CROSSSLOT Keys in request don't hash to the same slot", "Redis, Valkey"],
  ["ERR CROSSSLOT Keys in request don't hash to the same slot (context='', command='MGET')", "Redis Enterprise"],
  ["ERR Script attempted to access keys that do not hash to the same slot script: 4e", "Redis 7, Valkey"],
  [
    "ERR Error running script (call to f_4e): @user_script:1: @user_script: 1: Script attempted to access a non local key in a cluster node",
    "Redis 6",
  ],
  ["ERR Error running script: script tried accessing undeclared key", "Dragonfly"],
  ["ERR the script accesses a key that was not declared", "others"],
  [
    "ERR bad lua script for redis cluster, all the keys that the script uses should be passed using the KEYS array, and KEYS should not be in expression",
    "Tair",
  ],
  ["ERR eval/evalsha command keys must be in same slot", "Tair"],
])("keys that are refused: %s (%s)", (message) => {
  expect(codeOf(message)).toBe("ERR_REDIS_KEYS");
});

test.each([
  ["ASK 15862 127.0.0.1:7000", "ERR_REDIS_UNAVAILABLE"],
  ["MOVED 15862 127.0.0.1:7000", "ERR_REDIS_UNAVAILABLE"],
  ["TRYAGAIN Multiple keys request during rehashing of slot", "ERR_REDIS_UNAVAILABLE"],
  ["ERR Script attempted to access a non local key in a cluster node script: 4e", "ERR_REDIS_UNAVAILABLE"],
])("while slots move, a Cluster client's %s is for the moment", (message, code) => {
  expect(codeOf(message, true)).toBe(code);
});

test.each([
  "TRYAGAIN Multiple keys request",
  "ERR Unable to execute command 'mget' in script because undeclared keys were accessed",
])("while a slot moves, any client's %s is for the moment", (start) => {
  expect(codeOf(`${start} during rehashing of the slot script: 4e`)).toBe("ERR_REDIS_UNAVAILABLE");
});

test("what an access list denies inside a script is denied", () => {
  for (const message of [
    "ERR The user executing the script can't run this command or subcommand script: 4e, on @user_script:1.",
    "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
    "NOPERM User app has no permissions to run the 'evalsha' command",
  ]) {
    expect(codeOf(message)).toBe("ERR_REDIS_DENIED");
  }
});

test("what the process did wrong is not said of Redis", () => {
  expect(redisError(new RangeError("Maximum call stack size exceeded"), [])).toBeInstanceOf(RangeError);
  const fault = new TypeError('The "key" argument must be of type string');
  expect(redisError(fault, [])).toBe(fault);
  expect(redisError(new TypeError("fetch failed"), [])).toMatchObject({ code: "ERR_REDIS_UNAVAILABLE" });
});

test("a command that the server does not have keeps its name", () => {
  const message = "ERR unknown command 'EVALSHA', with args beginning with: 'a-secret-session-id' ";
  const error = redisError(new Error(message), ["a-secret-session-id"]) as KeyspaceError;
  expect(error.code).toBe("ERR_REDIS_REPLY");
  expect((error.cause as Error).message).toBe("ERR unknown command 'EVALSHA' [redacted]");
});
