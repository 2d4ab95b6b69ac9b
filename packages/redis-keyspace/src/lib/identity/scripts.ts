import type { Script } from "../driver.js";
import { luaJson } from "../lua-json.js";
import { call, enter, time } from "../scripts/pieces.js";

// Users, what is linked to them, and single-use tokens. One script an operation; keys of other records are made up from
// prefixes, so all prefixes share a slot (see `checkJoint`). An index is a sorted set: linked records by the time of
// linking, tokens by their deadlines.

type IdentityScriptName =
  | "createUser"
  | "getUserByEmail"
  | "updateUser"
  | "deleteUser"
  | "createLink"
  | "getUserByLink"
  | "listLinks"
  | "updateLink"
  | "deleteLink"
  | "createToken"
  | "useToken";

/**
 * - `get(key)`: a record and the places of its members.
 * - `text(value, at, name)`: a string member, by its plain name.
 * - `holder(key, email, users)`: who has an e-mail address, given as JSON: an id and that user's record. `nil`: nobody who
 *   is still there and still has it.
 */
const prelude = `${call}
${luaJson}
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, '"' .. name .. '"'))
end
local function holder(key, email, users)
  local id = call('GET', key)
  if not id then return nil end
  local value, at = get(users .. id)
  if at and raw(value, at, '"email"') == email then return id, value end
end`;

/**
 * `pointed(pointer, user, prefix)`: the key of the record that a replaced package's pointer names, if it is that user's.
 * `adopt(…)`: the same record enters the index, because a pointer holds one record only.
 */
const pointers = `
local function pointed(pointer, user, prefix)
  local key = call('GET', pointer .. user)
  if not key or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, 'userId') == user then return key end
end
local function adopt(pointer, user, prefix, index)
  if pointer == '' then return end
  local key = pointed(pointer, user, prefix)
  if key then call('ZADD', index .. user, 'NX', 0, string.sub(key, #prefix + 1)) end
end`;

/**
 * - `unlink(prefix, list)`: removes the records of these members.
 * - `release(email, id, emails, tokens, index)`: a user no longer has an e-mail address; links sent to it end.
 */
const removal = `
local function unlink(prefix, list)
  for from = 1, #list, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #list) do keys[#keys + 1] = prefix .. list[i] end
    call('UNLINK', unpack(keys))
  end
end
local function release(email, id, emails, tokens, index)
  if not email or call('GET', emails .. email) ~= id then return end
  unlink(tokens .. email .. ':', call('ZRANGE', index .. email, 0, -1))
  call('UNLINK', emails .. email, index .. email)
end`;

