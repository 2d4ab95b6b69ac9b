import type { LegacySets } from "../legacy-sets.js";

// A rotation with a grace leaves two ids for one session, whose records name each other (see `records/header.ts`).
// Whoever ends one of them ends both.

const start = '^{"expiresAt":%d+,"endsAt":%w+,"userId":';

/** Lua: the name that stands behind the owner in a header. `nil`: the owner has escapes, and hides it. */
export const nextName = (value: string): string =>
  `string.match(${value}, '${start}"[^"\\\\]*","(%w+)"') or string.match(${value}, '${start}null,"(%w+)"')`;

/**
 * Sets `linked`: the stored ids that are the same session as `value`, which is `storedId`'s. Reads and writes nothing
 * where the record names none, or has no header. Needs the locals recordPrefix and hasHeader.
 */
export const findLinked = (value: string, storedId: string): string => `
local linked = {}
if hasHeader then
  local name = ${nextName(value)}
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(${value})
    local from = ${storedId}
    while successor and #linked < 16 do
      local before, after = linksIn(call('GET', recordPrefix .. successor))
      if before ~= from then break end
      linked[#linked + 1] = successor
      from, successor = successor, after
    end
    while former and #linked < 32 do
      local before, after = linksIn(call('GET', recordPrefix .. former))
      if not after then break end
      linked[#linked + 1] = former
      former = before
    end
  end
end`;

/** Ends these. Needs the locals recordPrefix, index and legacySet; the last two may be nil. `reason`, `user`: see `live/messages.ts`. */
export const endLinked = (sets: LegacySets, reason: "revoked" | "replaced", user = "nil"): string => `
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    ${sets.forget("legacySet", "other")}
  end
  call('UNLINK', recordPrefix .. other)
end
tell('${reason}', linked, ${user})`;
