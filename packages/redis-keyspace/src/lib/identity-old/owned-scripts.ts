import type { Script } from "../driver.js";
import { luaJson } from "../lua-json.js";
import { call, enter, leave, settle, time } from "../scripts/pieces.js";
import { scripts } from "../scripts.js";

// The scripts of `together`, for sessions whose owners are stored beside them and whose replaced package keeps, for each
// user, a string with the key of the last session: a pointer. It is taken into the index before anything is done with the
// index, because a new session overwrites it.
//
// All get the same first six arguments, then those of the script of the same name:
//   record prefix, index prefix, pointer prefix, owner prefix, owner field, deadline field (these two as JSON)

export type OwnedScriptName =
  | "create"
  | "replace"
  | "remove"
  | "removeExact"
  | "removeAll"
  | "list"
  | "indexCount"
  | "getWithOwner"
  | "patch";

/**
 * - `ends(value, at)`: the deadline in a record, in milliseconds since 1970. `nil`: it cannot be read.
 * - `adopt(record, user, value, at)`: gives a record that the replaced package wrote, which is known by having no TTL, a
 *   TTL and an entry. `false`: it has ended, and is gone now.
 * - `pointed(user, other)`: the key of the session that the pointer of a user names, if it is that user's and not this one.
 * - `adoptPointed(user, other)`: the session that the pointer names, unless it is this one, enters the index.
 * - `present(user, missing)`: how many sessions in the index of a user are live; `missing` is called with each that is not.
 * - `forgetMissing(user, cap)`: takes the dead ones out of an index that looks full.
 * - `unpoint(user, record)`: removes the pointer if it names this session.
 */
const prelude = `
${luaJson}
local function ends(value, at)
  local y, mo, d, h, mi, s, f =
    string.match(raw(value, at, own[6]) or '', '^"(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?(%d*)Z"$')
  if not y then return nil end
  -- Days since 1970 by https://howardhinnant.github.io/date_algorithms.html#days_from_civil
  local floor = math.floor
  if tonumber(mo) <= 2 then y = y - 1 end
  local era = floor(y / 400)
  local yoe = y - era * 400
  local doy = floor((153 * ((mo + 9) % 12) + 2) / 5) + d - 1
  local days = era * 146097 + yoe * 365 + floor(yoe / 4) - floor(yoe / 100) + doy - 719468
  return (((days * 24 + h) * 60 + mi) * 60 + s) * 1000 + floor(('0.' .. f .. '0') * 1000 + 0.5)
end
local function adopt(record, user, value, at)
  if redis.call('PTTL', record) ~= -1 then return true end
  local deadline = ends(value, at)
  if not deadline then return true end
  ${time}
  if deadline <= now then
    redis.call('UNLINK', record)
    return false
  end
  local ms = string.format('%.0f', deadline)
  local index = own[2] .. user
  redis.call('PEXPIREAT', record, ms)
  redis.call('ZADD', index, ms, string.sub(record, #own[1] + 1))
  ${settle("index")}
  return true
end
local function pointed(user, other)
  local record = redis.call('GET', own[3] .. user)
  if not record or record == other or string.sub(record, 1, #own[1]) ~= own[1] then return nil end
  local value = redis.call('GET', record)
  local at = value and members(value)
  if at and plain(raw(value, at, own[5])) == user then return record, value, at end
end
local function adoptPointed(user, other)
  local record, value, at = pointed(user, other)
  if record then adopt(record, user, value, at) end
end
local function present(user, missing)
  local count = 0
  for _, member in ipairs(redis.call('ZRANGE', own[2] .. user, 0, -1)) do
    local record = own[1] .. member
    local ttl = redis.call('PTTL', record)
    local live = ttl ~= -2
    if ttl == -1 then
      local value = redis.call('GET', record)
      local at = members(value)
      live = at and adopt(record, user, value, at)
    end
    if live then count = count + 1 elseif missing then missing(member) end
  end
  return count
end
local function forgetMissing(user, cap)
  local index = own[2] .. user
  if redis.call('ZCARD', index) < tonumber(cap) then return end
  -- A process that runs the replaced package ends sessions without taking them out of the index.
  present(user, function(member) redis.call('ZREM', index, member) end)
end
local function unpoint(user, record)
  local pointer = own[3] .. user
  if redis.call('GET', pointer) == record then redis.call('UNLINK', pointer) end
end`;

