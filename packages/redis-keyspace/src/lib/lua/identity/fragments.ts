import { luaMembers } from "../json.js";

// What the scripts of users and of their sessions share. Records are JSON objects; names of members are given as JSON:
// `"email"`. Each record of a user names it in `userId`.
//
// Lua does not roll back. So a script first reads every key that it will write, which fails where a key is of another type;
// then a script that stores begins with a command that Redis refuses when its memory is full, and one that only removes
// with one that it does not.

/**
 * - `get(key)`: a record, where its members are, and where it ends.
 * - `text(value, at, name)`: a member that is a string.
 */
export const records = `
${luaMembers}
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end`;

/**
 * `holder(address, email, userPrefix)`: who has an e-mail address, given as its key and as JSON: an id and that user's
 * record. `nil`: nobody who is still there and still has it.
 */
export const holder = `
local function holder(address, email, userPrefix)
  local id = call('GET', address)
  if not id then return nil end
  local value, at = get(userPrefix .. id)
  if at and raw(value, at, '"email"') == email then return id, value end
end`;

/**
 * `pointed(pointer, userId, prefix, other)`: the key of the record that a replaced package's pointer names, the record,
 * and where its members are; `nil` unless it is that user's and not the other one.
 */
export const pointed = `
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end`;

/**
 * - `collect(keys, prefix, storedIds)`: adds the keys of these records to a list.
 * - `unlink(keys)`: removes all keys of a list.
 */
export const unlink = `
local function collect(keys, prefix, storedIds)
  for _, storedId in ipairs(storedIds) do keys[#keys + 1] = prefix .. storedId end
end
local function unlink(keys)
  for from = 1, #keys, 1000 do call('UNLINK', unpack(keys, from, math.min(from + 999, #keys))) end
end`;

/**
 * `release(keys, email, id)`: if this user has an e-mail address, adds its key and those of the tokens sent to it to a
 * list. Needs the locals emailPrefix, tokenPrefix and tokenIndexPrefix.
 */
export const release = `
local function release(keys, email, id)
  if not email or call('GET', emailPrefix .. email) ~= id then return end
  collect(keys, tokenPrefix .. email .. ':', call('ZRANGE', tokenIndexPrefix .. email, 0, -1))
  keys[#keys + 1] = emailPrefix .. email
  keys[#keys + 1] = tokenIndexPrefix .. email
end`;
