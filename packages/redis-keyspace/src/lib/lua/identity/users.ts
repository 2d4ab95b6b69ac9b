import { luaMerge } from "../json.js";
import { defineScript } from "../script.js";
import { holder, pointed, records, release, unlink } from "./fragments.js";

/**
 * `address` is the key of the e-mail address; `email` is it as JSON. `taken`: the id or the address is. Exactly the same
 * user is no other one.
 */
export const createUser = defineScript({
  name: "create-user",
  short: true,
  keys: ["user", "address?"],
  args: ["value", "id", "userPrefix", "email?"],
  answers: { 1: "created", 0: "taken" },
  lua: `
${records}
${holder}
local present = call('GET', user)
if present then
  return present == value and (not address or call('GET', address) == id) and 1 or 0
end
if address and holder(address, email, userPrefix) then return 0 end
call('SET', user, value)
if address then call('SET', address, id) end
return 1`,
});

export const getUserByEmail = defineScript({
  name: "get-user-by-email",
  short: true,
  keys: ["address"],
  args: ["email", "userPrefix"],
  answers: { 0: "gone", text: "found" },
  lua: `
${records}
${holder}
local _, value = holder(address, email, userPrefix)
return value or 0`,
});

/**
 * Answers the record as it is now. `email` is given where it changes, its key where there is a new one. `taken`: the
 * address is another user's.
 */
export const patchUser = defineScript({
  name: "patch-user",
  short: true,
  keys: ["user", "address?"],
  args: ["id", "userPrefix", "emailPrefix", "tokenPrefix", "tokenIndexPrefix", "email?", "...changes"],
  answers: { 0: "gone", [-1]: "taken", text: "patched" },
  remembers: ["patched"],
  lua: `
${records}
${luaMerge}
${holder}
${unlink}
${release}
local value, at, stop = get(user)
if not value or text(value, at, '"id"') ~= id then return 0 end
local left = {}
if email then
  local other = address and holder(address, email, userPrefix)
  if other and other ~= id then return -1 end
  local former = text(value, at, '"email"')
  if former ~= plain(email) then release(left, former, id) end
end
local merged = merge(value, at, stop, changes)
call('SET', user, merged)
if email and address then call('SET', address, id) end
unlink(left)
tellUser(id)
return merged`,
});

/**
 * Answers the record. What is left of a user who is gone goes too. Of each kind of link: what the keys of records, of
 * indexes and of pointers start with; an empty text where there are no pointers.
 */
export const deleteUser = defineScript({
  name: "delete-user",
  keys: ["user"],
  args: [
    "id",
    "emailPrefix",
    "tokenPrefix",
    "tokenIndexPrefix",
    "sessionPrefix",
    "sessionIndexPrefix",
    "sessionPointerPrefix",
    "...linkPrefixes",
  ],
  answers: { 0: "gone", text: "deleted" },
  remembers: ["deleted"],
  lua: `
${records}
${pointed}
${unlink}
${release}
local value, at = get(user)
if value and text(value, at, '"id"') ~= id then return 0 end
local keys = {}
release(keys, text(value, at, '"email"'), id)

local function collectPointed(pointer, prefix)
  keys[#keys + 1] = pointed(pointer, id, prefix)
  keys[#keys + 1] = pointer
end

local sessions = sessionIndexPrefix .. id
local storedIds = call('ZRANGE', sessions, 0, -1)
local last = pointed(sessionPointerPrefix .. id, id, sessionPrefix)
last = last and string.sub(last, #sessionPrefix + 1)
if last and not call('ZSCORE', sessions, last) then storedIds[#storedIds + 1] = last end
collect(keys, sessionPrefix, storedIds)
keys[#keys + 1] = sessionPointerPrefix .. id
keys[#keys + 1] = sessions

for i = 1, #linkPrefixes, 3 do
  local prefix, index, pointerPrefix = linkPrefixes[i], linkPrefixes[i + 1] .. id, linkPrefixes[i + 2]
  for _, storedId in ipairs(call('ZRANGE', index, 0, -1)) do
    -- A process that runs the replaced package may have given a link to another user meanwhile.
    local link, places = get(prefix .. storedId)
    if text(link, places, '"userId"') == id then collect(keys, prefix, {storedId}) end
  end
  if pointerPrefix ~= '' then collectPointed(pointerPrefix .. id, prefix) end
  keys[#keys + 1] = index
end

keys[#keys + 1] = user
tell('revoked', storedIds, id)
tellUser(id)
unlink(keys)
return value or 0`,
});