const sources: { readonly [Name in IdentityScriptName]: string } = {
  // KEYS user, e-mail. ARGV record, id, e-mail as JSON ('': none), user prefix. 1 created, -1 the id or the e-mail is taken.
  createUser: `${prelude}
if call('EXISTS', KEYS[1]) == 1 then return -1 end
if ARGV[3] ~= '' then
  if holder(KEYS[2], ARGV[3], ARGV[4]) then return -1 end
  call('SET', KEYS[2], ARGV[2])
end
call('SET', KEYS[1], ARGV[1])
return 1`,

  // KEYS e-mail. ARGV e-mail as JSON, user prefix. The user's record, or 0.
  getUserByEmail: `${prelude}
local _, value = holder(KEYS[1], ARGV[1], ARGV[2])
return value or 0`,

  // KEYS user. ARGV id, e-mail prefix, token prefix, token index prefix, user prefix, new e-mail as JSON ('': as it is),
  // then names and values as JSON. The record as it is now; 0 there is none; -1 the e-mail is another's.
  updateUser: `${prelude}
${removal}
local value = call('GET', KEYS[1])
if not value then return 0 end
local at, stop = members(value)
if text(value, at, 'id') ~= ARGV[1] then return 0 end
if ARGV[6] ~= '' then
  local old, new = text(value, at, 'email'), plain(ARGV[6])
  local key = new and new ~= '' and ARGV[2] .. new
  local id = key and holder(key, ARGV[6], ARGV[5])
  if id and id ~= ARGV[1] then return -1 end
  if old ~= new then release(old, unpack(ARGV, 1, 4)) end
  if key then call('SET', key, ARGV[1]) end
end
local merged = merge(value, at, stop, ARGV, 7)
call('SET', KEYS[1], merged)
return merged`,

  // KEYS user. ARGV id, e-mail prefix, token prefix, token index prefix, then of the sessions, and of each kind of link:
  // record prefix, index prefix, pointer prefix ('': none). The record, or 0; what is left of a user who is gone goes too.
  deleteUser: `${prelude}
${pointers}
${removal}
local value, at = get(KEYS[1])
local id = ARGV[1]
if value and text(value, at, 'id') ~= id then return 0 end
release(text(value, at, 'email'), unpack(ARGV, 1, 4))
for i = 5, #ARGV, 3 do
  local index = ARGV[i + 1] .. id
  local list = call('ZRANGE', index, 0, -1)
  if i > 5 then
    -- A process that runs the replaced package may have given a link to another user meanwhile.
    local own = {}
    for _, member in ipairs(list) do
      local link, places = get(ARGV[i] .. member)
      if text(link, places, 'userId') == id then own[#own + 1] = member end
    end
    list = own
  end
  unlink(ARGV[i], list)
  if ARGV[i + 2] ~= '' then
    local key = pointed(ARGV[i + 2], id, ARGV[i])
    if key then call('UNLINK', key) end
    call('UNLINK', ARGV[i + 2] .. id)
  end
  call('UNLINK', index)
end
call('UNLINK', KEYS[1])
return value or 0`,

  // KEYS link. ARGV record, member, user id, user prefix, link prefix, index prefix, pointer prefix ('': none), then the
  // names and values that the link must have. 1 linked, -1 it is another user's, or another link has this key, -2 there is
  // no such user.
  createLink: `${prelude}
${pointers}
${time}
if call('EXISTS', ARGV[4] .. ARGV[3]) == 0 then return -2 end
local value, at = get(KEYS[1])
local owner = text(value, at, 'userId')
if owner and (owner ~= ARGV[3] or not same(value, at, ARGV, 8, #ARGV)) and call('EXISTS', ARGV[4] .. owner) == 1 then
  return -1
end
adopt(ARGV[7], ARGV[3], ARGV[5], ARGV[6])
call('SET', KEYS[1], ARGV[1])
call('ZADD', ARGV[6] .. ARGV[3], 'NX', string.format('%.0f', now), ARGV[2])
if ARGV[7] ~= '' then call('SET', ARGV[7] .. ARGV[3], KEYS[1]) end
return 1`,

  // KEYS link. ARGV member, user prefix, index prefix, then names and values. The user's record, or 0. The link enters the
  // index, where it is missing if the replaced package wrote it.
  getUserByLink: `${prelude}
local value, at = get(KEYS[1])
if not at or not same(value, at, ARGV, 4, #ARGV) then return 0 end
local id = text(value, at, 'userId')
if not id then return 0 end
local user, places = get(ARGV[2] .. id)
if text(user, places, 'id') ~= id then return 0 end
-- A server that takes no writes can still say whose it is.
if not call('ZSCORE', ARGV[3] .. id, ARGV[1]) then redis.pcall('ZADD', ARGV[3] .. id, 0, ARGV[1]) end
return user`,

  // KEYS index. ARGV user id, link prefix, index prefix, pointer prefix ('': none). The records.
  listLinks: `${prelude}
${pointers}
adopt(ARGV[4], ARGV[1], ARGV[2], ARGV[3])
local found = {}
for _, member in ipairs(call('ZRANGE', KEYS[1], 0, -1)) do
  found[#found + 1] = call('GET', ARGV[2] .. member) or nil
end
return found`,

  // KEYS link. ARGV where the changes begin, the names and values that the link must have, then those it gets. The record as
  // it is now, or 0.
  updateLink: `${prelude}
local value = call('GET', KEYS[1])
if not value then return 0 end
local at, stop = members(value)
local first = tonumber(ARGV[1])
if not at or not same(value, at, ARGV, 2, first - 1) then return 0 end
local merged = merge(value, at, stop, ARGV, first)
call('SET', KEYS[1], merged)
return merged`,

  // KEYS link. ARGV member, link prefix, index prefix, pointer prefix ('': none), then names and values. The record, or 0. A
  // pointer to it points to the user's last link then.
  deleteLink: `${prelude}
local value, at = get(KEYS[1])
if not at or not same(value, at, ARGV, 5, #ARGV) then return 0 end
call('UNLINK', KEYS[1])
local user = text(value, at, 'userId')
if not user then return value end
local index = ARGV[3] .. user
call('ZREM', index, ARGV[1])
if ARGV[4] == '' or call('GET', ARGV[4] .. user) ~= KEYS[1] then return value end
local list = call('ZRANGE', index, 0, -1)
for i = #list, 1, -1 do
  local link, places = get(ARGV[2] .. list[i])
  if text(link, places, 'userId') == user then
    call('SET', ARGV[4] .. user, ARGV[2] .. list[i])
    return value
  end
  -- A process that runs the replaced package removed the link, or gave it to another user.
  call('ZREM', index, list[i])
end
call('UNLINK', ARGV[4] .. user)
return value`,

  // KEYS token, index. ARGV record, deadline, member.
  createToken: `${call}
call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
${enter("KEYS[2]", "ARGV[3]", "ARGV[2]", "KEYS[1]", "call('ZREMRANGEBYSCORE', KEYS[2], '(0', '(' .. now)")}
return 1`,

  // KEYS token, index. ARGV member, then the names and values that it must have. The record, or 0.
  useToken: `${prelude}
local value, at = get(KEYS[1])
if not at or not same(value, at, ARGV, 2, #ARGV) then return 0 end
call('UNLINK', KEYS[1])
call('ZREM', KEYS[2], ARGV[1])
return value`,
};

export const identityScripts: { readonly [Name in IdentityScriptName]: Script } = Object.fromEntries(
  Object.entries(sources).map(([name, source]) => [name, { name, source: source.trim() }]),
) as unknown as { readonly [Name in IdentityScriptName]: Script };