/** @param index The place of the index among the keys; its name says which user it is about. */
const start = (index?: number): string => `
local own = ARGV
local ARGV = {unpack(own, 7)}
${prelude}
${index === undefined ? "local user" : `local user = string.sub(KEYS[${index}], #own[2] + 1)`}`;

/** Runs a script of `together` as it is. */
const run = (name: keyof typeof scripts): string => `
local answer = (function()
  ${scripts[name].source}
end)()`;

const sources: { readonly [Name in OwnedScriptName]: string } = {
  // -2: the owner is gone.
  create: `${start(2)}
if redis.call('EXISTS', own[4] .. user) == 0 then return -2 end
adoptPointed(user)
if ARGV[5] then forgetMissing(user, ARGV[5]) end
${run("create")}
if answer == 1 then redis.call('SET', own[3] .. user, KEYS[1], 'PXAT', ARGV[2]) end
return answer`,

  replace: `${start(2)}
adoptPointed(user, KEYS[1])
if ARGV[6] then forgetMissing(user, ARGV[6]) end
${run("replace")}
if answer == 1 then redis.call('SET', own[3] .. user, KEYS[1], 'PXAT', ARGV[3]) end
return answer`,

  remove: `${start()}
${run("remove")}
local at = type(answer) == 'string' and members(answer)
local owner = at and plain(raw(answer, at, own[5]))
if owner then unpoint(owner, KEYS[1]) end
return answer`,

  removeExact: `${start(2)}
${run("removeExact")}
if answer == 1 then unpoint(user, KEYS[1]) end
return answer`,

  removeAll: `${start(1)}
adoptPointed(user)
${run("removeAll")}
local record = redis.call('GET', own[3] .. user)
if record and redis.call('EXISTS', record) == 0 then redis.call('UNLINK', own[3] .. user) end
return answer`,

  list: `${start(1)}
adoptPointed(user)
${run("list")}
return answer`,

  indexCount: `${start(1)}
adoptPointed(user)
return present(user)`,

  // KEYS record. The record and its owner's record, or 0.
  getWithOwner: `${start()}
local value = redis.call('GET', KEYS[1])
local at = value and members(value)
user = at and plain(raw(value, at, own[5]))
local owner = user and redis.call('GET', own[4] .. user)
if not owner then return 0 end
-- A server that takes no writes can still say who is signed in.
local ok, live = pcall(adopt, KEYS[1], user, value, at)
if ok and not live then return 0 end
return {value, owner}`,

  // KEYS record. ARGV member, deadline and owner ('': as they are), the cap for another owner (0: none) and what a full
  // index does, then names and values as JSON. The record as it is now, 0 there is none, -1 the owner has as many sessions
  // as allowed.
  patch: `${start()}
${call}
local value = call('GET', KEYS[1])
if not value then return 0 end
local at, stop = members(value)
user = at and plain(raw(value, at, own[5]))
if not user or not adopt(KEYS[1], user, value, at) then return 0 end
local merged = merge(value, at, stop, ARGV, 6)
local deadline, owner = ARGV[2], ARGV[3]
if owner == '' then owner = user end
local index = own[2] .. owner
if owner ~= user and ARGV[4] ~= '0' and not call('ZSCORE', index, ARGV[1]) then
  adoptPointed(owner, KEYS[1])
  forgetMissing(owner, ARGV[4])
  local surplus = call('ZCARD', index) + 1 - ARGV[4]
  if surplus > 0 and ARGV[5] == 'reject' then return -1 end
  for _, other in ipairs(surplus > 0 and call('ZRANGE', index, 0, surplus - 1) or {}) do
    call('UNLINK', own[1] .. other)
    call('ZREM', index, other)
  end
end
if deadline == '' then
  if owner == user then
    call('SET', KEYS[1], merged, 'KEEPTTL')
    return merged
  end
  ${time}
  deadline = string.format('%.0f', now + call('PTTL', KEYS[1]))
end
local before = call('PTTL', KEYS[1])
call('SET', KEYS[1], merged, 'PXAT', deadline)
if owner ~= user then
  local former = own[2] .. user
  ${leave("former", "ARGV[1]")}
  unpoint(user, KEYS[1])
end
adoptPointed(owner, KEYS[1])
${enter("index", "ARGV[1]", "deadline", "KEYS[1]")}
if before > call('PTTL', KEYS[1]) then ${settle("index")} end
call('SET', own[3] .. owner, KEYS[1], 'PXAT', deadline)
return merged`,
};

export const ownedScripts: { readonly [Name in OwnedScriptName]: Script } = Object.fromEntries(
  Object.entries(sources).map(([name, source]) => [name, { name: `owned ${name}`, source: source.trim() }]),
) as unknown as { readonly [Name in OwnedScriptName]: Script };
