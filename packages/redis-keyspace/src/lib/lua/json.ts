// Lua that reads and changes the top-level members of a JSON object where they stand in its text. Nothing is decoded
// and encoded again, because cjson changes what it re-encodes. Names and values are JSON text throughout: `"userId"`,
// `"u1"`.

/**
 * - `members(json)`: where each value starts and ends, by name, and where the object ends. `nil`: it is no object.
 * - `raw(json, at, name)`: the value of a member. `nil`: there is none.
 * - `plain(value)`: the string that a value is. `nil`: it is no string.
 */
export const luaMembers = `
local function members(json)
  if string.byte(json, 1) ~= 123 then return nil end
  local at, depth, name, from, i = {}, 0, nil, nil, 1
  while true do
    local found = string.find(json, '["{}%[%],]', i)
    if not found then return nil end
    local mark = string.byte(json, found)
    i = found + 1
    if mark == 34 then
      local stop = found
      repeat
        stop = string.find(json, '["\\\\]', stop + 1)
        if not stop then return nil end
        local escape = string.byte(json, stop) == 92
        if escape then stop = stop + 1 end
      until not escape
      i = stop + 1
      if depth == 1 and not name then
        name = string.sub(json, found, stop)
        from = string.match(json, '^%s*:%s*()', i)
        if not from then return nil end
        i = from
      end
    else
      if mark == 123 or mark == 91 then depth = depth + 1 elseif mark ~= 44 then depth = depth - 1 end
      if depth == 0 or (depth == 1 and mark == 44) then
        if name then at[name] = {from, found - 1} end
        name = nil
        if depth == 0 then return at, found end
      end
    end
  end
end
local function raw(json, at, name)
  return at[name] and string.sub(json, at[name][1], at[name][2])
end
local function plain(value)
  if not value or not string.find(value, '^".*"$') then return nil end
  if not string.find(value, '\\\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end`;

/**
 * `same(json, at, list)`: whether the members have these values: name, value, name, value … A whole number in the
 * object is the string of its digits, unless JavaScript may have rounded it.
 */
export const luaSame = `
local function same(json, at, list)
  for i = 1, #list, 2 do
    local value = raw(json, at, list[i])
    if value and string.find(value, '^%d+$') and tonumber(value) < 2 ^ 53 then value = '"' .. value .. '"' end
    if value ~= list[i + 1] then return false end
  end
  return true
end`;

/** `merge(json, at, stop, list)`: the object with these members in place of its own, new ones at its end. */
export const luaMerge = `
local function merge(json, at, stop, list)
  local edits, added = {}, {}
  for i = 1, #list, 2 do
    local place = at[list[i]]
    if place then
      edits[#edits + 1] = {place[1], place[2], list[i + 1]}
    else
      added[#added + 1] = list[i] .. ':' .. list[i + 1]
    end
  end
  table.sort(edits, function(a, b) return a[1] < b[1] end)
  local parts, from = {}, 1
  for _, edit in ipairs(edits) do
    parts[#parts + 1] = string.sub(json, from, edit[1] - 1) .. edit[3]
    from = edit[2] + 1
  end
  parts[#parts + 1] = string.sub(json, from, stop - 1)
  if #added > 0 then parts[#parts + 1] = (next(at) and ',' or '') .. table.concat(added, ',') end
  return table.concat(parts) .. '}'
end`;
