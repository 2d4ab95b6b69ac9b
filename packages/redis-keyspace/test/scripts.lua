-- create
local call = redis.call
local record, index = KEYS[1], KEYS[2]
local value, deadline, storedId, recordPrefix, limit, whenFull, sendBefore, hasHeader, hashed, judge = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
if recordPrefix == '' then recordPrefix = nil end
if limit == '' then limit = nil end
if whenFull == '' then whenFull = nil end
if sendBefore == '' then sendBefore = nil end
if hasHeader == '' then hasHeader = nil end
if hashed == '' then hashed = nil end
if judge == '' then judge = nil end
local uncounted = {}
for i = 11, #ARGV do uncounted[#uncounted + 1] = ARGV[i] end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local victims, ghosts, values = {}, {}, {}
if limit and index and call('GET', record) ~= value then
  if call('EXISTS', record) == 1 then return 0 end
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  if size >= tonumber(limit) then
local live, absent, texts = {}, {}, {}
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    for i, value in ipairs(call('MGET', unpack(keys))) do
      local id = storedIds[from + i - 1]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 44 and string.byte(id) == 126) == (hashed ~= nil) then
        local name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
        if name ~= 'sealed' and not (hasHeader and name == 'successor') then
          live[#live + 1] = id
          texts[id] = value
        end
      end
    end
  end
end
    local unseen = math.max(0, call('ZCOUNT', index, now, '+inf') - 1000)
    examine(call('ZRANGEBYSCORE', index, now, '+inf', 'LIMIT', '0', '1000'))
    local found, counted, none = {}, {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then
        counted[#counted + 1] = id
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
    end
    if judge == 'ask' and #found > 0 then return found end
    local surplus = #counted + unseen + 1 - limit
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do victims[i] = counted[i] end
    ghosts, values = absent, texts
  end
end
local entered = index and call('ZADD', index, 'NX', deadline, storedId)
if not call('SET', record, value, 'NX', 'PXAT', deadline) then
  if entered == 1 then call('ZREM', index, storedId) end
  if call('GET', record) ~= value then return 0 end
  entered = 0
end
if index then
  if entered == 0 then call('ZADD', index, deadline, storedId) end
  if limit then
for _, id in ipairs(ghosts) do
  if id ~= storedId then call('ZREM', index, id) end
end
for _, id in ipairs(victims) do
local linked = {}
if hasHeader then
  local name = string.match(values[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(values[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(values[id])
    local from = id
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
end
  linked[#linked + 1] = id
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
  end
  call('UNLINK', recordPrefix .. other)
end
end
  end
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
end
return 1

-- update
local call = redis.call
local record, index, formerIndex = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local expected, value, deadline, storedId, recordPrefix, limit, whenFull, sendBefore, hasHeader, hashed, judge = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11]
if recordPrefix == '' then recordPrefix = nil end
if limit == '' then limit = nil end
if whenFull == '' then whenFull = nil end
if sendBefore == '' then sendBefore = nil end
if hasHeader == '' then hasHeader = nil end
if hashed == '' then hashed = nil end
if judge == '' then judge = nil end
local uncounted = {}
for i = 12, #ARGV do uncounted[#uncounted + 1] = ARGV[i] end
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local victims, ghosts, values = {}, {}, {}
if limit and not call('ZSCORE', index, storedId) then
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  if size >= tonumber(limit) then
local live, absent, texts = {}, {}, {}
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    for i, value in ipairs(call('MGET', unpack(keys))) do
      local id = storedIds[from + i - 1]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 44 and string.byte(id) == 126) == (hashed ~= nil) then
        local name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
        if name ~= 'sealed' and not (hasHeader and name == 'successor') then
          live[#live + 1] = id
          texts[id] = value
        end
      end
    end
  end
end
    local unseen = math.max(0, call('ZCOUNT', index, now, '+inf') - 1000)
    examine(call('ZRANGEBYSCORE', index, now, '+inf', 'LIMIT', '0', '1000'))
    local found, counted, none = {}, {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then
        counted[#counted + 1] = id
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
    end
    if judge == 'ask' and #found > 0 then return found end
    local surplus = #counted + unseen + 1 - limit
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do victims[i] = counted[i] end
    ghosts, values = absent, texts
  end
end
local before = call('PTTL', record)
if formerIndex then call('ZCARD', formerIndex) end
if index then call('ZADD', index, deadline, storedId) end
call('SET', record, value, 'PXAT', deadline)
if limit then
for _, id in ipairs(ghosts) do
  if id ~= storedId then call('ZREM', index, id) end
end
for _, id in ipairs(victims) do
local linked = {}
if hasHeader then
  local name = string.match(values[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(values[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(values[id])
    local from = id
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
end
  linked[#linked + 1] = id
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
  end
  call('UNLINK', recordPrefix .. other)
end
end
end
if formerIndex then
if call('ZREM', formerIndex, storedId) == 1 then 
do
  local last = call('ZRANGE', formerIndex, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', formerIndex, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', formerIndex, string.format('%.0f', last)) end
end end
end
if index then
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
  if now + before > tonumber(deadline) + 50 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
end
return 1

-- touch
local call = redis.call
local record, index = KEYS[1], KEYS[2]
local deadline, storedId, indexPrefix = ARGV[1], ARGV[2], ARGV[3]
local head = call('GETRANGE', record, 0, 255)
local expires, ends, user, at = string.match(head, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"()')
if not user then
  local value = call('GET', record)
  if not value then return 0 end
  expires, ends, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null()')
  if not expires then return value end
end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(expires) <= now then return 0 end
if ends ~= 'null' and tonumber(ends) < tonumber(deadline) then deadline = ends end
if string.find(head, '^,"successor"', at) then return tonumber(expires) end
if #expires ~= 13 or #deadline ~= 13 then return call('GET', record) end
if tonumber(deadline) <= now then return -2 end
if user then
  index = indexPrefix .. user
  call('ZADD', index, deadline, storedId)
end
call('SETRANGE', record, 13, deadline)
call('PEXPIREAT', record, deadline)
if user then
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
  if tonumber(expires) > tonumber(deadline) then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
end
return tonumber(deadline)

-- touch-key
local call = redis.call
local record, index = KEYS[1], KEYS[2]
local deadline, storedId, enoughMs = ARGV[1], ARGV[2], ARGV[3]
local ttl = call('PTTL', record)
if ttl == -2 then return 0 end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local score = index and call('ZSCORE', index, storedId)
if index and not score then return call('GET', record) end
if enoughMs and ttl > tonumber(enoughMs) then
  if not score or tonumber(score) > now + ttl - 50 then return now + ttl end
end
if tonumber(deadline) <= now then return -2 end
if index then call('ZADD', index, deadline, storedId) end
call('PEXPIREAT', record, deadline)
if index then
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
  if now + ttl > tonumber(deadline) + 50 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
end
return tonumber(deadline)

-- rotate
local call = redis.call
local record, newRecord, index = KEYS[1], KEYS[2], KEYS[3]
local storedId, newStoredId, indexPrefix, graceMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local value = call('GET', record)
if not value then return 0 end
local deadline, _, user, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"()')
if not user then
  deadline, _, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null()')
  if not deadline then return {value} end
end
if string.find(value, '^,"successor"', at) or string.find(value, '^,"former"', at) then return {value} end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return 0 end
index = user and indexPrefix .. user
local moved, closed, graceEnd = value, nil, nil
if graceMs ~= '0' then
  graceEnd = string.format('%.0f', math.min(now + graceMs, tonumber(deadline)))
  local rest = string.sub(value, at)
  moved = string.sub(value, 1, at - 1) .. ',"former":[' .. cjson.encode(storedId) .. ',' .. graceEnd .. ']' .. rest
  closed = '{"expiresAt":' .. graceEnd .. ',"endsAt":' .. graceEnd
    .. string.match(string.sub(value, 1, at - 1), ',"userId":.*') .. ',"successor":' .. cjson.encode(newStoredId) .. rest
end
if index then call('ZCARD', index) end
if not call('SET', newRecord, moved, 'NX', 'PXAT', deadline) then return -1 end
if index then
  call('ZADD', index, deadline, newStoredId)
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
end
if closed then
  call('SET', record, closed, 'PXAT', graceEnd)
  if index then
    call('ZADD', index, '-' .. graceEnd, storedId)
    call('ZREMRANGEBYSCORE', index, '(-' .. string.format('%.0f', now), '(0')
  end
else
  call('UNLINK', record)
  if index then call('ZREM', index, storedId) end
end
if index then
end
return moved

-- move
local call = redis.call
local record, newRecord, index = KEYS[1], KEYS[2], KEYS[3]
local expected, moved, deadline, storedId, newStoredId, recordPrefix, closed, graceEnd, ended = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
if recordPrefix == '' then recordPrefix = nil end
if closed == '' then closed = nil end
if graceEnd == '' then graceEnd = nil end
if call('GET', record) ~= expected then return 0 end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local hasHeader = ended
local linked = {}
if hasHeader then
  local name = string.match(ended, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(ended, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(ended)
    local from = storedId
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
end
if index then call('ZCARD', index) end
if not call('SET', newRecord, moved, 'NX', 'PXAT', deadline) then return -1 end
if index then
  call('ZADD', index, deadline, newStoredId)
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
end
if closed then
  call('SET', record, closed, 'PXAT', graceEnd)
  if index then
    call('ZADD', index, '-' .. graceEnd, storedId)
    call('ZREMRANGEBYSCORE', index, '(-' .. string.format('%.0f', now), '(0')
  end
else
  call('UNLINK', record)
  if index then call('ZREM', index, storedId) end
end
if index then
end
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
  end
  call('UNLINK', recordPrefix .. other)
end
return 1

-- delete
local call = redis.call
local record, index = KEYS[1], KEYS[2]
local storedId, userIdField, onlyUserId, hasHeader, recordPrefix, indexPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if userIdField == '' then userIdField = nil end
if onlyUserId == '' then onlyUserId = nil end
if hasHeader == '' then hasHeader = nil end
if recordPrefix == '' then recordPrefix = nil end
local value = call('GET', record)
if not value then return 0 end
local expires, _, user
if userIdField then
  if hasHeader then expires, _, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"') end
  if not user then
    expires = hasHeader and string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":') or nil
  local ok, json = pcall(cjson.decode, value)
  if ok and type(json) == 'table' then
    user = json[userIdField]
    if user == nil or user == cjson.null then
      user = false
    elseif type(user) ~= 'string' then
      user = nil
    end
  end
  end
end
if not user and (user == nil or not expires) then return {value} end
if onlyUserId and user ~= onlyUserId then return 0 end
index = user and indexPrefix and indexPrefix .. user
if not indexPrefix then hasHeader = nil end
local linked = {}
if hasHeader then
  local name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(value)
    local from = storedId
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
end
if index then
if call('ZREM', index, storedId) == 1 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
end
call('UNLINK', record)
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
  end
  call('UNLINK', recordPrefix .. other)
end
return value

-- delete-exact
local call = redis.call
local record, index = KEYS[1], KEYS[2]
local expected, storedId, hasHeader, recordPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if hasHeader == '' then hasHeader = nil end
if call('GET', record) ~= expected then return 0 end
local linked = {}
if hasHeader then
  local name = string.match(expected, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(expected, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(expected)
    local from = storedId
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
end
if index then
if call('ZREM', index, storedId) == 1 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
end
call('UNLINK', record)
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
  end
  call('UNLINK', recordPrefix .. other)
end
return 1

-- delete-all
local call = redis.call
local index = KEYS[1]
local recordPrefix, hasHeader, except = ARGV[1], ARGV[2], ARGV[3]
if hasHeader == '' then hasHeader = nil end
local kept = {}
if except then
  kept[except] = true
  local text = call('GET', recordPrefix .. except)
  if text then
local linked = {}
if hasHeader then
  local name = string.match(text, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(text, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(text)
    local from = except
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
end
    for _, other in ipairs(linked) do kept[other] = true end
  end
end
local deleted = 0
local function unlink(storedIds, leave, counts)
  for from = 1, #storedIds, 1000 do
    local ids, keys = {}, {}
    for i = from, math.min(from + 999, #storedIds) do
      if not kept[storedIds[i]] then
        ids[#ids + 1] = storedIds[i]
        keys[#keys + 1] = recordPrefix .. storedIds[i]
      end
    end
    if #keys > 0 then
      local number = call('UNLINK', unpack(keys))
      if counts then deleted = deleted + number end
      if except then leave(ids) end
    end
  end
end
do
  local function leave(ids) call('ZREM', index, unpack(ids)) end
  unlink(call('ZRANGEBYSCORE', index, '0', '+inf'), leave, true)
  unlink(call('ZRANGEBYSCORE', index, '-inf', '(0'), leave, false)
  if not except then call('UNLINK', index) end
end
if except then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
return deleted

-- list
local call = redis.call
local index = KEYS[1]
local recordPrefix = ARGV[1]
local found = {}
local function collect(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    for i, value in ipairs(call('MGET', unpack(keys))) do
      if value then
        found[#found + 1] = storedIds[from + i - 1]
        found[#found + 1] = value
      end
    end
  end
end
collect(call('ZREVRANGEBYSCORE', index, '+inf', '0'))
return found

-- count
local call = redis.call
local index = KEYS[1]
local recordPrefix, hasHeader, hashed = ARGV[1], ARGV[2], ARGV[3]
if hasHeader == '' then hasHeader = nil end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local live, absent, texts = {}, {}, {}
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    for i, value in ipairs(call('MGET', unpack(keys))) do
      local id = storedIds[from + i - 1]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 44 and string.byte(id) == 126) == (hashed ~= nil) then
        local name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
        if name ~= 'sealed' and not (hasHeader and name == 'successor') then
          live[#live + 1] = id
          texts[id] = value
        end
      end
    end
  end
end
examine(call('ZRANGEBYSCORE', index, now, '+inf'))
return #live

-- legacy create
local call = redis.call
local record, index, legacySet = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local value, deadline, storedId, recordPrefix, limit, whenFull, sendBefore, hasHeader, hashed, judge = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
if recordPrefix == '' then recordPrefix = nil end
if limit == '' then limit = nil end
if whenFull == '' then whenFull = nil end
if sendBefore == '' then sendBefore = nil end
if hasHeader == '' then hasHeader = nil end
if hashed == '' then hashed = nil end
if judge == '' then judge = nil end
local uncounted = {}
for i = 11, #ARGV do uncounted[#uncounted + 1] = ARGV[i] end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local victims, ghosts, values = {}, {}, {}
if limit and index and call('GET', record) ~= value then
  if call('EXISTS', record) == 1 then return 0 end
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  size = math.max(size, call('SCARD', legacySet))
  if size >= tonumber(limit) then
local live, absent, texts = {}, {}, {}
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    for i, value in ipairs(call('MGET', unpack(keys))) do
      local id = storedIds[from + i - 1]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 44 and string.byte(id) == 126) == (hashed ~= nil) then
        local name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
        if name ~= 'sealed' and not (hasHeader and name == 'successor') then
          live[#live + 1] = id
          texts[id] = value
        end
      end
    end
  end
end
  local unlisted = {}
  for _, id in ipairs(call('SMEMBERS', legacySet)) do
    local score = call('ZSCORE', index, id)
    if not score or tonumber(score) < now then unlisted[#unlisted + 1] = id end
  end
  examine(unlisted)
    local unseen = math.max(0, call('ZCOUNT', index, now, '+inf') - 1000)
    examine(call('ZRANGEBYSCORE', index, now, '+inf', 'LIMIT', '0', '1000'))
    local found, counted, none = {}, {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then
        counted[#counted + 1] = id
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
    end
    if judge == 'ask' and #found > 0 then return found end
    local surplus = #counted + unseen + 1 - limit
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do victims[i] = counted[i] end
    ghosts, values = absent, texts
  end
end
if legacySet then call('SCARD', legacySet) end
local entered = index and call('ZADD', index, 'NX', deadline, storedId)
if not call('SET', record, value, 'NX', 'PXAT', deadline) then
  if entered == 1 then call('ZREM', index, storedId) end
  if call('GET', record) ~= value then return 0 end
  entered = 0
end
if index then
  if entered == 0 then call('ZADD', index, deadline, storedId) end
  if limit then
for _, id in ipairs(ghosts) do
  if id ~= storedId then call('ZREM', index, id) end
end
for _, id in ipairs(victims) do
local linked = {}
if hasHeader then
  local name = string.match(values[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(values[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(values[id])
    local from = id
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
end
  linked[#linked + 1] = id
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
  call('UNLINK', recordPrefix .. other)
end
end
  end
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
for _, elapsed in ipairs(call('ZRANGEBYSCORE', index, '(0', '(' .. now)) do
  if call('EXISTS', recordPrefix .. elapsed) == 0 then call('SREM', legacySet, elapsed) end
end
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
do
  call('SADD', legacySet, storedId)
  local lifetime = 2 * call('PTTL', record)
  local ms = string.format('%.0f', lifetime)
  if call('PTTL', legacySet) < lifetime then call('PEXPIRE', legacySet, ms) end
  if call('PTTL', index) < lifetime then call('PEXPIRE', index, ms) end
end
end
return 1

-- legacy update
local call = redis.call
local record, index, formerIndex, legacySet, formerLegacySet = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
if index == record then index = nil end
if formerIndex == record then formerIndex = nil end
if legacySet == record then legacySet = nil end
local expected, value, deadline, storedId, recordPrefix, limit, whenFull, sendBefore, hasHeader, hashed, judge = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11]
if recordPrefix == '' then recordPrefix = nil end
if limit == '' then limit = nil end
if whenFull == '' then whenFull = nil end
if sendBefore == '' then sendBefore = nil end
if hasHeader == '' then hasHeader = nil end
if hashed == '' then hashed = nil end
if judge == '' then judge = nil end
local uncounted = {}
for i = 12, #ARGV do uncounted[#uncounted + 1] = ARGV[i] end
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local victims, ghosts, values = {}, {}, {}
if limit and not call('ZSCORE', index, storedId) then
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  size = math.max(size, call('SCARD', legacySet))
  if size >= tonumber(limit) then
local live, absent, texts = {}, {}, {}
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    for i, value in ipairs(call('MGET', unpack(keys))) do
      local id = storedIds[from + i - 1]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 44 and string.byte(id) == 126) == (hashed ~= nil) then
        local name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
        if name ~= 'sealed' and not (hasHeader and name == 'successor') then
          live[#live + 1] = id
          texts[id] = value
        end
      end
    end
  end
end
  local unlisted = {}
  for _, id in ipairs(call('SMEMBERS', legacySet)) do
    local score = call('ZSCORE', index, id)
    if not score or tonumber(score) < now then unlisted[#unlisted + 1] = id end
  end
  examine(unlisted)
    local unseen = math.max(0, call('ZCOUNT', index, now, '+inf') - 1000)
    examine(call('ZRANGEBYSCORE', index, now, '+inf', 'LIMIT', '0', '1000'))
    local found, counted, none = {}, {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then
        counted[#counted + 1] = id
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
    end
    if judge == 'ask' and #found > 0 then return found end
    local surplus = #counted + unseen + 1 - limit
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do victims[i] = counted[i] end
    ghosts, values = absent, texts
  end
end
local before = call('PTTL', record)
if formerIndex then call('ZCARD', formerIndex) end
if legacySet then call('SCARD', legacySet) end
if formerLegacySet then call('SCARD', formerLegacySet) end
if index then call('ZADD', index, deadline, storedId) end
call('SET', record, value, 'PXAT', deadline)
if limit then
for _, id in ipairs(ghosts) do
  if id ~= storedId then call('ZREM', index, id) end
end
for _, id in ipairs(victims) do
local linked = {}
if hasHeader then
  local name = string.match(values[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(values[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(values[id])
    local from = id
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
end
  linked[#linked + 1] = id
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
  call('UNLINK', recordPrefix .. other)
end
end
end
if formerIndex then
call('SREM', formerLegacySet, storedId)
call('ZREM', formerIndex, storedId)
end
if index then
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
  if now + before > tonumber(deadline) + 50 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
do
  call('SADD', legacySet, storedId)
  local lifetime = 2 * call('PTTL', record)
  local ms = string.format('%.0f', lifetime)
  if call('PTTL', legacySet) < lifetime then call('PEXPIRE', legacySet, ms) end
  if call('PTTL', index) < lifetime then call('PEXPIRE', index, ms) end
end
end
return 1

-- legacy touch
local call = redis.call
local record, index, legacySet = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local deadline, storedId, indexPrefix, legacyPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local head = call('GETRANGE', record, 0, 255)
local expires, ends, user, at = string.match(head, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"()')
if not user then
  local value = call('GET', record)
  if not value then return 0 end
  expires, ends, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null()')
  if not expires then return value end
end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(expires) <= now then return 0 end
if ends ~= 'null' and tonumber(ends) < tonumber(deadline) then deadline = ends end
if string.find(head, '^,"successor"', at) then return tonumber(expires) end
if #expires ~= 13 or #deadline ~= 13 then return call('GET', record) end
if tonumber(deadline) <= now then return -2 end
if user then
  index = indexPrefix .. user
  legacySet = legacyPrefix .. user
  call('SCARD', legacySet)
  call('ZADD', index, deadline, storedId)
end
call('SETRANGE', record, 13, deadline)
call('PEXPIREAT', record, deadline)
if user then
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
  if tonumber(expires) > tonumber(deadline) then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
do
  call('SADD', legacySet, storedId)
  local lifetime = 2 * call('PTTL', record)
  local ms = string.format('%.0f', lifetime)
  if call('PTTL', legacySet) < lifetime then call('PEXPIRE', legacySet, ms) end
  if call('PTTL', index) < lifetime then call('PEXPIRE', index, ms) end
end
end
return tonumber(deadline)

-- legacy touch-key
local call = redis.call
local record, index, legacySet = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local deadline, storedId, enoughMs = ARGV[1], ARGV[2], ARGV[3]
local ttl = call('PTTL', record)
if ttl == -2 then return 0 end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local score = index and call('ZSCORE', index, storedId)
if index and not score then return call('GET', record) end
if legacySet then call('SCARD', legacySet) end
if enoughMs and ttl > tonumber(enoughMs) then
  if not score or tonumber(score) > now + ttl - 50 then return now + ttl end
end
if tonumber(deadline) <= now then return -2 end
if index then call('ZADD', index, deadline, storedId) end
call('PEXPIREAT', record, deadline)
if index then
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
  if now + ttl > tonumber(deadline) + 50 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
do
  call('SADD', legacySet, storedId)
  local lifetime = 2 * call('PTTL', record)
  local ms = string.format('%.0f', lifetime)
  if call('PTTL', legacySet) < lifetime then call('PEXPIRE', legacySet, ms) end
  if call('PTTL', index) < lifetime then call('PEXPIRE', index, ms) end
end
end
return tonumber(deadline)

-- legacy rotate
local call = redis.call
local record, newRecord, index, legacySet = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if index == record then index = nil end
local storedId, newStoredId, indexPrefix, graceMs, legacyPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local value = call('GET', record)
if not value then return 0 end
local deadline, _, user, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"()')
if not user then
  deadline, _, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null()')
  if not deadline then return {value} end
end
if string.find(value, '^,"successor"', at) or string.find(value, '^,"former"', at) then return {value} end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return 0 end
index = user and indexPrefix .. user
legacySet = user and legacyPrefix .. user
local moved, closed, graceEnd = value, nil, nil
if graceMs ~= '0' then
  graceEnd = string.format('%.0f', math.min(now + graceMs, tonumber(deadline)))
  local rest = string.sub(value, at)
  moved = string.sub(value, 1, at - 1) .. ',"former":[' .. cjson.encode(storedId) .. ',' .. graceEnd .. ']' .. rest
  closed = '{"expiresAt":' .. graceEnd .. ',"endsAt":' .. graceEnd
    .. string.match(string.sub(value, 1, at - 1), ',"userId":.*') .. ',"successor":' .. cjson.encode(newStoredId) .. rest
end
if index then call('ZCARD', index) end
if legacySet then call('SCARD', legacySet) end
if not call('SET', newRecord, moved, 'NX', 'PXAT', deadline) then return -1 end
if index then
  call('ZADD', index, deadline, newStoredId)
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
do
  call('SADD', legacySet, newStoredId)
  local lifetime = 2 * call('PTTL', newRecord)
  local ms = string.format('%.0f', lifetime)
  if call('PTTL', legacySet) < lifetime then call('PEXPIRE', legacySet, ms) end
  if call('PTTL', index) < lifetime then call('PEXPIRE', index, ms) end
end
end
if closed then
  call('SET', record, closed, 'PXAT', graceEnd)
  if index then
    call('ZADD', index, '-' .. graceEnd, storedId)
    call('ZREMRANGEBYSCORE', index, '(-' .. string.format('%.0f', now), '(0')
  end
else
  call('UNLINK', record)
  if index then call('ZREM', index, storedId) end
end
if index then
  call('SREM', legacySet, storedId)
end
return moved

-- legacy move
local call = redis.call
local record, newRecord, index, legacySet = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if index == record then index = nil end
local expected, moved, deadline, storedId, newStoredId, recordPrefix, closed, graceEnd, ended = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
if recordPrefix == '' then recordPrefix = nil end
if closed == '' then closed = nil end
if graceEnd == '' then graceEnd = nil end
if call('GET', record) ~= expected then return 0 end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local hasHeader = ended
local linked = {}
if hasHeader then
  local name = string.match(ended, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(ended, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(ended)
    local from = storedId
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
end
if index then call('ZCARD', index) end
if legacySet then call('SCARD', legacySet) end
if not call('SET', newRecord, moved, 'NX', 'PXAT', deadline) then return -1 end
if index then
  call('ZADD', index, deadline, newStoredId)
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
do
  call('SADD', legacySet, newStoredId)
  local lifetime = 2 * call('PTTL', newRecord)
  local ms = string.format('%.0f', lifetime)
  if call('PTTL', legacySet) < lifetime then call('PEXPIRE', legacySet, ms) end
  if call('PTTL', index) < lifetime then call('PEXPIRE', index, ms) end
end
end
if closed then
  call('SET', record, closed, 'PXAT', graceEnd)
  if index then
    call('ZADD', index, '-' .. graceEnd, storedId)
    call('ZREMRANGEBYSCORE', index, '(-' .. string.format('%.0f', now), '(0')
  end
else
  call('UNLINK', record)
  if index then call('ZREM', index, storedId) end
end
if index then
  call('SREM', legacySet, storedId)
end
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
  call('UNLINK', recordPrefix .. other)
end
return 1

-- legacy delete
local call = redis.call
local record, index, legacySet = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local storedId, userIdField, onlyUserId, hasHeader, recordPrefix, indexPrefix, legacyPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if userIdField == '' then userIdField = nil end
if onlyUserId == '' then onlyUserId = nil end
if hasHeader == '' then hasHeader = nil end
if recordPrefix == '' then recordPrefix = nil end
if indexPrefix == '' then indexPrefix = nil end
local value = call('GET', record)
if not value then return 0 end
local expires, _, user
if userIdField then
  if hasHeader then expires, _, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"') end
  if not user then
    expires = hasHeader and string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":') or nil
  local ok, json = pcall(cjson.decode, value)
  if ok and type(json) == 'table' then
    user = json[userIdField]
    if user == nil or user == cjson.null then
      user = false
    elseif type(user) ~= 'string' then
      user = nil
    end
  end
  end
end
if not user and (user == nil or not expires) then return {value} end
if onlyUserId and user ~= onlyUserId then return 0 end
index = user and indexPrefix and indexPrefix .. user
legacySet = user and legacyPrefix and legacyPrefix .. user
if not indexPrefix then hasHeader = nil end
local linked = {}
if hasHeader then
  local name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(value)
    local from = storedId
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
end
if index then
call('SREM', legacySet, storedId)
call('ZREM', index, storedId)
end
call('UNLINK', record)
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
  call('UNLINK', recordPrefix .. other)
end
return value

-- legacy delete-exact
local call = redis.call
local record, index, legacySet = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local expected, storedId, hasHeader, recordPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if hasHeader == '' then hasHeader = nil end
if call('GET', record) ~= expected then return 0 end
local linked = {}
if hasHeader then
  local name = string.match(expected, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(expected, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(expected)
    local from = storedId
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
end
if index then
call('SREM', legacySet, storedId)
call('ZREM', index, storedId)
end
call('UNLINK', record)
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
  call('UNLINK', recordPrefix .. other)
end
return 1

-- legacy delete-all
local call = redis.call
local index, legacySet = KEYS[1], KEYS[2]
local recordPrefix, hasHeader, except = ARGV[1], ARGV[2], ARGV[3]
if hasHeader == '' then hasHeader = nil end
local ofSet = call('SMEMBERS', legacySet)
local kept = {}
if except then
  kept[except] = true
  local text = call('GET', recordPrefix .. except)
  if text then
local linked = {}
if hasHeader then
  local name = string.match(text, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(text, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(text)
    local from = except
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
end
    for _, other in ipairs(linked) do kept[other] = true end
  end
end
local deleted = 0
local function unlink(storedIds, leave, counts)
  for from = 1, #storedIds, 1000 do
    local ids, keys = {}, {}
    for i = from, math.min(from + 999, #storedIds) do
      if not kept[storedIds[i]] then
        ids[#ids + 1] = storedIds[i]
        keys[#keys + 1] = recordPrefix .. storedIds[i]
      end
    end
    if #keys > 0 then
      local number = call('UNLINK', unpack(keys))
      if counts then deleted = deleted + number end
      if except then leave(ids) end
    end
  end
end
do
  local function leave(ids) call('ZREM', index, unpack(ids)) end
  unlink(call('ZRANGEBYSCORE', index, '0', '+inf'), leave, true)
  unlink(call('ZRANGEBYSCORE', index, '-inf', '(0'), leave, false)
  if not except then call('UNLINK', index) end
end
unlink(ofSet, function(ids) call('SREM', legacySet, unpack(ids)) end, true)
if not except then call('UNLINK', legacySet) end
return deleted

-- legacy list
local call = redis.call
local index, legacySet = KEYS[1], KEYS[2]
local recordPrefix = ARGV[1]
local found = {}
local function collect(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    for i, value in ipairs(call('MGET', unpack(keys))) do
      if value then
        found[#found + 1] = storedIds[from + i - 1]
        found[#found + 1] = value
      end
    end
  end
end
collect(call('ZREVRANGEBYSCORE', index, '+inf', '0'))
collect(call('SMEMBERS', legacySet))
return found

-- legacy count
local call = redis.call
local index, legacySet = KEYS[1], KEYS[2]
local recordPrefix, hasHeader, hashed = ARGV[1], ARGV[2], ARGV[3]
if hasHeader == '' then hasHeader = nil end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local live, absent, texts = {}, {}, {}
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    for i, value in ipairs(call('MGET', unpack(keys))) do
      local id = storedIds[from + i - 1]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 44 and string.byte(id) == 126) == (hashed ~= nil) then
        local name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
        if name ~= 'sealed' and not (hasHeader and name == 'successor') then
          live[#live + 1] = id
          texts[id] = value
        end
      end
    end
  end
end
  local unlisted = {}
  for _, id in ipairs(call('SMEMBERS', legacySet)) do
    local score = call('ZSCORE', index, id)
    if not score or tonumber(score) < now then unlisted[#unlisted + 1] = id end
  end
  examine(unlisted)
examine(call('ZRANGEBYSCORE', index, now, '+inf'))
return #live

-- index-add
local call = redis.call
local index = KEYS[1]
local storedId, deadline, limit = ARGV[1], ARGV[2], ARGV[3]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return {'elapsed', '', ''} end
local score = call('ZSCORE', index, storedId)
local known = tonumber(score or 0)
local status = 'entered'
if known > 0 then
  status = 'present'
  if known < tonumber(deadline) then call('ZADD', index, string.find(score, '.', 1, true) and deadline .. '.5' or deadline, storedId) end
elseif known < -now then
  status = 'present'
elseif known < 0 then
  status = 'condemned'
else
  call('ZADD', index, deadline .. '.5', storedId)
end
local elapsed = call('ZRANGEBYSCORE', index, '(0', '(' .. now)
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
local answer = {status}
for _, other in ipairs(call('ZRANGEBYSCORE', index, '-' .. now, '(0')) do answer[#answer + 1] = other end
answer[#answer + 1] = ''
for _, other in ipairs(elapsed) do answer[#answer + 1] = other end
answer[#answer + 1] = ''
if limit and call('ZCOUNT', index, now, '+inf') > tonumber(limit) then
  local entries = call('ZRANGEBYSCORE', index, now, '+inf', 'WITHSCORES')
  for i = 1, #entries, 2 do
    if entries[i] ~= storedId and not string.find(entries[i + 1], '.', 1, true) then answer[#answer + 1] = entries[i] end
  end
end
return answer

-- index-confirm
local call = redis.call
local index = KEYS[1]
local storedId, limit, whenFull, sendBefore, ghostCount = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if limit == '' then limit = nil end
if whenFull == '' then whenFull = nil end
if sendBefore == '' then sendBefore = nil end
if ghostCount == '' then ghostCount = nil end
local storedIds = {}
for i = 6, #ARGV do storedIds[#storedIds + 1] = ARGV[i] end
call('ZREMRANGEBYSCORE', index, '(0', '(1')
local score = call('ZSCORE', index, storedId)
if not score or tonumber(score) <= 0 then return {'condemned'} end
local answer = {'confirmed'}
if limit then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if sendBefore and now > tonumber(sendBefore) then return {'late', string.format('%.0f', now)} end
  local skipped = {[storedId] = true}
  for i = 1, #storedIds do
    if i <= tonumber(ghostCount or 0) then call('ZREM', index, storedIds[i]) end
    skipped[storedIds[i]] = true
  end
  local counted = {}
  local entries = call('ZRANGEBYSCORE', index, now, '+inf', 'WITHSCORES')
  for i = 1, #entries, 2 do
    if not skipped[entries[i]] and not string.find(entries[i + 1], '.', 1, true) then counted[#counted + 1] = entries[i] end
  end
  local surplus = #counted + 1 - limit
  if surplus > 0 and whenFull == 'reject' then return {'limit'} end
  for i = 1, math.min(surplus, #counted) do
    call('ZADD', index, '-1', counted[i])
    answer[i + 1] = counted[i]
  end
end
if string.find(score, '.', 1, true) then call('ZADD', index, string.sub(score, 1, -3), storedId) end
return answer

-- index-raise
local call = redis.call
local index = KEYS[1]
local storedId, deadline = ARGV[1], ARGV[2]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local score = call('ZSCORE', index, storedId)
if score and tonumber(score) < -now then return 1 end
if score and tonumber(score) < 0 then return -1 end
if not score or tonumber(score) < tonumber(deadline) then
  call('ZADD', index, deadline, storedId)
if call('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
end
return score and 1 or 0

-- index-lower
local call = redis.call
local index = KEYS[1]
local storedId, deadline, formerDeadline = ARGV[1], ARGV[2], ARGV[3]
if tonumber(call('ZSCORE', index, storedId) or 0) == tonumber(formerDeadline) then
  call('ZADD', index, deadline, storedId)
if call('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
end
return 1

-- index-retire
local call = redis.call
local index = KEYS[1]
local storedId, graceEnd = ARGV[1], ARGV[2]
if tonumber(call('ZSCORE', index, storedId) or 0) > 0 then
  call('ZADD', index, '-' .. graceEnd, storedId)
if call('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
end
return 1

-- index-members
local call = redis.call
local index = KEYS[1]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local answer = call('ZREVRANGEBYSCORE', index, '+inf', '(' .. now)
answer[#answer + 1] = ''
for _, other in ipairs(call('ZRANGEBYSCORE', index, '-' .. now, '(0')) do answer[#answer + 1] = other end
return answer

-- index-condemn
local call = redis.call
local index = KEYS[1]
local except = ARGV
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
local kept = {}
for i = 1, #except do kept[except[i]] = true end
local function condemn(storedIds, score)
  for _, other in ipairs(storedIds) do
    if not kept[other] then call('ZADD', index, score, other) end
  end
end
condemn(call('ZRANGEBYSCORE', index, '(0', '+inf'), '-1')
condemn(call('ZRANGEBYSCORE', index, '-inf', '(-' .. now), '-2')
local ttl = call('PTTL', index)
if ttl ~= -2 and ttl < 60000 then call('PEXPIRE', index, '60000') end
local answer = call('ZRANGEBYSCORE', index, '-' .. now, '(-2')
for _, other in ipairs(call('ZRANGEBYSCORE', index, '(-2', '(0')) do answer[#answer + 1] = other end
answer[#answer + 1] = ''
for _, other in ipairs(call('ZRANGEBYSCORE', index, '-2', '-2')) do answer[#answer + 1] = other end
return answer

-- index-forget
local call = redis.call
local index = KEYS[1]
local removedCount = ARGV[1]
local storedIds = {}
for i = 2, #ARGV do storedIds[#storedIds + 1] = ARGV[i] end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
call('ZREMRANGEBYSCORE', index, 60000 - now, '(-2')
local removed = tonumber(removedCount)
for i = 1, #storedIds do
  local score = tonumber(call('ZSCORE', index, storedIds[i]) or 0)
  if score < 0 and i <= removed then
    call('ZREM', index, storedIds[i])
  elseif score == -1 or score == -2 then
    call('ZADD', index, -now, storedIds[i])
  end
end
if call('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
return 1

-- index-drop
local call = redis.call
local index = KEYS[1]
local storedId = ARGV[1]
if call('ZREM', index, storedId) == 1 then
if call('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
end
return 1

-- legacy index-add
local call = redis.call
local index = KEYS[1]
local storedId, deadline, limit, lifetimeMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if limit == '' then limit = nil end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return {'elapsed', '', ''} end
local score = call('ZSCORE', index, storedId)
local known = tonumber(score or 0)
local status = 'entered'
if known > 0 then
  status = 'present'
  if known < tonumber(deadline) then call('ZADD', index, string.find(score, '.', 1, true) and deadline .. '.5' or deadline, storedId) end
elseif known < -now then
  status = 'present'
elseif known < 0 then
  status = 'condemned'
else
  call('ZADD', index, deadline .. '.5', storedId)
end
local elapsed = call('ZRANGEBYSCORE', index, '(0', '(' .. now)
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
do
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) then call('PEXPIREAT', index, deadline) end
  end
end
if call('PTTL', index) < tonumber(lifetimeMs) then call('PEXPIRE', index, lifetimeMs) end
local answer = {status}
for _, other in ipairs(call('ZRANGEBYSCORE', index, '-' .. now, '(0')) do answer[#answer + 1] = other end
answer[#answer + 1] = ''
for _, other in ipairs(elapsed) do answer[#answer + 1] = other end
answer[#answer + 1] = ''
if limit and call('ZCOUNT', index, now, '+inf') > tonumber(limit) then
  local entries = call('ZRANGEBYSCORE', index, now, '+inf', 'WITHSCORES')
  for i = 1, #entries, 2 do
    if entries[i] ~= storedId and not string.find(entries[i + 1], '.', 1, true) then answer[#answer + 1] = entries[i] end
  end
end
return answer

-- legacy index-confirm
local call = redis.call
local index = KEYS[1]
local storedId, limit, whenFull, sendBefore, ghostCount = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if limit == '' then limit = nil end
if whenFull == '' then whenFull = nil end
if sendBefore == '' then sendBefore = nil end
if ghostCount == '' then ghostCount = nil end
local storedIds = {}
for i = 6, #ARGV do storedIds[#storedIds + 1] = ARGV[i] end
call('ZREMRANGEBYSCORE', index, '(0', '(1')
local score = call('ZSCORE', index, storedId)
if not score or tonumber(score) <= 0 then return {'condemned'} end
local answer = {'confirmed'}
if limit then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if sendBefore and now > tonumber(sendBefore) then return {'late', string.format('%.0f', now)} end
  local skipped = {[storedId] = true}
  for i = 1, #storedIds do
    if i <= tonumber(ghostCount or 0) then call('ZREM', index, storedIds[i]) end
    skipped[storedIds[i]] = true
  end
  local counted = {}
  local entries = call('ZRANGEBYSCORE', index, now, '+inf', 'WITHSCORES')
  for i = 1, #entries, 2 do
    if not skipped[entries[i]] and not string.find(entries[i + 1], '.', 1, true) then counted[#counted + 1] = entries[i] end
  end
  local surplus = #counted + 1 - limit
  if surplus > 0 and whenFull == 'reject' then return {'limit'} end
  for i = 1, math.min(surplus, #counted) do
    call('ZADD', index, '-1', counted[i])
    answer[i + 1] = counted[i]
  end
end
if string.find(score, '.', 1, true) then call('ZADD', index, string.sub(score, 1, -3), storedId) end
return answer

-- legacy index-raise
local call = redis.call
local index = KEYS[1]
local storedId, deadline, lifetimeMs = ARGV[1], ARGV[2], ARGV[3]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local score = call('ZSCORE', index, storedId)
if score and tonumber(score) < -now then return 1 end
if score and tonumber(score) < 0 then return -1 end
if not score or tonumber(score) < tonumber(deadline) then
  call('ZADD', index, deadline, storedId)
if call('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
  if call('PTTL', index) < tonumber(lifetimeMs) then call('PEXPIRE', index, lifetimeMs) end
end
return score and 1 or 0

-- legacy index-forget
local call = redis.call
local index = KEYS[1]
local removedCount = ARGV[1]
local storedIds = {}
for i = 2, #ARGV do storedIds[#storedIds + 1] = ARGV[i] end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
call('ZREMRANGEBYSCORE', index, 60000 - now, '(-2')
local removed = tonumber(removedCount)
for i = 1, #storedIds do
  local score = tonumber(call('ZSCORE', index, storedIds[i]) or 0)
  if score < 0 and i <= removed then
    call('ZREM', index, storedIds[i])
  elseif score == -1 or score == -2 then
    call('ZADD', index, -now, storedIds[i])
  end
end
return 1

-- legacy index-drop
local call = redis.call
local index = KEYS[1]
local storedId = ARGV[1]
if call('ZREM', index, storedId) == 1 then
end
return 1

-- store
local call = redis.call
local record = KEYS[1]
local value, deadline = ARGV[1], ARGV[2]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
if call('SET', record, value, 'NX', 'PXAT', deadline) or call('GET', record) == value then return 1 end
return 0

-- replace
local call = redis.call
local record = KEYS[1]
local expected, value, deadline = ARGV[1], ARGV[2], ARGV[3]
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
call('SET', record, value, 'PXAT', deadline)
return 1

-- lifetime
local call = redis.call
local record = KEYS[1]
local deadline = ARGV[1]
if call('EXISTS', record) == 0 then return 0 end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
return tonumber(deadline) - now

-- remaining
local call = redis.call
local record = KEYS[1]
return call('PTTL', record)

-- unlink
local call = redis.call
local record = KEYS[1]
local others = {}
for i = 2, #KEYS do others[#others + 1] = KEYS[i] end
local answer = {tostring(call('UNLINK', record))}
for i = 1, #others do answer[i + 1] = tostring(call('UNLINK', others[i])) end
return answer

-- legacy-set-add
local call = redis.call
local legacySet = KEYS[1]
local storedId, lifetimeMs = ARGV[1], ARGV[2]
call('SADD', legacySet, storedId)
if call('PTTL', legacySet) < tonumber(lifetimeMs) then call('PEXPIRE', legacySet, lifetimeMs) end
return 1

-- legacy-set-remove
local call = redis.call
local legacySet = KEYS[1]
local storedIds = ARGV
for i = 1, #storedIds do call('SREM', legacySet, storedIds[i]) end
return 1

-- legacy-set-members
local call = redis.call
local legacySet = KEYS[1]
return call('SMEMBERS', legacySet)

-- probe
local call = redis.call
local record = KEYS[1]
return 1

-- create-user
local call = redis.call
local user, address = KEYS[1], KEYS[2]
local value, id, userPrefix, email = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function holder(address, email, userPrefix)
  local id = call('GET', address)
  if not id then return nil end
  local value, at = get(userPrefix .. id)
  if at and raw(value, at, '"email"') == email then return id, value end
end
if call('EXISTS', user) == 1 then return 0 end
if address then
  if holder(address, email, userPrefix) then return 0 end
  call('SET', address, id)
end
call('SET', user, value)
return 1

-- get-user-by-email
local call = redis.call
local address = KEYS[1]
local email, userPrefix = ARGV[1], ARGV[2]
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function holder(address, email, userPrefix)
  local id = call('GET', address)
  if not id then return nil end
  local value, at = get(userPrefix .. id)
  if at and raw(value, at, '"email"') == email then return id, value end
end
local _, value = holder(address, email, userPrefix)
return value or 0

-- patch-user
local call = redis.call
local user, address = KEYS[1], KEYS[2]
local id, userPrefix, emailPrefix, tokenPrefix, tokenIndexPrefix, email = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if email == '' then email = nil end
local changes = {}
for i = 7, #ARGV do changes[#changes + 1] = ARGV[i] end
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
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
end
local function holder(address, email, userPrefix)
  local id = call('GET', address)
  if not id then return nil end
  local value, at = get(userPrefix .. id)
  if at and raw(value, at, '"email"') == email then return id, value end
end
local function unlink(prefix, storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = prefix .. storedIds[i] end
    call('UNLINK', unpack(keys))
  end
end
local function release(email, id)
  if not email or call('GET', emailPrefix .. email) ~= id then return end
  unlink(tokenPrefix .. email .. ':', call('ZRANGE', tokenIndexPrefix .. email, 0, -1))
  call('UNLINK', emailPrefix .. email, tokenIndexPrefix .. email)
end
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
return merged

-- delete-user
local call = redis.call
local user = KEYS[1]
local id, emailPrefix, tokenPrefix, tokenIndexPrefix, sessionPrefix, sessionIndexPrefix, sessionPointerPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local linkPrefixes = {}
for i = 8, #ARGV do linkPrefixes[#linkPrefixes + 1] = ARGV[i] end
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function unlink(prefix, storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = prefix .. storedIds[i] end
    call('UNLINK', unpack(keys))
  end
end
local function release(email, id)
  if not email or call('GET', emailPrefix .. email) ~= id then return end
  unlink(tokenPrefix .. email .. ':', call('ZRANGE', tokenIndexPrefix .. email, 0, -1))
  call('UNLINK', emailPrefix .. email, tokenIndexPrefix .. email)
end
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
return value or 0

-- create-link
local call = redis.call
local link, user, index, pointer = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local value, storedId, userId, userPrefix, linkPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local match = {}
for i = 6, #ARGV do match[#match + 1] = ARGV[i] end
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function same(json, at, list)
  for i = 1, #list, 2 do
    local value = raw(json, at, list[i])
    if value and string.find(value, '^%d+$') and tonumber(value) < 2 ^ 53 then value = '"' .. value .. '"' end
    if value ~= list[i + 1] then return false end
  end
  return true
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if call('EXISTS', user) == 0 then return 0 end
local present, at = get(link)
local owner = text(present, at, '"userId"')
if owner and (owner ~= userId or not same(present, at, match)) and call('EXISTS', userPrefix .. owner) == 1 then
  return -1
end
if pointer then
  local key = pointed(pointer, userId, linkPrefix)
  if key then call('ZADD', index, 'NX', 0, string.sub(key, #linkPrefix + 1)) end
end
call('SET', link, value)
call('ZADD', index, 'NX', string.format('%.0f', now), storedId)
if pointer then call('SET', pointer, link) end
return 1

-- get-user-by-link
local call = redis.call
local link = KEYS[1]
local storedId, userPrefix, indexPrefix = ARGV[1], ARGV[2], ARGV[3]
local match = {}
for i = 4, #ARGV do match[#match + 1] = ARGV[i] end
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function same(json, at, list)
  for i = 1, #list, 2 do
    local value = raw(json, at, list[i])
    if value and string.find(value, '^%d+$') and tonumber(value) < 2 ^ 53 then value = '"' .. value .. '"' end
    if value ~= list[i + 1] then return false end
  end
  return true
end
local value, at = get(link)
if not at or not same(value, at, match) then return 0 end
local id = text(value, at, '"userId"')
if not id then return 0 end
local user, places = get(userPrefix .. id)
if text(user, places, '"id"') ~= id then return 0 end
-- A server that takes no writes can still say whose it is.
if not call('ZSCORE', indexPrefix .. id, storedId) then redis.pcall('ZADD', indexPrefix .. id, 0, storedId) end
return user

-- list-links
local call = redis.call
local index, pointer = KEYS[1], KEYS[2]
local userId, linkPrefix = ARGV[1], ARGV[2]
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
if pointer then
  local key = pointed(pointer, userId, linkPrefix)
  if key then call('ZADD', index, 'NX', 0, string.sub(key, #linkPrefix + 1)) end
end
local found = {}
for _, storedId in ipairs(call('ZRANGE', index, 0, -1)) do
  found[#found + 1] = call('GET', linkPrefix .. storedId) or nil
end
return found

-- patch-link
local call = redis.call
local link = KEYS[1]
local changes = ARGV[1]
local match = {}
for i = 2, #ARGV do match[#match + 1] = ARGV[i] end
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function same(json, at, list)
  for i = 1, #list, 2 do
    local value = raw(json, at, list[i])
    if value and string.find(value, '^%d+$') and tonumber(value) < 2 ^ 53 then value = '"' .. value .. '"' end
    if value ~= list[i + 1] then return false end
  end
  return true
end
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
end
local value, at, stop = get(link)
if not at or not same(value, at, match) then return 0 end
local merged = merge(value, at, stop, cjson.decode(changes))
call('SET', link, merged)
return merged

-- delete-link
local call = redis.call
local link = KEYS[1]
local storedId, linkPrefix, indexPrefix, pointerPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if pointerPrefix == '' then pointerPrefix = nil end
local match = {}
for i = 5, #ARGV do match[#match + 1] = ARGV[i] end
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function same(json, at, list)
  for i = 1, #list, 2 do
    local value = raw(json, at, list[i])
    if value and string.find(value, '^%d+$') and tonumber(value) < 2 ^ 53 then value = '"' .. value .. '"' end
    if value ~= list[i + 1] then return false end
  end
  return true
end
local value, at = get(link)
if not at or not same(value, at, match) then return 0 end
call('UNLINK', link)
local userId = text(value, at, '"userId"')
if not userId then return value end
local index = indexPrefix .. userId
call('ZREM', index, storedId)
if not pointerPrefix or call('GET', pointerPrefix .. userId) ~= link then return value end
local linked = call('ZRANGE', index, 0, -1)
for i = #linked, 1, -1 do
  local other, places = get(linkPrefix .. linked[i])
  if text(other, places, '"userId"') == userId then
    call('SET', pointerPrefix .. userId, linkPrefix .. linked[i])
    return value
  end
  -- A process that runs the replaced package removed the link, or gave it to another user.
  call('ZREM', index, linked[i])
end
call('UNLINK', pointerPrefix .. userId)
return value

-- create-token
local call = redis.call
local token, index = KEYS[1], KEYS[2]
local value, deadline, storedId = ARGV[1], ARGV[2], ARGV[3]
call('SET', token, value, 'PXAT', deadline)
do
  call('ZADD', index, deadline, storedId)
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    local left = call('PTTL', token)
    local now = deadline - left
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if ttl < left then call('PEXPIREAT', index, deadline) end
  end
end
return 1

-- use-token
local call = redis.call
local token, index = KEYS[1], KEYS[2]
local storedId = ARGV[1]
local match = {}
for i = 2, #ARGV do match[#match + 1] = ARGV[i] end
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function same(json, at, list)
  for i = 1, #list, 2 do
    local value = raw(json, at, list[i])
    if value and string.find(value, '^%d+$') and tonumber(value) < 2 ^ 53 then value = '"' .. value .. '"' end
    if value ~= list[i + 1] then return false end
  end
  return true
end
local value, at = get(token)
if not at or not same(value, at, match) then return 0 end
call('UNLINK', token)
call('ZREM', index, storedId)
return value

-- identity-sessions create
local call = redis.call
local record, index, pointer, user = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local value, deadline, storedId, userId, recordPrefix, expiresAtField, limit, whenFull = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
if limit == '' then limit = nil end
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function ends(value, at)
  local y, mo, d, h, mi, s, f =
    string.match(raw(value, at, expiresAtField) or '', '^"(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?(%d*)Z"$')
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
local function adopt(record, index, value, at)
  if call('PTTL', record) ~= -1 then return true end
  local deadline = ends(value, at)
  if not deadline then return true end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('UNLINK', record)
    return false
  end
  local ms = string.format('%.0f', deadline)
  call('PEXPIREAT', record, ms)
  call('ZADD', index, ms, string.sub(record, #recordPrefix + 1))
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end
  return true
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function adoptPointed(pointer, index, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  if record then adopt(record, index, value, at) end
end
if call('EXISTS', user) == 0 then return -2 end
adoptPointed(pointer, index, userId)
local surplus = 0
if limit then
local function present(index, missing)
  local count = 0
  for _, storedId in ipairs(call('ZRANGE', index, 0, -1)) do
    local record = recordPrefix .. storedId
    local ttl = call('PTTL', record)
    local live = ttl ~= -2
    if ttl == -1 then
      local value, at = get(record)
      live = at and adopt(record, index, value, at)
    end
    if live then count = count + 1 elseif missing then missing(storedId) end
  end
  return count
end
local function forgetMissing(index, limit)
  if call('ZCARD', index) < tonumber(limit) then return end
  -- A process that runs the replaced package ends sessions without taking them out of the index.
  present(index, function(storedId) call('ZREM', index, storedId) end)
end
  forgetMissing(index, limit)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
  surplus = call('ZCARD', index) + 1 - limit
  if surplus > 0 and whenFull == 'reject' then return -1 end
end
if not call('SET', record, value, 'NX', 'PXAT', deadline) then return 0 end
if surplus > 0 then
  for _, other in ipairs(call('ZRANGE', index, 0, surplus - 1)) do
    call('UNLINK', recordPrefix .. other)
    call('ZREM', index, other)
  end
end
do
  call('ZADD', index, deadline, storedId)
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    local left = call('PTTL', record)
    local now = deadline - left
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if ttl < left then call('PEXPIREAT', index, deadline) end
  end
end
call('SET', pointer, record, 'PXAT', deadline)
return 1

-- identity-sessions delete
local call = redis.call
local record = KEYS[1]
local storedId, indexPrefix, pointerPrefix, onlyUserId = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local value = call('GET', record)
if not value then return 0 end
local expires, _, user
if 'userId' then
  if true then expires, _, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"') end
  if not user then
    expires = true and string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":') or nil
  local ok, json = pcall(cjson.decode, value)
  if ok and type(json) == 'table' then
    user = json['userId']
    if user == nil or user == cjson.null then
      user = false
    elseif type(user) ~= 'string' then
      user = nil
    end
  end
  end
end
if not user then return {value} end
if onlyUserId and user ~= onlyUserId then return 0 end
call('UNLINK', record)
local index, pointer = indexPrefix .. user, pointerPrefix .. user
if call('ZREM', index, storedId) == 1 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
if call('GET', pointer) == record then call('UNLINK', pointer) end
return value

-- identity-sessions delete-all
local call = redis.call
local index, pointer = KEYS[1], KEYS[2]
local userId, recordPrefix, expiresAtField, except = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function ends(value, at)
  local y, mo, d, h, mi, s, f =
    string.match(raw(value, at, expiresAtField) or '', '^"(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?(%d*)Z"$')
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
local function adopt(record, index, value, at)
  if call('PTTL', record) ~= -1 then return true end
  local deadline = ends(value, at)
  if not deadline then return true end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('UNLINK', record)
    return false
  end
  local ms = string.format('%.0f', deadline)
  call('PEXPIREAT', record, ms)
  call('ZADD', index, ms, string.sub(record, #recordPrefix + 1))
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end
  return true
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function adoptPointed(pointer, index, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  if record then adopt(record, index, value, at) end
end
adoptPointed(pointer, index, userId)
local kept = {}
if except then
  kept[except] = true
end
local deleted = 0
local function unlink(storedIds, leave, counts)
  for from = 1, #storedIds, 1000 do
    local ids, keys = {}, {}
    for i = from, math.min(from + 999, #storedIds) do
      if not kept[storedIds[i]] then
        ids[#ids + 1] = storedIds[i]
        keys[#keys + 1] = recordPrefix .. storedIds[i]
      end
    end
    if #keys > 0 then
      local number = call('UNLINK', unpack(keys))
      if counts then deleted = deleted + number end
      if except then leave(ids) end
    end
  end
end
do
  local function leave(ids) call('ZREM', index, unpack(ids)) end
  unlink(call('ZRANGEBYSCORE', index, '0', '+inf'), leave, true)
  unlink(call('ZRANGEBYSCORE', index, '-inf', '(0'), leave, false)
  if not except then call('UNLINK', index) end
end
if except then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
local record = call('GET', pointer)
if record and call('EXISTS', record) == 0 then call('UNLINK', pointer) end
return deleted

-- identity-sessions delete-exact
local call = redis.call
local record, index, pointer = KEYS[1], KEYS[2], KEYS[3]
local expected, storedId = ARGV[1], ARGV[2]
if call('GET', record) ~= expected then return 0 end
call('UNLINK', record)
if call('ZREM', index, storedId) == 1 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
if call('GET', pointer) == record then call('UNLINK', pointer) end
return 1

-- identity-sessions get-with-user
local call = redis.call
local record = KEYS[1]
local recordPrefix, indexPrefix, userPrefix, expiresAtField = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function ends(value, at)
  local y, mo, d, h, mi, s, f =
    string.match(raw(value, at, expiresAtField) or '', '^"(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?(%d*)Z"$')
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
local function adopt(record, index, value, at)
  if call('PTTL', record) ~= -1 then return true end
  local deadline = ends(value, at)
  if not deadline then return true end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('UNLINK', record)
    return false
  end
  local ms = string.format('%.0f', deadline)
  call('PEXPIREAT', record, ms)
  call('ZADD', index, ms, string.sub(record, #recordPrefix + 1))
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end
  return true
end
local value, at = get(record)
local userId = text(value, at, '"userId"')
local user = userId and call('GET', userPrefix .. userId)
if not user then return 0 end
-- A server that takes no writes can still say who is signed in.
local ok, live = pcall(adopt, record, indexPrefix .. userId, value, at)
if ok and not live then return 0 end
return {value, user}

-- identity-sessions count
local call = redis.call
local index, pointer = KEYS[1], KEYS[2]
local userId, recordPrefix, expiresAtField = ARGV[1], ARGV[2], ARGV[3]
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function ends(value, at)
  local y, mo, d, h, mi, s, f =
    string.match(raw(value, at, expiresAtField) or '', '^"(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?(%d*)Z"$')
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
local function adopt(record, index, value, at)
  if call('PTTL', record) ~= -1 then return true end
  local deadline = ends(value, at)
  if not deadline then return true end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('UNLINK', record)
    return false
  end
  local ms = string.format('%.0f', deadline)
  call('PEXPIREAT', record, ms)
  call('ZADD', index, ms, string.sub(record, #recordPrefix + 1))
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end
  return true
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function adoptPointed(pointer, index, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  if record then adopt(record, index, value, at) end
end
local function present(index, missing)
  local count = 0
  for _, storedId in ipairs(call('ZRANGE', index, 0, -1)) do
    local record = recordPrefix .. storedId
    local ttl = call('PTTL', record)
    local live = ttl ~= -2
    if ttl == -1 then
      local value, at = get(record)
      live = at and adopt(record, index, value, at)
    end
    if live then count = count + 1 elseif missing then missing(storedId) end
  end
  return count
end
adoptPointed(pointer, index, userId)
return present(index)

-- identity-sessions list
local call = redis.call
local index, pointer = KEYS[1], KEYS[2]
local userId, recordPrefix, expiresAtField = ARGV[1], ARGV[2], ARGV[3]
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function ends(value, at)
  local y, mo, d, h, mi, s, f =
    string.match(raw(value, at, expiresAtField) or '', '^"(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?(%d*)Z"$')
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
local function adopt(record, index, value, at)
  if call('PTTL', record) ~= -1 then return true end
  local deadline = ends(value, at)
  if not deadline then return true end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('UNLINK', record)
    return false
  end
  local ms = string.format('%.0f', deadline)
  call('PEXPIREAT', record, ms)
  call('ZADD', index, ms, string.sub(record, #recordPrefix + 1))
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end
  return true
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function adoptPointed(pointer, index, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  if record then adopt(record, index, value, at) end
end
adoptPointed(pointer, index, userId)
local found = {}
local function collect(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    for i, value in ipairs(call('MGET', unpack(keys))) do
      if value then
        found[#found + 1] = storedIds[from + i - 1]
        found[#found + 1] = value
      end
    end
  end
end
collect(call('ZREVRANGE', index, 0, -1))
return found

-- identity-sessions patch
local call = redis.call
local record = KEYS[1]
local storedId, recordPrefix, indexPrefix, pointerPrefix, expiresAtField, deadline, newUserId, limit, whenFull = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
if deadline == '' then deadline = nil end
if newUserId == '' then newUserId = nil end
if limit == '' then limit = nil end
if whenFull == '' then whenFull = nil end
local changes = {}
for i = 10, #ARGV do changes[#changes + 1] = ARGV[i] end
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function ends(value, at)
  local y, mo, d, h, mi, s, f =
    string.match(raw(value, at, expiresAtField) or '', '^"(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?(%d*)Z"$')
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
local function adopt(record, index, value, at)
  if call('PTTL', record) ~= -1 then return true end
  local deadline = ends(value, at)
  if not deadline then return true end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('UNLINK', record)
    return false
  end
  local ms = string.format('%.0f', deadline)
  call('PEXPIREAT', record, ms)
  call('ZADD', index, ms, string.sub(record, #recordPrefix + 1))
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end
  return true
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function adoptPointed(pointer, index, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  if record then adopt(record, index, value, at) end
end
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
end
local value, at, stop = get(record)
local formerUserId = text(value, at, '"userId"')
if not formerUserId or not adopt(record, indexPrefix .. formerUserId, value, at) then return 0 end
local merged = merge(value, at, stop, changes)
local userId = newUserId or formerUserId
local moves = userId ~= formerUserId
local index, pointer = indexPrefix .. userId, pointerPrefix .. userId
if moves and limit and not call('ZSCORE', index, storedId) then
local function present(index, missing)
  local count = 0
  for _, storedId in ipairs(call('ZRANGE', index, 0, -1)) do
    local record = recordPrefix .. storedId
    local ttl = call('PTTL', record)
    local live = ttl ~= -2
    if ttl == -1 then
      local value, at = get(record)
      live = at and adopt(record, index, value, at)
    end
    if live then count = count + 1 elseif missing then missing(storedId) end
  end
  return count
end
local function forgetMissing(index, limit)
  if call('ZCARD', index) < tonumber(limit) then return end
  -- A process that runs the replaced package ends sessions without taking them out of the index.
  present(index, function(storedId) call('ZREM', index, storedId) end)
end
  adoptPointed(pointer, index, userId, record)
  forgetMissing(index, limit)
  local surplus = call('ZCARD', index) + 1 - limit
  if surplus > 0 and whenFull == 'reject' then return -1 end
if surplus > 0 then
  for _, other in ipairs(call('ZRANGE', index, 0, surplus - 1)) do
    call('UNLINK', recordPrefix .. other)
    call('ZREM', index, other)
  end
end
end
if not deadline then
  if not moves then
    call('SET', record, merged, 'KEEPTTL')
    return merged
  end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  deadline = string.format('%.0f', now + call('PTTL', record))
end
local before = call('PTTL', record)
call('SET', record, merged, 'PXAT', deadline)
if moves then
  local formerIndex, formerPointer = indexPrefix .. formerUserId, pointerPrefix .. formerUserId
if call('ZREM', formerIndex, storedId) == 1 then 
do
  local last = call('ZRANGE', formerIndex, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', formerIndex, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', formerIndex, string.format('%.0f', last)) end
end end
  if call('GET', formerPointer) == record then call('UNLINK', formerPointer) end
end
adoptPointed(pointer, index, userId, record)
do
  call('ZADD', index, deadline, storedId)
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    local left = call('PTTL', record)
    local now = deadline - left
    if ttl < left then call('PEXPIREAT', index, deadline) end
  end
end
if before > call('PTTL', record) then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
call('SET', pointer, record, 'PXAT', deadline)
return merged

-- identity-sessions update
local call = redis.call
local record, index, pointer, formerIndex = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local expected, value, deadline, storedId, userId, recordPrefix, expiresAtField, limit, whenFull = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
if limit == '' then limit = nil end
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
        stop = string.find(json, '["\\]', stop + 1)
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
  if not string.find(value, '\\', 1, true) then return string.sub(value, 2, -2) end
  local ok, list = pcall(cjson.decode, '[' .. value .. ']')
  return ok and list[1] or nil
end
local function get(key)
  local value = call('GET', key)
  if value then return value, members(value) end
end
local function text(value, at, name)
  return at and plain(raw(value, at, name))
end
local function ends(value, at)
  local y, mo, d, h, mi, s, f =
    string.match(raw(value, at, expiresAtField) or '', '^"(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?(%d*)Z"$')
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
local function adopt(record, index, value, at)
  if call('PTTL', record) ~= -1 then return true end
  local deadline = ends(value, at)
  if not deadline then return true end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('UNLINK', record)
    return false
  end
  local ms = string.format('%.0f', deadline)
  call('PEXPIREAT', record, ms)
  call('ZADD', index, ms, string.sub(record, #recordPrefix + 1))
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end
  return true
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function adoptPointed(pointer, index, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  if record then adopt(record, index, value, at) end
end
adoptPointed(pointer, index, userId, record)
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
local surplus = 0
if limit and not call('ZSCORE', index, storedId) then
local function present(index, missing)
  local count = 0
  for _, storedId in ipairs(call('ZRANGE', index, 0, -1)) do
    local record = recordPrefix .. storedId
    local ttl = call('PTTL', record)
    local live = ttl ~= -2
    if ttl == -1 then
      local value, at = get(record)
      live = at and adopt(record, index, value, at)
    end
    if live then count = count + 1 elseif missing then missing(storedId) end
  end
  return count
end
local function forgetMissing(index, limit)
  if call('ZCARD', index) < tonumber(limit) then return end
  -- A process that runs the replaced package ends sessions without taking them out of the index.
  present(index, function(storedId) call('ZREM', index, storedId) end)
end
  forgetMissing(index, limit)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
  surplus = call('ZCARD', index) + 1 - limit
  if surplus > 0 and whenFull == 'reject' then return -1 end
end
if surplus > 0 then
  for _, other in ipairs(call('ZRANGE', index, 0, surplus - 1)) do
    call('UNLINK', recordPrefix .. other)
    call('ZREM', index, other)
  end
end
local before = call('PTTL', record)
call('SET', record, value, 'PXAT', deadline)
if formerIndex then
if call('ZREM', formerIndex, storedId) == 1 then 
do
  local last = call('ZRANGE', formerIndex, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', formerIndex, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', formerIndex, string.format('%.0f', last)) end
end end
end
do
  call('ZADD', index, deadline, storedId)
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    local left = call('PTTL', record)
    local now = deadline - left
    if ttl < left then call('PEXPIREAT', index, deadline) end
  end
end
if before - call('PTTL', record) > 50 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) < 0 then last = -call('ZRANGE', index, 0, 0, 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
call('SET', pointer, record, 'PXAT', deadline)
return 1
