import { time } from "../fragments.js";
import { luaMerge, luaSame } from "../json.js";
import { defineScript } from "../script.js";
import { pointed, records } from "./fragments.js";

// An index of links is a sorted set by the time of linking; 0 for what the replaced package linked. `match`: names and
// values, as JSON, that the link must have, because two names can make up one key.

/** Sets `adopted`: the link that a replaced package's pointer names. It enters the index, because a pointer holds one only. */
const findPointed = `
local adopted = pointer and pointed(pointer, userId, linkPrefix)
adopted = adopted and string.sub(adopted, #linkPrefix + 1)`;

/** `taken`: the link is another user's, or another link has this key. */
export const createLink = defineScript({
  name: "create-link",
  short: true,
  keys: ["link", "user", "index", "pointer?"],
  args: ["value", "storedId", "userId", "userPrefix", "linkPrefix", "...match"],
  answers: { 1: "linked", 0: "user-gone", [-1]: "taken" },
  remembers: ["linked"],
  lua: `
${records}
${luaSame}
${pointed}
${time}
if call('EXISTS', user) == 0 then return 0 end
local present, at = get(link)
local owner = text(present, at, '"userId"')
if owner and (owner ~= userId or not same(present, at, match)) and call('EXISTS', userPrefix .. owner) == 1 then
  return -1
end
${findPointed}
if adopted then call('ZADD', index, 'NX', 0, adopted) end
call('ZADD', index, 'NX', string.format('%.0f', now), storedId)
call('SET', link, value)
if pointer then call('SET', pointer, link) end
return 1`,
});

/** Answers the user's record. The link enters the index, where it is missing if the replaced package wrote it. */
export const getUserByLink = defineScript({
  name: "get-user-by-link",
  short: true,
  keys: ["link"],
  args: ["storedId", "userPrefix", "indexPrefix", "...match"],
  answers: { 0: "gone", text: "found" },
  lua: `
${records}
${luaSame}
local value, at = get(link)
if not at or not same(value, at, match) then return 0 end
local id = text(value, at, '"userId"')
if not id then return 0 end
local user, places = get(userPrefix .. id)
if text(user, places, '"id"') ~= id then return 0 end
-- A server that takes no writes can still say whose it is.
if not call('ZSCORE', indexPrefix .. id, storedId) then redis.pcall('ZADD', indexPrefix .. id, 0, storedId) end
return user`,
});

export const listLinks = defineScript({
  name: "list-links",
  keys: ["index", "pointer?"],
  args: ["userId", "linkPrefix"],
  answers: { list: "listed" },
  lua: `
${records}
${pointed}
${findPointed}
local storedIds = call('ZRANGE', index, 0, -1)
if adopted and not call('ZSCORE', index, adopted) then table.insert(storedIds, 1, adopted) end
local found = {}
for _, storedId in ipairs(storedIds) do
  found[#found + 1] = call('GET', linkPrefix .. storedId) or nil
end
-- A server that takes no writes can still list them.
if adopted then redis.pcall('ZADD', index, 'NX', 0, adopted) end
return found`,
});

/** Answers the record as it is now. `changes`: the names and values that it gets, as a JSON array of JSON texts. */
export const patchLink = defineScript({
  name: "patch-link",
  short: true,
  keys: ["link"],
  args: ["changes", "...match"],
  answers: { 0: "gone", text: "patched" },
  remembers: ["patched"],
  lua: `
${records}
${luaSame}
${luaMerge}
local value, at, stop = get(link)
if not at or not same(value, at, match) then return 0 end
local merged = merge(value, at, stop, cjson.decode(changes))
call('SET', link, merged)
return merged`,
});

/** Answers the record. A pointer to it points to the user's last link then. */
export const deleteLink = defineScript({
  name: "delete-link",
  short: true,
  keys: ["link"],
  args: ["storedId", "linkPrefix", "indexPrefix", "pointerPrefix?", "...match"],
  answers: { 0: "gone", text: "deleted" },
  remembers: ["deleted"],
  lua: `
${records}
${luaSame}
local value, at = get(link)
if not at or not same(value, at, match) then return 0 end
local userId = text(value, at, '"userId"')
local index = userId and indexPrefix .. userId
local pointer = userId and pointerPrefix and pointerPrefix .. userId
local last
-- A process that runs the replaced package removed these, or gave them to another user.
local gone = {storedId}
if pointer and call('GET', pointer) == link then
  local linked = call('ZREVRANGE', index, 0, -1)
  for _, other in ipairs(linked) do
    local key = linkPrefix .. other
    if key ~= link then
      local found, places = get(key)
      if text(found, places, '"userId"') == userId then
        last = key
        break
      end
      gone[#gone + 1] = other
    end
  end
else
  pointer = nil
end
for i = 1, index and #gone or 0 do call('ZREM', index, gone[i]) end
call('UNLINK', link)
if pointer and last then call('SET', pointer, last) elseif pointer then call('UNLINK', pointer) end
return value`,
});
