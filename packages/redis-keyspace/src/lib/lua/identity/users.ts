import { luaMerge } from "../json.js";
import { defineScript } from "../script.js";
import { holder, pointed, records, release, unlink } from "./fragments.js";

/** `address` is the key of the e-mail address; `email` is it as JSON. `taken`: the id or the address is. */
export const createUser = defineScript({
  name: "create-user",
  keys: ["user", "address?"],
  args: ["value", "id", "userPrefix", "email?"],
  answers: { 1: "created", 0: "taken" },
  lua: `
${records}
${holder}
if call('EXISTS', user) == 1 then return 0 end
if address then
  if holder(address, email, userPrefix) then return 0 end
  call('SET', address, id)
end
call('SET', user, value)
return 1`,
});

export const getUserByEmail = defineScript({
  name: "get-user-by-email",
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
  keys: ["user", "address?"],
  args: ["id", "userPrefix", "emailPrefix", "tokenPrefix", "tokenIndexPrefix", "email?", "...changes"],
  answers: { 0: "gone", [-1]: "taken", text: "patched" },
  lua: `
${records}
${luaMerge}
${holder}
${unlink}
${release}
local value, at, stop = get(user)
if not value or text(value, at, '"id"') ~= id then return 0 end
if email then
  local other = address and holder(address, email, userPrefix)
  if other and other ~= id then return -1 end
  local former = text(value, at, '"email"')
  if former ~= plain(email) then release(former, id) end
  if address then call('SET', address, id) end
end
local merged = merge(value, at, stop, changes)
call('SET', user, merged)
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
  lua: `
${records}
${pointed}
${unlink}
${release}
local value, at = get(user)
if value and text(value, at, '"id"') ~= id then return 0 end
release(text(value, at, '"email"'), id)

local function unlinkPointed(pointer, prefix)
  local key = pointed(pointer, id, prefix)
  if key then call('UNLINK', key) end
  call('UNLINK', pointer)
end

local sessions = sessionIndexPrefix .. id
unlink(sessionPrefix, call('ZRANGE', sessions, 0, -1))
unlinkPointed(sessionPointerPrefix .. id, sessionPrefix)
call('UNLINK', sessions)

for i = 1, #linkPrefixes, 3 do
  local prefix, index, pointerPrefix = linkPrefixes[i], linkPrefixes[i + 1] .. id, linkPrefixes[i + 2]
  local own = {}
  for _, storedId in ipairs(call('ZRANGE', index, 0, -1)) do
    -- A process that runs the replaced package may have given a link to another user meanwhile.
    local link, places = get(prefix .. storedId)
    if text(link, places, '"userId"') == id then own[#own + 1] = storedId end
  end
  unlink(prefix, own)
  if pointerPrefix ~= '' then unlinkPointed(pointerPrefix .. id, prefix) end
  call('UNLINK', index)
end

call('UNLINK', user)
return value or 0`,
});
