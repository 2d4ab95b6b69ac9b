-- create
--!df flags=allow-undeclared-keys
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
local victims, ghosts
if limit and index and call('GET', record) ~= value then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if tonumber(deadline) <= now then return -2 end
  if call('EXISTS', record) == 1 then return 0 end
  victims, ghosts = {}, {}
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  if size >= tonumber(limit) then
    local live, absent, texts = {}, {}, {}
local find = string.find
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    local values = call('MGET', unpack(keys))
    for i = 1, #values do
      local id, value = storedIds[from + i - 1], values[i]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 33 and string.byte(id) == 126) == (hashed ~= nil) then
        local name
        if find(value, ',"sealed":', 1, true) or find(value, ',"successor":', 1, true) then name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"') end
        if (name ~= 'sealed' or judge) and not (hasHeader and name == 'successor') then
          live[#live + 1], texts[id] = id, value
        end
      end
    end
  end
end
    local unseen = math.max(0, call('ZCOUNT', index, now, '+inf') - 1000)
    examine(call('ZRANGEBYSCORE', index, now, '+inf', 'LIMIT', '0', '1000'))
    local counted, none = {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then counted[#counted + 1] = id end
    end
    local surplus = #counted + unseen + 1 - limit
    if judge == 'ask' and surplus > 0 and #counted > 0 then
      local found = {}
      for _, id in ipairs(counted) do
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
      return found
    end
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do
      local id = counted[i]
local linked = {}
if hasHeader then
  local name = string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(texts[id])
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
      victims[#victims + 1] = id
      for _, other in ipairs(linked) do victims[#victims + 1] = other end
    end
    ghosts = absent
  end
end
local entered = index and call('ZADD', index, 'NX', deadline, storedId)
if not call('SET', record, value, 'NX', 'PXAT', deadline) then
  if entered == 1 then call('ZREM', index, storedId) end
  if call('GET', record) ~= value then return 0 end
  entered = 0
end
local left = call('PTTL', record)
local now = deadline - left
if left <= 0 then
  call('UNLINK', record)
  if entered == 1 then call('ZREM', index, storedId) end
  return -2
end
if index then
  if entered == 0 then call('ZADD', index, deadline, storedId) end
  if victims then
for _, id in ipairs(ghosts) do
  if id ~= storedId then call('ZREM', index, id) end
end
local linked = victims
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
  end
  call('UNLINK', recordPrefix .. other)
end
  end
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
  end
end
end
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('EXISTS', record)) and 'EXISTS'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('MGET', record) or may('MGET', index) or may('MGET', recordPrefix)) and 'MGET'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('PTTL', index)) and 'PTTL'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- create undated
--!df flags=allow-undeclared-keys
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
local victims, ghosts
if limit and index then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if tonumber(deadline) <= now then return -2 end
  if call('EXISTS', record) == 1 then return 0 end
  victims, ghosts = {}, {}
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  if size >= tonumber(limit) then
    local live, absent, texts = {}, {}, {}
local find = string.find
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    local values = call('MGET', unpack(keys))
    for i = 1, #values do
      local id, value = storedIds[from + i - 1], values[i]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 33 and string.byte(id) == 126) == (hashed ~= nil) then
        local name
        if find(value, ',"sealed":', 1, true) or find(value, ',"successor":', 1, true) then name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"') end
        if (name ~= 'sealed' or judge) and not (hasHeader and name == 'successor') then
          live[#live + 1], texts[id] = id, value
        end
      end
    end
  end
end
    local unseen = math.max(0, call('ZCOUNT', index, now, '+inf') - 1000)
    examine(call('ZRANGEBYSCORE', index, now, '+inf', 'LIMIT', '0', '1000'))
    local counted, none = {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then counted[#counted + 1] = id end
    end
    local surplus = #counted + unseen + 1 - limit
    if judge == 'ask' and surplus > 0 and #counted > 0 then
      local found = {}
      for _, id in ipairs(counted) do
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
      return found
    end
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do
      local id = counted[i]
local linked = {}
if hasHeader then
  local name = string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(texts[id])
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
      victims[#victims + 1] = id
      for _, other in ipairs(linked) do victims[#victims + 1] = other end
    end
    ghosts = absent
  end
end
local entered = index and call('ZADD', index, 'NX', deadline, storedId)
if not call('SET', record, value, 'NX', 'PXAT', deadline) then
  if entered == 1 then call('ZREM', index, storedId) end
  return 0
end
local left = call('PTTL', record)
local now = deadline - left
if left <= 0 then
  call('UNLINK', record)
  if entered == 1 then call('ZREM', index, storedId) end
  return -2
end
if index then
  if entered == 0 then call('ZADD', index, deadline, storedId) end
  if victims then
for _, id in ipairs(ghosts) do
  if id ~= storedId then call('ZREM', index, id) end
end
local linked = victims
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
  end
  call('UNLINK', recordPrefix .. other)
end
  end
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
  end
end
end
return 1
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('EXISTS', record)) and 'EXISTS'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('MGET', record) or may('MGET', index) or may('MGET', recordPrefix)) and 'MGET'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local victims, ghosts
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- update
--!df flags=allow-undeclared-keys
local call = redis.call
local record, index, formerIndex = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local expected, value, deadline, storedId, sameHeader, recordPrefix, limit, whenFull, sendBefore, hasHeader, hashed, judge = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11], ARGV[12]
if sameHeader == '' then sameHeader = nil end
if recordPrefix == '' then recordPrefix = nil end
if limit == '' then limit = nil end
if whenFull == '' then whenFull = nil end
if sendBefore == '' then sendBefore = nil end
if hasHeader == '' then hasHeader = nil end
if hashed == '' then hashed = nil end
if judge == '' then judge = nil end
local uncounted = {}
for i = 13, #ARGV do uncounted[#uncounted + 1] = ARGV[i] end
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
if sameHeader then
  local entered = index and call('ZADD', index, deadline, storedId)
  call('SET', record, value, 'KEEPTTL')
  if entered == 1 then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
  end
end
  end
  return 1
end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local victims, ghosts = {}, {}
if limit and not call('ZSCORE', index, storedId) then
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  if size >= tonumber(limit) then
    local live, absent, texts = {}, {}, {}
local find = string.find
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    local values = call('MGET', unpack(keys))
    for i = 1, #values do
      local id, value = storedIds[from + i - 1], values[i]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 33 and string.byte(id) == 126) == (hashed ~= nil) then
        local name
        if find(value, ',"sealed":', 1, true) or find(value, ',"successor":', 1, true) then name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"') end
        if (name ~= 'sealed' or judge) and not (hasHeader and name == 'successor') then
          live[#live + 1], texts[id] = id, value
        end
      end
    end
  end
end
    local unseen = math.max(0, call('ZCOUNT', index, now, '+inf') - 1000)
    examine(call('ZRANGEBYSCORE', index, now, '+inf', 'LIMIT', '0', '1000'))
    local counted, none = {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then counted[#counted + 1] = id end
    end
    local surplus = #counted + unseen + 1 - limit
    if judge == 'ask' and surplus > 0 and #counted > 0 then
      local found = {}
      for _, id in ipairs(counted) do
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
      return found
    end
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do
      local id = counted[i]
local linked = {}
if hasHeader then
  local name = string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(texts[id])
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
      victims[#victims + 1] = id
      for _, other in ipairs(linked) do victims[#victims + 1] = other end
    end
    ghosts = absent
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
local linked = victims
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
  end
  call('UNLINK', recordPrefix .. other)
end
end
if formerIndex then
  if call('ZREM', formerIndex, storedId) == 1 then 
do
  local last = redis.pcall('ZRANGE', formerIndex, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', formerIndex, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', formerIndex, string.match(last, '%d+')) end
end end
end
if index then
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
  end
end
  if now + before > tonumber(deadline) + 50 then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
end
return 1
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('MGET', record) or may('MGET', index) or may('MGET', formerIndex) or may('MGET', recordPrefix)) and 'MGET'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('ZCARD', formerIndex)) and 'ZCARD'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('ZREM', formerIndex)) and 'ZREM'
  --     or not (may('ZRANGE', formerIndex)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', formerIndex)) and 'PEXPIREAT'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local current = call('GET', record)
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- touch
--!df flags=allow-undeclared-keys
local call = redis.call
local record, index = KEYS[1], KEYS[2]
local deadline, storedId, indexPrefix = ARGV[1], ARGV[2], ARGV[3]
local head = call('GETRANGE', record, '0', '255')
local expires, ends, user, at = string.match(head, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"()')
if not user then
  local value = call('GET', record)
  if not value then return 0 end
  expires, ends, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null()')
  if not expires then return value end
end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local before = ends == 'null' and tonumber(expires) or math.min(tonumber(expires), tonumber(ends))
if before <= now then return 0 end
if string.find(head, '^,"successor"', at) then return before end
if #expires ~= 13 or #deadline ~= 13 then return call('GET', record) end
local stop = ends ~= 'null' and tonumber(ends) < tonumber(deadline) and ends or deadline
if tonumber(stop) <= now then return -2 end
if user then
  index = indexPrefix .. user
  call('ZADD', index, stop, storedId)
end
call('SETRANGE', record, '13', deadline)
call('PEXPIREAT', record, stop)
if user then
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, stop, 'GT') == 1 or call('PEXPIREAT', index, stop, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, stop)
  else
    if now + ttl < tonumber(stop) - 1 then call('PEXPIREAT', index, stop) end
  end
end
  if before > tonumber(stop) then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
end
return tonumber(stop)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GETRANGE', record)) and 'GETRANGE'
  --     or not (may('GET', record)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZADD', index or indexPrefix)) and 'ZADD'
  --     or not (may('SETRANGE', record)) and 'SETRANGE'
  --     or not (may('PEXPIREAT', record)) and 'PEXPIREAT'
  --     or not (may('PEXPIREAT', index or indexPrefix)) and 'PEXPIREAT'
  --     or not (may('PTTL', index or indexPrefix)) and 'PTTL'
  --     or not (may('ZRANGE', index or indexPrefix)) and 'ZRANGE'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

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
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
  end
end
  if now + ttl > tonumber(deadline) + 50 then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
end
return tonumber(deadline)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('PTTL', record)) and 'PTTL'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('GET', record)) and 'GET'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('PEXPIREAT', record)) and 'PEXPIREAT'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- touch-owned-key
--!df flags=allow-undeclared-keys
local call = redis.call
local record = KEYS[1]
local deadline, storedId, userIdField, indexPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local value, ttl = call('GET', record), call('PTTL', record)
if not value then return 0 end
local expires, absolute, user
if userIdField then
  if false then expires, absolute, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"') end
  if not user then
    if false then expires, absolute = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":') end
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
if not user then return {value} end
local index = indexPrefix .. user
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local score = index and call('ZSCORE', index, storedId)
if index and not score then return call('GET', record) end
if tonumber(deadline) <= now then return -2 end
if index then call('ZADD', index, deadline, storedId) end
call('PEXPIREAT', record, deadline)
if index then
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
  end
end
  if now + ttl > tonumber(deadline) + 50 then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
end
return tonumber(deadline)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZSCORE', indexPrefix)) and 'ZSCORE'
  --     or not (may('ZADD', indexPrefix)) and 'ZADD'
  --     or not (may('PEXPIREAT', record)) and 'PEXPIREAT'
  --     or not (may('PEXPIREAT', indexPrefix)) and 'PEXPIREAT'
  --     or not (may('PTTL', indexPrefix)) and 'PTTL'
  --     or not (may('ZRANGE', indexPrefix)) and 'ZRANGE'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- rotate
--!df flags=allow-undeclared-keys
local call = redis.call
local record, newRecord, index = KEYS[1], KEYS[2], KEYS[3]
local storedId, newStoredId, indexPrefix, graceMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local value = call('GET', record)
if not value then return 0 end
local deadline, ends, user, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"()')
if not user then
  deadline, ends, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null()')
  if not deadline then return {value} end
end
if string.find(value, '^,"successor"', at) or string.find(value, '^,"former"', at) then return {value} end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if ends ~= 'null' and tonumber(ends) < tonumber(deadline) then deadline = ends end
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
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZCARD', index or indexPrefix)) and 'ZCARD'
  --     or not (may('SET', newRecord)) and 'SET'
  --     or not (may('ZADD', index or indexPrefix)) and 'ZADD'
  --     or not (may('PEXPIREAT', index or indexPrefix)) and 'PEXPIREAT'
  --     or not (may('ZREMRANGEBYSCORE', index or indexPrefix)) and 'ZREMRANGEBYSCORE'
  --     or not (may('PTTL', index or indexPrefix)) and 'PTTL'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('ZREM', index or indexPrefix)) and 'ZREM'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local value = call('GET', record)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- move
--!df flags=allow-undeclared-keys
local call = redis.call
local record, newRecord, index = KEYS[1], KEYS[2], KEYS[3]
local expected, moved, deadline, storedId, newStoredId, recordPrefix, closed, graceEnd, ended, back = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
if recordPrefix == '' then recordPrefix = nil end
if closed == '' then closed = nil end
if graceEnd == '' then graceEnd = nil end
if ended == '' then ended = nil end
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
if back and string.find(call('GET', newRecord) or '', '"successor":' .. cjson.encode(storedId), 1, true) then
  call('SET', newRecord, moved, 'PXAT', deadline)
else
  if not call('SET', newRecord, moved, 'NX', 'PXAT', deadline) then return -1 end
end
if index then
  call('ZADD', index, deadline, newStoredId)
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('ZCARD', index)) and 'ZCARD'
  --     or not (may('GET', newRecord)) and 'GET'
  --     or not (may('SET', newRecord)) and 'SET'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   if call('GET', record) ~= expected then return 0 end
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- transfer
local call = redis.call
local record, newRecord, index, formerIndex = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if index == record then index = nil end
if formerIndex == record then formerIndex = nil end
local linkedRecords = {}
for i = 7, #KEYS do linkedRecords[#linkedRecords + 1] = KEYS[i] end
local expected, moved, storedId, newStoredId, deadline, leftMs, closed = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if deadline == '' then deadline = nil end
if leftMs == '' then leftMs = nil end
if closed == '' then closed = nil end
local linked = {}
for i = 8, #ARGV do linked[#linked + 1] = ARGV[i] end
if call('GET', record) ~= expected then return 0 end
for i = 1, #linkedRecords / 2 do
  if call('GET', linkedRecords[2 * i - 1]) ~= linked[5 * i - 4] then return 0 end
end
local ttl = call('PTTL', record)
if leftMs and ttl > tonumber(leftMs) then return 0 end
if ttl < 0 and not deadline then return -3 end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local stop = deadline or string.format('%.0f', now + ttl)
if tonumber(stop) <= now then return -2 end
if index then call('ZCARD', index) end
if formerIndex then call('ZCARD', formerIndex) end
local outcome
for i = 0, #linkedRecords / 2 do
  if i > 0 then
    record, newRecord, moved = linkedRecords[2 * i - 1], linkedRecords[2 * i], linked[5 * i - 3]
    storedId, newStoredId, closed = linked[5 * i - 2], linked[5 * i - 1], string.byte(linked[5 * i]) == 45
    stop = string.match(linked[5 * i], '%d+')
  end
  local isStored = tonumber(stop) > now and call('SET', newRecord, moved, 'NX', 'PXAT', stop)
  call('UNLINK', record)
  if formerIndex and call('ZREM', formerIndex, storedId) == 1 then
do
  local last = redis.pcall('ZRANGE', formerIndex, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', formerIndex, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', formerIndex, string.match(last, '%d+')) end
end
  end
  if index and isStored then
    call('ZADD', index, closed and '-' .. stop or stop, newStoredId)
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, stop, 'GT') == 1 or call('PEXPIREAT', index, stop, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, stop)
  else
    if now + ttl < tonumber(stop) - 1 then call('PEXPIREAT', index, stop) end
  end
end
  end
  outcome = outcome or (isStored and 1 or 2)
end
return outcome
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('GET', record) or may('GET', newRecord) or may('GET', index) or may('GET', formerIndex)) and 'GET'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZCARD', index)) and 'ZCARD'
  --     or not (may('ZCARD', formerIndex)) and 'ZCARD'
  --     or not (may('SET', newRecord)) and 'SET'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('ZREM', formerIndex)) and 'ZREM'
  --     or not (may('ZRANGE', formerIndex)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', formerIndex)) and 'PEXPIREAT'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   if call('GET', record) ~= expected then return 0 end
  -- local answer = carryOut()
  -- if answer == 1 or answer == 2 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- delete
--!df flags=allow-undeclared-keys
local call = redis.call
local record, index = KEYS[1], KEYS[2]
local storedId, userIdField, onlyUserId, hasHeader, recordPrefix, indexPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if userIdField == '' then userIdField = nil end
if onlyUserId == '' then onlyUserId = nil end
if hasHeader == '' then hasHeader = nil end
if recordPrefix == '' then recordPrefix = nil end
local value = call('GET', record)
if not value then return 0 end
local expires, absolute, user
if userIdField then
  if hasHeader then expires, absolute, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"') end
  if not user then
    if hasHeader then expires, absolute = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":') end
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
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
  end
  call('UNLINK', recordPrefix .. other)
end
if index then
if call('ZREM', index, storedId) == 1 then
  local last = redis.REDIS_VERSION_NUM and expires and redis.pcall('PEXPIRETIME', index)
  if type(last) ~= 'number' or (last >= 0 and last <= math.min(expires, tonumber(absolute) or expires)) then
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end
  end
end
end
call('UNLINK', record)
return value
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('ZREM', index or indexPrefix)) and 'ZREM'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('PEXPIRETIME', index or indexPrefix)) and 'PEXPIRETIME'
  --     or not (may('ZRANGE', index or indexPrefix)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index or indexPrefix)) and 'PEXPIREAT'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local value = call('GET', record)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- delete-exact
--!df flags=allow-undeclared-keys
local call = redis.call
local record, index = KEYS[1], KEYS[2]
local expected, storedId, hasHeader, recordPrefix, successor = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if hasHeader == '' then hasHeader = nil end
if recordPrefix == '' then recordPrefix = nil end
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
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
  end
  call('UNLINK', recordPrefix .. other)
end
if index then
  if call('ZREM', index, storedId) == 1 then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
end
call('UNLINK', record)
return 1
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   if call('GET', record) ~= expected then return 0 end
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- delete-all
--!df flags=allow-undeclared-keys
local call = redis.call
local index = KEYS[1]
local recordPrefix, hasHeader = ARGV[1], ARGV[2]
if hasHeader == '' then hasHeader = nil end
local except = {}
for i = 3, #ARGV do except[#except + 1] = ARGV[i] end
local kept, keeps = {}, #except > 0
for _, id in ipairs(except) do
  kept[id] = true
  local text = call('GET', recordPrefix .. id)
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
      if keeps then leave(ids) end
    end
  end
end
do
  local function leave(ids) call('ZREM', index, unpack(ids)) end
  unlink(call('ZRANGEBYSCORE', index, '0', '+inf'), leave, true)
  unlink(call('ZRANGEBYSCORE', index, '-inf', '(0'), leave, false)
  if not keeps then call('UNLINK', index) end
end
if keeps then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
return deleted
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('UNLINK', index)) and 'UNLINK'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local kept, keeps = {}, #except > 0
  -- local answer = carryOut()
  -- if type(answer) == 'number' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- list
--!df flags=allow-undeclared-keys
local call = redis.call
local index = KEYS[1]
local recordPrefix, most = ARGV[1], ARGV[2]
if call('ZCARD', index) > tonumber(most) then return 0 end
local storedIds = call('ZREVRANGEBYSCORE', index, '+inf', '0')
local number = #storedIds
for from = 1, number, 1000 do
  local keys = {}
  for i = from, math.min(from + 999, number) do keys[i - from + 1] = recordPrefix .. storedIds[i] end
  local values = call('MGET', unpack(keys))
  for i = 1, #keys do storedIds[number + from + i - 1] = values[i] end
end
return storedIds
  -- local given, firstKey, seen = KEYS, KEYS[1], {}
  -- for _, key in ipairs(given) do seen[key] = true end
  -- local function call(command, key, ...)
  --   if key == nil then return redis.call(command) end
  --   if not seen[key] then
  --     redis.call('EXISTS', firstKey, key)
  --     seen[key] = true
  --   end
  --   return redis.call(command, key, ...)

-- list-ids
local call = redis.call
local index = KEYS[1]
local function pack(found, storedIds)
  for from = 1, #storedIds, 1000 do
    local some = {}
    for i = from, math.min(from + 999, #storedIds) do some[#some + 1] = cjson.encode(storedIds[i]) end
    found[#found + 1] = '[' .. table.concat(some, ',') .. ']'
  end
end
local found = {}
pack(found, call('ZREVRANGEBYSCORE', index, '+inf', '0'))
return found

-- count
--!df flags=allow-undeclared-keys
local call = redis.call
local index = KEYS[1]
local recordPrefix, hasHeader, hashed = ARGV[1], ARGV[2], ARGV[3]
if hasHeader == '' then hasHeader = nil end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local counted = 0
local find = string.find
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    local values = call('MGET', unpack(keys))
    for i = 1, #values do
      local id, value = storedIds[from + i - 1], values[i]
      if not value then
      elseif (#id == 33 and string.byte(id) == 126) == (hashed ~= nil) then
        local name
        if find(value, ',"sealed":', 1, true) or find(value, ',"successor":', 1, true) then name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"') end
        if (name ~= 'sealed' or false) and not (hasHeader and name == 'successor') then
          counted = counted + 1
        end
      end
    end
  end
end
examine(call('ZRANGEBYSCORE', index, now, '+inf'))
return counted
  -- local given, firstKey, seen = KEYS, KEYS[1], {}
  -- for _, key in ipairs(given) do seen[key] = true end
  -- local function call(command, key, ...)
  --   if key == nil then return redis.call(command) end
  --   if not seen[key] then
  --     redis.call('EXISTS', firstKey, key)
  --     seen[key] = true
  --   return redis.call(command, key, ...)

-- legacy create
--!df flags=allow-undeclared-keys
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
local victims, ghosts
if limit and index and call('GET', record) ~= value then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if tonumber(deadline) <= now then return -2 end
  if call('EXISTS', record) == 1 then return 0 end
  victims, ghosts = {}, {}
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  size = math.max(size, call('SCARD', legacySet))
  if size >= tonumber(limit) then
    local live, absent, texts = {}, {}, {}
local find = string.find
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    local values = call('MGET', unpack(keys))
    for i = 1, #values do
      local id, value = storedIds[from + i - 1], values[i]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 33 and string.byte(id) == 126) == (hashed ~= nil) then
        local name
        if find(value, ',"sealed":', 1, true) or find(value, ',"successor":', 1, true) then name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"') end
        if (name ~= 'sealed' or judge) and not (hasHeader and name == 'successor') then
          live[#live + 1], texts[id] = id, value
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
    local counted, none = {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then counted[#counted + 1] = id end
    end
    local surplus = #counted + unseen + 1 - limit
    if judge == 'ask' and surplus > 0 and #counted > 0 then
      local found = {}
      for _, id in ipairs(counted) do
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
      return found
    end
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do
      local id = counted[i]
local linked = {}
if hasHeader then
  local name = string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(texts[id])
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
      victims[#victims + 1] = id
      for _, other in ipairs(linked) do victims[#victims + 1] = other end
    end
    ghosts = absent
  end
end
if legacySet then call('SCARD', legacySet) end
local entered = index and call('ZADD', index, 'NX', deadline, storedId)
if not call('SET', record, value, 'NX', 'PXAT', deadline) then
  if entered == 1 then call('ZREM', index, storedId) end
  if call('GET', record) ~= value then return 0 end
  entered = 0
end
local left = call('PTTL', record)
local now = deadline - left
if left <= 0 then
  call('UNLINK', record)
  if entered == 1 then call('ZREM', index, storedId) end
  return -2
end
if index then
  if entered == 0 then call('ZADD', index, deadline, storedId) end
  if victims then
for _, id in ipairs(ghosts) do
  if id ~= storedId then call('ZREM', index, id) end
end
local linked = victims
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
  call('UNLINK', recordPrefix .. other)
end
  end
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
for _, elapsed in ipairs(call('ZRANGEBYSCORE', index, '(0', '(' .. now)) do
  if call('EXISTS', recordPrefix .. elapsed) == 0 then call('SREM', legacySet, elapsed) end
end
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
for _, elapsed in ipairs(call('ZRANGEBYSCORE', index, '(0', '(' .. now)) do
  if call('EXISTS', recordPrefix .. elapsed) == 0 then call('SREM', legacySet, elapsed) end
end
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
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
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('EXISTS', record)) and 'EXISTS'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('SCARD', legacySet)) and 'SCARD'
  --     or not (may('MGET', record) or may('MGET', index) or may('MGET', legacySet) or may('MGET', recordPrefix)) and 'MGET'
  --     or not (may('SMEMBERS', legacySet)) and 'SMEMBERS'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('SREM', legacySet)) and 'SREM'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('EXISTS', recordPrefix)) and 'EXISTS'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('SADD', legacySet)) and 'SADD'
  --     or not (may('PTTL', legacySet)) and 'PTTL'
  --     or not (may('PEXPIRE', legacySet)) and 'PEXPIRE'
  --     or not (may('PEXPIRE', index)) and 'PEXPIRE'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- legacy create undated
--!df flags=allow-undeclared-keys
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
local victims, ghosts
if limit and index then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if tonumber(deadline) <= now then return -2 end
  if call('EXISTS', record) == 1 then return 0 end
  victims, ghosts = {}, {}
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  size = math.max(size, call('SCARD', legacySet))
  if size >= tonumber(limit) then
    local live, absent, texts = {}, {}, {}
local find = string.find
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    local values = call('MGET', unpack(keys))
    for i = 1, #values do
      local id, value = storedIds[from + i - 1], values[i]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 33 and string.byte(id) == 126) == (hashed ~= nil) then
        local name
        if find(value, ',"sealed":', 1, true) or find(value, ',"successor":', 1, true) then name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"') end
        if (name ~= 'sealed' or judge) and not (hasHeader and name == 'successor') then
          live[#live + 1], texts[id] = id, value
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
    local counted, none = {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then counted[#counted + 1] = id end
    end
    local surplus = #counted + unseen + 1 - limit
    if judge == 'ask' and surplus > 0 and #counted > 0 then
      local found = {}
      for _, id in ipairs(counted) do
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
      return found
    end
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do
      local id = counted[i]
local linked = {}
if hasHeader then
  local name = string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(texts[id])
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
      victims[#victims + 1] = id
      for _, other in ipairs(linked) do victims[#victims + 1] = other end
    end
    ghosts = absent
  end
end
if legacySet then call('SCARD', legacySet) end
local entered = index and call('ZADD', index, 'NX', deadline, storedId)
if not call('SET', record, value, 'NX', 'PXAT', deadline) then
  if entered == 1 then call('ZREM', index, storedId) end
  return 0
end
local left = call('PTTL', record)
local now = deadline - left
if left <= 0 then
  call('UNLINK', record)
  if entered == 1 then call('ZREM', index, storedId) end
  return -2
end
if index then
  if entered == 0 then call('ZADD', index, deadline, storedId) end
  if victims then
for _, id in ipairs(ghosts) do
  if id ~= storedId then call('ZREM', index, id) end
end
local linked = victims
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
  call('UNLINK', recordPrefix .. other)
end
  end
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
for _, elapsed in ipairs(call('ZRANGEBYSCORE', index, '(0', '(' .. now)) do
  if call('EXISTS', recordPrefix .. elapsed) == 0 then call('SREM', legacySet, elapsed) end
end
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
for _, elapsed in ipairs(call('ZRANGEBYSCORE', index, '(0', '(' .. now)) do
  if call('EXISTS', recordPrefix .. elapsed) == 0 then call('SREM', legacySet, elapsed) end
end
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('EXISTS', record)) and 'EXISTS'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('SCARD', legacySet)) and 'SCARD'
  --     or not (may('MGET', record) or may('MGET', index) or may('MGET', legacySet) or may('MGET', recordPrefix)) and 'MGET'
  --     or not (may('SMEMBERS', legacySet)) and 'SMEMBERS'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('SREM', legacySet)) and 'SREM'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('EXISTS', recordPrefix)) and 'EXISTS'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('SADD', legacySet)) and 'SADD'
  --     or not (may('PTTL', legacySet)) and 'PTTL'
  --     or not (may('PEXPIRE', legacySet)) and 'PEXPIRE'
  --     or not (may('PEXPIRE', index)) and 'PEXPIRE'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local victims, ghosts
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- legacy update
--!df flags=allow-undeclared-keys
local call = redis.call
local record, index, formerIndex, legacySet, formerLegacySet = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
if index == record then index = nil end
if formerIndex == record then formerIndex = nil end
if legacySet == record then legacySet = nil end
local expected, value, deadline, storedId, recordPrefix, limit, whenFull, sendBefore, hasHeader, hashed, judge = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11], ARGV[12]
if recordPrefix == '' then recordPrefix = nil end
if limit == '' then limit = nil end
if whenFull == '' then whenFull = nil end
if sendBefore == '' then sendBefore = nil end
if hasHeader == '' then hasHeader = nil end
if hashed == '' then hashed = nil end
if judge == '' then judge = nil end
local uncounted = {}
for i = 13, #ARGV do uncounted[#uncounted + 1] = ARGV[i] end
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local victims, ghosts = {}, {}
if limit and not call('ZSCORE', index, storedId) then
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  size = math.max(size, call('SCARD', legacySet))
  if size >= tonumber(limit) then
    local live, absent, texts = {}, {}, {}
local find = string.find
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    local values = call('MGET', unpack(keys))
    for i = 1, #values do
      local id, value = storedIds[from + i - 1], values[i]
      if not value then
        absent[#absent + 1] = id
      elseif (#id == 33 and string.byte(id) == 126) == (hashed ~= nil) then
        local name
        if find(value, ',"sealed":', 1, true) or find(value, ',"successor":', 1, true) then name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"') end
        if (name ~= 'sealed' or judge) and not (hasHeader and name == 'successor') then
          live[#live + 1], texts[id] = id, value
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
    local counted, none = {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then counted[#counted + 1] = id end
    end
    local surplus = #counted + unseen + 1 - limit
    if judge == 'ask' and surplus > 0 and #counted > 0 then
      local found = {}
      for _, id in ipairs(counted) do
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
      return found
    end
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do
      local id = counted[i]
local linked = {}
if hasHeader then
  local name = string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(texts[id], '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"')
  if not name or name == 'former' or name == 'successor' then
    local function linksIn(text)
      local ok, json = pcall(cjson.decode, text or '')
      if not ok or type(json) ~= 'table' then return nil, nil end
      return type(json.former) == 'table' and json.former[1], type(json.successor) == 'string' and json.successor
    end
    local former, successor = linksIn(texts[id])
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
      victims[#victims + 1] = id
      for _, other in ipairs(linked) do victims[#victims + 1] = other end
    end
    ghosts = absent
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
local linked = victims
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
  call('UNLINK', recordPrefix .. other)
end
end
if formerIndex then
call('SCARD', formerLegacySet)
call('ZREM', formerIndex, storedId)
call('SREM', formerLegacySet, storedId)
end
if index then
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
  end
end
  if now + before > tonumber(deadline) + 50 then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('SCARD', legacySet)) and 'SCARD'
  --     or not (may('MGET', record) or may('MGET', index) or may('MGET', formerIndex) or may('MGET', legacySet) or may('MGET', formerLegacySet) or may('MGET', recordPrefix)) and 'MGET'
  --     or not (may('SMEMBERS', legacySet)) and 'SMEMBERS'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('ZCARD', formerIndex)) and 'ZCARD'
  --     or not (may('SCARD', formerLegacySet)) and 'SCARD'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('SREM', legacySet)) and 'SREM'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('ZREM', formerIndex)) and 'ZREM'
  --     or not (may('SREM', formerLegacySet)) and 'SREM'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('SADD', legacySet)) and 'SADD'
  --     or not (may('PTTL', legacySet)) and 'PTTL'
  --     or not (may('PEXPIRE', legacySet)) and 'PEXPIRE'
  --     or not (may('PEXPIRE', index)) and 'PEXPIRE'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local current = call('GET', record)
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- legacy touch
--!df flags=allow-undeclared-keys
local call = redis.call
local record, index, legacySet = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local deadline, storedId, indexPrefix, legacyPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local head = call('GETRANGE', record, '0', '255')
local expires, ends, user, at = string.match(head, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"()')
if not user then
  local value = call('GET', record)
  if not value then return 0 end
  expires, ends, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null()')
  if not expires then return value end
end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local before = ends == 'null' and tonumber(expires) or math.min(tonumber(expires), tonumber(ends))
if before <= now then return 0 end
if string.find(head, '^,"successor"', at) then return before end
if #expires ~= 13 or #deadline ~= 13 then return call('GET', record) end
local stop = ends ~= 'null' and tonumber(ends) < tonumber(deadline) and ends or deadline
if tonumber(stop) <= now then return -2 end
if user then
  index = indexPrefix .. user
  legacySet = legacyPrefix .. user
  call('SCARD', legacySet)
  call('ZADD', index, stop, storedId)
end
call('SETRANGE', record, '13', deadline)
call('PEXPIREAT', record, stop)
if user then
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, stop, 'GT') == 1 or call('PEXPIREAT', index, stop, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, stop)
  else
    if now + ttl < tonumber(stop) - 1 then call('PEXPIREAT', index, stop) end
  end
end
  if before > tonumber(stop) then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
do
  call('SADD', legacySet, storedId)
  local lifetime = 2 * call('PTTL', record)
  local ms = string.format('%.0f', lifetime)
  if call('PTTL', legacySet) < lifetime then call('PEXPIRE', legacySet, ms) end
  if call('PTTL', index) < lifetime then call('PEXPIRE', index, ms) end
end
end
return tonumber(stop)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GETRANGE', record)) and 'GETRANGE'
  --     or not (may('GET', record)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('SCARD', legacySet or legacyPrefix)) and 'SCARD'
  --     or not (may('ZADD', index or indexPrefix)) and 'ZADD'
  --     or not (may('SETRANGE', record)) and 'SETRANGE'
  --     or not (may('PEXPIREAT', record)) and 'PEXPIREAT'
  --     or not (may('PEXPIREAT', index or indexPrefix)) and 'PEXPIREAT'
  --     or not (may('PTTL', index or indexPrefix)) and 'PTTL'
  --     or not (may('ZRANGE', index or indexPrefix)) and 'ZRANGE'
  --     or not (may('SADD', legacySet or legacyPrefix)) and 'SADD'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('PTTL', legacySet or legacyPrefix)) and 'PTTL'
  --     or not (may('PEXPIRE', legacySet or legacyPrefix)) and 'PEXPIRE'
  --     or not (may('PEXPIRE', index or indexPrefix)) and 'PEXPIRE'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

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
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
  end
end
  if now + ttl > tonumber(deadline) + 50 then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
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
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('PTTL', record)) and 'PTTL'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('GET', record)) and 'GET'
  --     or not (may('SCARD', legacySet)) and 'SCARD'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('PEXPIREAT', record)) and 'PEXPIREAT'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('SADD', legacySet)) and 'SADD'
  --     or not (may('PTTL', legacySet)) and 'PTTL'
  --     or not (may('PEXPIRE', legacySet)) and 'PEXPIRE'
  --     or not (may('PEXPIRE', index)) and 'PEXPIRE'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- legacy touch-owned-key
--!df flags=allow-undeclared-keys
local call = redis.call
local record = KEYS[1]
local deadline, storedId, userIdField, indexPrefix, legacyPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local value, ttl = call('GET', record), call('PTTL', record)
if not value then return 0 end
local expires, absolute, user
if userIdField then
  if false then expires, absolute, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"') end
  if not user then
    if false then expires, absolute = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":') end
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
if not user then return {value} end
local index = indexPrefix .. user
local legacySet = legacyPrefix .. user
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local score = index and call('ZSCORE', index, storedId)
if index and not score then return call('GET', record) end
if legacySet then call('SCARD', legacySet) end
if tonumber(deadline) <= now then return -2 end
if index then call('ZADD', index, deadline, storedId) end
call('PEXPIREAT', record, deadline)
if index then
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
  end
end
  if now + ttl > tonumber(deadline) + 50 then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
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
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZSCORE', indexPrefix)) and 'ZSCORE'
  --     or not (may('SCARD', legacyPrefix)) and 'SCARD'
  --     or not (may('ZADD', indexPrefix)) and 'ZADD'
  --     or not (may('PEXPIREAT', record)) and 'PEXPIREAT'
  --     or not (may('PEXPIREAT', indexPrefix)) and 'PEXPIREAT'
  --     or not (may('PTTL', indexPrefix)) and 'PTTL'
  --     or not (may('ZRANGE', indexPrefix)) and 'ZRANGE'
  --     or not (may('SADD', legacyPrefix)) and 'SADD'
  --     or not (may('PTTL', legacyPrefix)) and 'PTTL'
  --     or not (may('PEXPIRE', legacyPrefix)) and 'PEXPIRE'
  --     or not (may('PEXPIRE', indexPrefix)) and 'PEXPIRE'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- legacy rotate
--!df flags=allow-undeclared-keys
local call = redis.call
local record, newRecord, index, legacySet = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if index == record then index = nil end
local storedId, newStoredId, indexPrefix, graceMs, legacyPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local value = call('GET', record)
if not value then return 0 end
local deadline, ends, user, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"()')
if not user then
  deadline, ends, at = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null()')
  if not deadline then return {value} end
end
if string.find(value, '^,"successor"', at) or string.find(value, '^,"former"', at) then return {value} end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if ends ~= 'null' and tonumber(ends) < tonumber(deadline) then deadline = ends end
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
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZCARD', index or indexPrefix)) and 'ZCARD'
  --     or not (may('SCARD', legacySet or legacyPrefix)) and 'SCARD'
  --     or not (may('SET', newRecord)) and 'SET'
  --     or not (may('ZADD', index or indexPrefix)) and 'ZADD'
  --     or not (may('PEXPIREAT', index or indexPrefix)) and 'PEXPIREAT'
  --     or not (may('PTTL', index or indexPrefix)) and 'PTTL'
  --     or not (may('SADD', legacySet or legacyPrefix)) and 'SADD'
  --     or not (may('PTTL', newRecord)) and 'PTTL'
  --     or not (may('PTTL', legacySet or legacyPrefix)) and 'PTTL'
  --     or not (may('PEXPIRE', legacySet or legacyPrefix)) and 'PEXPIRE'
  --     or not (may('PEXPIRE', index or indexPrefix)) and 'PEXPIRE'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('ZREMRANGEBYSCORE', index or indexPrefix)) and 'ZREMRANGEBYSCORE'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('ZREM', index or indexPrefix)) and 'ZREM'
  --     or not (may('SREM', legacySet or legacyPrefix)) and 'SREM'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local value = call('GET', record)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- legacy move
--!df flags=allow-undeclared-keys
local call = redis.call
local record, newRecord, index, legacySet = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if index == record then index = nil end
local expected, moved, deadline, storedId, newStoredId, recordPrefix, closed, graceEnd, ended, back = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
if recordPrefix == '' then recordPrefix = nil end
if closed == '' then closed = nil end
if graceEnd == '' then graceEnd = nil end
if ended == '' then ended = nil end
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
if back and string.find(call('GET', newRecord) or '', '"successor":' .. cjson.encode(storedId), 1, true) then
  call('SET', newRecord, moved, 'PXAT', deadline)
else
  if not call('SET', newRecord, moved, 'NX', 'PXAT', deadline) then return -1 end
end
if index then
  call('ZADD', index, deadline, newStoredId)
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('ZCARD', index)) and 'ZCARD'
  --     or not (may('SCARD', legacySet)) and 'SCARD'
  --     or not (may('GET', newRecord)) and 'GET'
  --     or not (may('SET', newRecord)) and 'SET'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('SADD', legacySet)) and 'SADD'
  --     or not (may('PTTL', newRecord)) and 'PTTL'
  --     or not (may('PTTL', legacySet)) and 'PTTL'
  --     or not (may('PEXPIRE', legacySet)) and 'PEXPIRE'
  --     or not (may('PEXPIRE', index)) and 'PEXPIRE'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('SREM', legacySet)) and 'SREM'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   if call('GET', record) ~= expected then return 0 end
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- legacy transfer
local call = redis.call
local record, newRecord, index, formerIndex, legacySet, formerLegacySet = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
if index == record then index = nil end
if formerIndex == record then formerIndex = nil end
if legacySet == record then legacySet = nil end
if formerLegacySet == record then formerLegacySet = nil end
local linkedRecords = {}
for i = 7, #KEYS do linkedRecords[#linkedRecords + 1] = KEYS[i] end
local expected, moved, storedId, newStoredId, deadline, leftMs, closed = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if deadline == '' then deadline = nil end
if leftMs == '' then leftMs = nil end
if closed == '' then closed = nil end
local linked = {}
for i = 8, #ARGV do linked[#linked + 1] = ARGV[i] end
if call('GET', record) ~= expected then return 0 end
for i = 1, #linkedRecords / 2 do
  if call('GET', linkedRecords[2 * i - 1]) ~= linked[5 * i - 4] then return 0 end
end
local ttl = call('PTTL', record)
if leftMs and ttl > tonumber(leftMs) then return 0 end
if ttl < 0 and not deadline then return -3 end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local stop = deadline or string.format('%.0f', now + ttl)
if tonumber(stop) <= now then return -2 end
if index then call('ZCARD', index) end
if formerIndex then call('ZCARD', formerIndex) end
if legacySet then call('SCARD', legacySet) end
if formerLegacySet then call('SCARD', formerLegacySet) end
local outcome
for i = 0, #linkedRecords / 2 do
  if i > 0 then
    record, newRecord, moved = linkedRecords[2 * i - 1], linkedRecords[2 * i], linked[5 * i - 3]
    storedId, newStoredId, closed = linked[5 * i - 2], linked[5 * i - 1], string.byte(linked[5 * i]) == 45
    stop = string.match(linked[5 * i], '%d+')
  end
  local isStored = tonumber(stop) > now and call('SET', newRecord, moved, 'NX', 'PXAT', stop)
  call('UNLINK', record)
  if formerIndex and call('ZREM', formerIndex, storedId) == 1 then
  end
  if formerLegacySet then call('SREM', formerLegacySet, storedId) end
  if index and isStored then
    call('ZADD', index, closed and '-' .. stop or stop, newStoredId)
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, stop, 'GT') == 1 or call('PEXPIREAT', index, stop, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, stop)
  else
    if now + ttl < tonumber(stop) - 1 then call('PEXPIREAT', index, stop) end
  end
end
    if legacySet and not closed then
do
  call('SADD', legacySet, newStoredId)
  local lifetime = 2 * call('PTTL', newRecord)
  local ms = string.format('%.0f', lifetime)
  if call('PTTL', legacySet) < lifetime then call('PEXPIRE', legacySet, ms) end
  if call('PTTL', index) < lifetime then call('PEXPIRE', index, ms) end
end
    end
  end
  outcome = outcome or (isStored and 1 or 2)
end
return outcome
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('GET', record) or may('GET', newRecord) or may('GET', index) or may('GET', formerIndex) or may('GET', legacySet) or may('GET', formerLegacySet)) and 'GET'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZCARD', index)) and 'ZCARD'
  --     or not (may('ZCARD', formerIndex)) and 'ZCARD'
  --     or not (may('SCARD', legacySet)) and 'SCARD'
  --     or not (may('SCARD', formerLegacySet)) and 'SCARD'
  --     or not (may('SET', newRecord)) and 'SET'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('ZREM', formerIndex)) and 'ZREM'
  --     or not (may('SREM', formerLegacySet)) and 'SREM'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('SADD', legacySet)) and 'SADD'
  --     or not (may('PTTL', newRecord)) and 'PTTL'
  --     or not (may('PTTL', legacySet)) and 'PTTL'
  --     or not (may('PEXPIRE', legacySet)) and 'PEXPIRE'
  --     or not (may('PEXPIRE', index)) and 'PEXPIRE'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   if call('GET', record) ~= expected then return 0 end
  -- local answer = carryOut()
  -- if answer == 1 or answer == 2 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- legacy delete
--!df flags=allow-undeclared-keys
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
local expires, absolute, user
if userIdField then
  if hasHeader then expires, absolute, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"') end
  if not user then
    if hasHeader then expires, absolute = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":') end
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
if legacySet then call('SCARD', legacySet) end
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
  call('UNLINK', recordPrefix .. other)
end
if index then
call('SCARD', legacySet)
call('ZREM', index, storedId)
call('SREM', legacySet, storedId)
end
call('UNLINK', record)
return value
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('SCARD', legacySet or legacyPrefix)) and 'SCARD'
  --     or not (may('ZREM', index or indexPrefix)) and 'ZREM'
  --     or not (may('SREM', legacySet or legacyPrefix)) and 'SREM'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local value = call('GET', record)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- legacy delete-exact
--!df flags=allow-undeclared-keys
local call = redis.call
local record, index, legacySet = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local expected, storedId, hasHeader, recordPrefix, successor = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if hasHeader == '' then hasHeader = nil end
if recordPrefix == '' then recordPrefix = nil end
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
if legacySet then call('SCARD', legacySet) end
for _, other in ipairs(linked) do
  if index then
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
  call('UNLINK', recordPrefix .. other)
end
if index then
call('SCARD', legacySet)
call('ZREM', index, storedId)
call('SREM', legacySet, storedId)
end
call('UNLINK', record)
return 1
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('SCARD', legacySet)) and 'SCARD'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('SREM', legacySet)) and 'SREM'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   if call('GET', record) ~= expected then return 0 end
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- legacy delete-all
--!df flags=allow-undeclared-keys
local call = redis.call
local index, legacySet = KEYS[1], KEYS[2]
local recordPrefix, hasHeader = ARGV[1], ARGV[2]
if hasHeader == '' then hasHeader = nil end
local except = {}
for i = 3, #ARGV do except[#except + 1] = ARGV[i] end
local ofSet = call('SMEMBERS', legacySet)
local kept, keeps = {}, #except > 0
for _, id in ipairs(except) do
  kept[id] = true
  local text = call('GET', recordPrefix .. id)
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
      if keeps then leave(ids) end
    end
  end
end
do
  local function leave(ids) call('ZREM', index, unpack(ids)) end
  unlink(call('ZRANGEBYSCORE', index, '0', '+inf'), leave, true)
  unlink(call('ZRANGEBYSCORE', index, '-inf', '(0'), leave, false)
  if not keeps then call('UNLINK', index) end
end
unlink(ofSet, function(ids) call('SREM', legacySet, unpack(ids)) end, true)
if not keeps then call('UNLINK', legacySet) end
return deleted
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('SMEMBERS', legacySet)) and 'SMEMBERS'
  --     or not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('UNLINK', index)) and 'UNLINK'
  --     or not (may('SREM', legacySet)) and 'SREM'
  --     or not (may('UNLINK', legacySet)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local ofSet = call('SMEMBERS', legacySet)
  -- local answer = carryOut()
  -- if type(answer) == 'number' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- legacy list
--!df flags=allow-undeclared-keys
local call = redis.call
local index, legacySet = KEYS[1], KEYS[2]
local recordPrefix, most = ARGV[1], ARGV[2]
if call('ZCARD', index) + call('SCARD', legacySet) > tonumber(most) then return 0 end
local storedIds = call('ZREVRANGEBYSCORE', index, '+inf', '0')
for _, id in ipairs(call('SMEMBERS', legacySet)) do storedIds[#storedIds + 1] = id end
local number = #storedIds
for from = 1, number, 1000 do
  local keys = {}
  for i = from, math.min(from + 999, number) do keys[i - from + 1] = recordPrefix .. storedIds[i] end
  local values = call('MGET', unpack(keys))
  for i = 1, #keys do storedIds[number + from + i - 1] = values[i] end
end
return storedIds
  -- local given, firstKey, seen = KEYS, KEYS[1], {}
  -- for _, key in ipairs(given) do seen[key] = true end
  -- local function call(command, key, ...)
  --   if key == nil then return redis.call(command) end
  --   if not seen[key] then
  --     redis.call('EXISTS', firstKey, key)
  --     seen[key] = true
  --   end
  --   return redis.call(command, key, ...)

-- legacy list-ids
local call = redis.call
local index, legacySet = KEYS[1], KEYS[2]
local function pack(found, storedIds)
  for from = 1, #storedIds, 1000 do
    local some = {}
    for i = from, math.min(from + 999, #storedIds) do some[#some + 1] = cjson.encode(storedIds[i]) end
    found[#found + 1] = '[' .. table.concat(some, ',') .. ']'
  end
end
local found = {}
pack(found, call('ZREVRANGEBYSCORE', index, '+inf', '0'))
pack(found, call('SMEMBERS', legacySet))
return found

-- legacy count
--!df flags=allow-undeclared-keys
local call = redis.call
local index, legacySet = KEYS[1], KEYS[2]
local recordPrefix, hasHeader, hashed = ARGV[1], ARGV[2], ARGV[3]
if hasHeader == '' then hasHeader = nil end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local counted = 0
local find = string.find
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    local values = call('MGET', unpack(keys))
    for i = 1, #values do
      local id, value = storedIds[from + i - 1], values[i]
      if not value then
      elseif (#id == 33 and string.byte(id) == 126) == (hashed ~= nil) then
        local name
        if find(value, ',"sealed":', 1, true) or find(value, ',"successor":', 1, true) then name = string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":"[^"\\]*","(%w+)"') or string.match(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":null,"(%w+)"') end
        if (name ~= 'sealed' or false) and not (hasHeader and name == 'successor') then
          counted = counted + 1
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
return counted
  -- local given, firstKey, seen = KEYS, KEYS[1], {}
  -- for _, key in ipairs(given) do seen[key] = true end
  -- local function call(command, key, ...)
  --   if key == nil then return redis.call(command) end
  --   if not seen[key] then
  --     redis.call('EXISTS', firstKey, key)
  --     seen[key] = true
  --   return redis.call(command, key, ...)

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
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   if form == 'l' then
  --     local list, from = {}, 1
  --     while from <= #text do
  --       local colon = string.find(text, ':', from, true)
  --       local stop = colon + tonumber(string.sub(text, from, colon - 1))
  --       list[#list + 1] = string.sub(text, colon + 1, stop)
  --       from = stop + 1
  --     end
  --     return list
  --   return text
  -- local function carryOut()
  --   local now = call('TIME')
  -- local answer = carryOut()
  -- if type(answer) == 'table' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   elseif type(answer) == 'table' then
  --     text = 'l'
  --     for _, item in ipairs(answer) do text = text .. #item .. ':' .. item end
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)

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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   if form == 'l' then
  --     local list, from = {}, 1
  --     while from <= #text do
  --       local colon = string.find(text, ':', from, true)
  --       local stop = colon + tonumber(string.sub(text, from, colon - 1))
  --       list[#list + 1] = string.sub(text, colon + 1, stop)
  --       from = stop + 1
  --     end
  --     return list
  --   return text
  -- local function carryOut()
  --   call('ZREMRANGEBYSCORE', index, '(0', '(1')
  -- local answer = carryOut()
  -- if type(answer) == 'table' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   elseif type(answer) == 'table' then
  --     text = 'l'
  --     for _, item in ipairs(answer) do text = text .. #item .. ':' .. item end
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)

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
if redis.pcall('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
end
return score and 1 or 0
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local now = call('TIME')
  -- local answer = carryOut()
  -- if answer == 0 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- index-lower
local call = redis.call
local index = KEYS[1]
local storedId, deadline, formerDeadline = ARGV[1], ARGV[2], ARGV[3]
if tonumber(call('ZSCORE', index, storedId) or 0) == tonumber(formerDeadline) then
  call('ZADD', index, deadline, storedId)
if redis.pcall('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
end
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- index-retire
local call = redis.call
local index = KEYS[1]
local storedId, graceEnd = ARGV[1], ARGV[2]
if tonumber(call('ZSCORE', index, storedId) or 0) > 0 then
  call('ZADD', index, '-' .. graceEnd, storedId)
if redis.pcall('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
end
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- index-members
local call = redis.call
local index = KEYS[1]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local function pack(found, storedIds)
  for from = 1, #storedIds, 1000 do
    local some = {}
    for i = from, math.min(from + 999, #storedIds) do some[#some + 1] = cjson.encode(storedIds[i]) end
    found[#found + 1] = '[' .. table.concat(some, ',') .. ']'
  end
end
local answer = {}
pack(answer, call('ZREVRANGEBYSCORE', index, '+inf', '(' .. now))
answer[#answer + 1] = ''
pack(answer, call('ZRANGEBYSCORE', index, '-' .. now, '(0'))
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
local function pack(found, storedIds)
  for from = 1, #storedIds, 1000 do
    local some = {}
    for i = from, math.min(from + 999, #storedIds) do some[#some + 1] = cjson.encode(storedIds[i]) end
    found[#found + 1] = '[' .. table.concat(some, ',') .. ']'
  end
end
local answer = {}
pack(answer, call('ZRANGEBYSCORE', index, '-' .. now, '(-2'))
pack(answer, call('ZRANGEBYSCORE', index, '(-2', '(0'))
answer[#answer + 1] = ''
pack(answer, call('ZRANGEBYSCORE', index, '-2', '-2'))
return answer
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('PEXPIRE', index)) and 'PEXPIRE'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

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
if redis.pcall('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- index-drop
local call = redis.call
local index = KEYS[1]
local storedId = ARGV[1]
if call('ZREM', index, storedId) == 1 then
if redis.pcall('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end
end
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('ZREM', index)) and 'ZREM'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

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
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', index, deadline, 'GT') == 1 or call('PEXPIREAT', index, deadline, 'NX') == 0 then
  end
else
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    if now + ttl < tonumber(deadline) - 1 then call('PEXPIREAT', index, deadline) end
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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('PEXPIRE', index)) and 'PEXPIRE'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   if form == 'l' then
  --     local list, from = {}, 1
  --     while from <= #text do
  --       local colon = string.find(text, ':', from, true)
  --       local stop = colon + tonumber(string.sub(text, from, colon - 1))
  --       list[#list + 1] = string.sub(text, colon + 1, stop)
  --       from = stop + 1
  --     end
  --     return list
  --   return text
  -- local function carryOut()
  --   local now = call('TIME')
  -- local answer = carryOut()
  -- if type(answer) == 'table' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   elseif type(answer) == 'table' then
  --     text = 'l'
  --     for _, item in ipairs(answer) do text = text .. #item .. ':' .. item end
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)

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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   if form == 'l' then
  --     local list, from = {}, 1
  --     while from <= #text do
  --       local colon = string.find(text, ':', from, true)
  --       local stop = colon + tonumber(string.sub(text, from, colon - 1))
  --       list[#list + 1] = string.sub(text, colon + 1, stop)
  --       from = stop + 1
  --     end
  --     return list
  --   return text
  -- local function carryOut()
  --   call('ZREMRANGEBYSCORE', index, '(0', '(1')
  -- local answer = carryOut()
  -- if type(answer) == 'table' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   elseif type(answer) == 'table' then
  --     text = 'l'
  --     for _, item in ipairs(answer) do text = text .. #item .. ':' .. item end
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)

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
if redis.pcall('ZCOUNT', index, -2, -1) == 0 then
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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('ZCOUNT', index)) and 'ZCOUNT'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('PEXPIRE', index)) and 'PEXPIRE'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local now = call('TIME')
  -- local answer = carryOut()
  -- if answer == 0 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

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
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('ZADD', index)) and 'ZADD'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- legacy index-drop
local call = redis.call
local index = KEYS[1]
local storedId = ARGV[1]
if call('ZREM', index, storedId) == 1 then
end
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('ZREM', index)) and 'ZREM'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- store
local call = redis.call
local record = KEYS[1]
local value, deadline = ARGV[1], ARGV[2]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
if not call('SET', record, value, 'NX', 'PXAT', deadline) then
  return call('GET', record) == value and 1 or 0
end
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('GET', record)) and 'GET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- store undated
local call = redis.call
local record = KEYS[1]
local value, deadline = ARGV[1], ARGV[2]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
if not call('SET', record, value, 'NX', 'PXAT', deadline) then return 0 end
return 1
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('TIME', '')) and 'TIME'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- end
  -- local function carryOut()
  --   local now = call('TIME')
  -- end
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   end
  --   call('SET', operation, text, 'PX', lifetime)
  -- end
  -- return answer

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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- end
  -- local function carryOut()
  --   local current = call('GET', record)
  -- end
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   end
  --   call('SET', operation, text, 'PX', lifetime)
  -- end
  -- return answer

-- lifetime
local call = redis.call
local record = KEYS[1]
local deadline = ARGV[1]
if call('EXISTS', record) == 0 then return 0 end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
return tonumber(deadline) - now

-- time until
local call = redis.call
local record = KEYS[1]
local deadline = ARGV[1]
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
local answer = {call('UNLINK', record)}
for i = 1, #others do answer[i + 1] = call('UNLINK', others[i]) end
return table.concat(answer)
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- end
  -- local function carryOut()
  --   local answer = {call('UNLINK', record)}
  -- end
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   end
  --   call('SET', operation, text, 'PX', lifetime)
  -- end
  -- return answer

-- legacy-set-add
local call = redis.call
local legacySet = KEYS[1]
local storedId, lifetimeMs = ARGV[1], ARGV[2]
call('SADD', legacySet, storedId)
if call('PTTL', legacySet) < tonumber(lifetimeMs) then call('PEXPIRE', legacySet, lifetimeMs) end
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('SADD', legacySet)) and 'SADD'
  --     or not (may('PTTL', legacySet)) and 'PTTL'
  --     or not (may('PEXPIRE', legacySet)) and 'PEXPIRE'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- end

-- legacy-set-remove
local call = redis.call
local legacySet = KEYS[1]
local storedIds = ARGV
for i = 1, #storedIds do call('SREM', legacySet, storedIds[i]) end
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('SREM', legacySet)) and 'SREM'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- end

-- legacy-set-members
local call = redis.call
local legacySet = KEYS[1]
local function pack(found, storedIds)
  for from = 1, #storedIds, 1000 do
    local some = {}
    for i = from, math.min(from + 999, #storedIds) do some[#some + 1] = cjson.encode(storedIds[i]) end
    found[#found + 1] = '[' .. table.concat(some, ',') .. ']'
  end
end
local found = {}
pack(found, call('SMEMBERS', legacySet))
return found

-- probe
local call = redis.call
local record = KEYS[1]
return 1

-- create-user
--!df flags=allow-undeclared-keys
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
local present = call('GET', user)
if present then
  return present == value and (not address or call('GET', address) == id) and 1 or 0
end
if address and holder(address, email, userPrefix) then return 0 end
call('SET', user, value)
if address then call('SET', address, id) end
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', user) or may('GET', address) or may('GET', userPrefix)) and 'GET'
  --     or not (may('GET', address)) and 'GET'
  --     or not (may('GET', user)) and 'GET'
  --     or not (may('SET', user)) and 'SET'
  --     or not (may('SET', address)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- get-user-by-email
--!df flags=allow-undeclared-keys
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
  -- local given, firstKey, seen = KEYS, KEYS[1], {}
  -- for _, key in ipairs(given) do seen[key] = true end
  -- local function call(command, key, ...)
  --   if key == nil then return redis.call(command) end
  --   if not seen[key] then
  --     redis.call('EXISTS', firstKey, key)
  --     seen[key] = true
  --   return redis.call(command, key, ...)

-- patch-user
--!df flags=allow-undeclared-keys
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
local function collect(keys, prefix, storedIds)
  for _, storedId in ipairs(storedIds) do keys[#keys + 1] = prefix .. storedId end
end
local function unlink(keys)
  for from = 1, #keys, 1000 do call('UNLINK', unpack(keys, from, math.min(from + 999, #keys))) end
end
local function release(keys, email, id)
  if not email or call('GET', emailPrefix .. email) ~= id then return end
  collect(keys, tokenPrefix .. email .. ':', call('ZRANGE', tokenIndexPrefix .. email, 0, -1))
  keys[#keys + 1] = emailPrefix .. email
  keys[#keys + 1] = tokenIndexPrefix .. email
end
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
return merged
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', user) or may('GET', address) or may('GET', userPrefix) or may('GET', emailPrefix) or may('GET', tokenPrefix) or may('GET', tokenIndexPrefix)) and 'GET'
  --     or not (may('GET', address)) and 'GET'
  --     or not (may('UNLINK', tokenIndexPrefix)) and 'UNLINK'
  --     or not (may('GET', emailPrefix)) and 'GET'
  --     or not (may('ZRANGE', tokenIndexPrefix)) and 'ZRANGE'
  --     or not (may('SET', user)) and 'SET'
  --     or not (may('SET', address)) and 'SET'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local function members(json)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- delete-user
--!df flags=allow-undeclared-keys
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
local function collect(keys, prefix, storedIds)
  for _, storedId in ipairs(storedIds) do keys[#keys + 1] = prefix .. storedId end
end
local function unlink(keys)
  for from = 1, #keys, 1000 do call('UNLINK', unpack(keys, from, math.min(from + 999, #keys))) end
end
local function release(keys, email, id)
  if not email or call('GET', emailPrefix .. email) ~= id then return end
  collect(keys, tokenPrefix .. email .. ':', call('ZRANGE', tokenIndexPrefix .. email, 0, -1))
  keys[#keys + 1] = emailPrefix .. email
  keys[#keys + 1] = tokenIndexPrefix .. email
end
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
unlink(keys)
return value or 0
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', user) or may('GET', emailPrefix) or may('GET', tokenPrefix) or may('GET', tokenIndexPrefix) or may('GET', sessionPrefix) or may('GET', sessionIndexPrefix) or may('GET', sessionPointerPrefix)) and 'GET'
  --     or not (may('UNLINK', sessionPointerPrefix)) and 'UNLINK'
  --     or not (may('GET', emailPrefix)) and 'GET'
  --     or not (may('ZRANGE', tokenIndexPrefix)) and 'ZRANGE'
  --     or not (may('ZRANGE', sessionIndexPrefix)) and 'ZRANGE'
  --     or not (may('ZSCORE', sessionIndexPrefix)) and 'ZSCORE'
  --     or not (may('ZRANGE', user) or may('ZRANGE', emailPrefix) or may('ZRANGE', tokenPrefix) or may('ZRANGE', tokenIndexPrefix) or may('ZRANGE', sessionPrefix) or may('ZRANGE', sessionIndexPrefix) or may('ZRANGE', sessionPointerPrefix)) and 'ZRANGE'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local function members(json)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- create-link
--!df flags=allow-undeclared-keys
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
local adopted = pointer and pointed(pointer, userId, linkPrefix)
adopted = adopted and string.sub(adopted, #linkPrefix + 1)
if adopted then call('ZADD', index, 'NX', 0, adopted) end
call('ZADD', index, 'NX', string.format('%.0f', now), storedId)
call('SET', link, value)
if pointer then call('SET', pointer, link) end
return 1
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', link) or may('GET', user) or may('GET', index) or may('GET', pointer) or may('GET', userPrefix) or may('GET', linkPrefix)) and 'GET'
  --     or not (may('GET', pointer)) and 'GET'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('EXISTS', user)) and 'EXISTS'
  --     or not (may('EXISTS', userPrefix)) and 'EXISTS'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('SET', link)) and 'SET'
  --     or not (may('SET', pointer)) and 'SET'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local function members(json)
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- get-user-by-link
--!df flags=allow-undeclared-keys
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
  -- local given, firstKey, seen = KEYS, KEYS[1], {}
  -- for _, key in ipairs(given) do seen[key] = true end
  -- local function call(command, key, ...)
  --   if key == nil then return redis.call(command) end
  --   if not seen[key] then
  --     redis.call('EXISTS', firstKey, key)
  --     seen[key] = true
  --   return redis.call(command, key, ...)

-- list-links
--!df flags=allow-undeclared-keys
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
local adopted = pointer and pointed(pointer, userId, linkPrefix)
adopted = adopted and string.sub(adopted, #linkPrefix + 1)
local storedIds = call('ZRANGE', index, 0, -1)
if adopted and not call('ZSCORE', index, adopted) then table.insert(storedIds, 1, adopted) end
local found = {}
for _, storedId in ipairs(storedIds) do
  found[#found + 1] = call('GET', linkPrefix .. storedId) or nil
end
-- A server that takes no writes can still list them.
if adopted then redis.pcall('ZADD', index, 'NX', 0, adopted) end
return found
  -- local given, firstKey, seen = KEYS, KEYS[1], {}
  -- for _, key in ipairs(given) do seen[key] = true end
  -- local function call(command, key, ...)
  --   if key == nil then return redis.call(command) end
  --   if not seen[key] then
  --     redis.call('EXISTS', firstKey, key)
  --     seen[key] = true
  --   return redis.call(command, key, ...)

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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', link)) and 'GET'
  --     or not (may('SET', link)) and 'SET'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local function members(json)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- delete-link
--!df flags=allow-undeclared-keys
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
return value
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', linkPrefix)) and 'GET'
  --     or not (may('GET', pointerPrefix)) and 'GET'
  --     or not (may('ZREVRANGE', indexPrefix)) and 'ZREVRANGE'
  --     or not (may('ZREM', indexPrefix)) and 'ZREM'
  --     or not (may('UNLINK', link)) and 'UNLINK'
  --     or not (may('SET', pointerPrefix)) and 'SET'
  --     or not (may('UNLINK', pointerPrefix)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local function members(json)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- create-token
local call = redis.call
local token, index = KEYS[1], KEYS[2]
local value, deadline, storedId = ARGV[1], ARGV[2], ARGV[3]
call('ZCARD', index)
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
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('ZCARD', index)) and 'ZCARD'
  --     or not (may('SET', token)) and 'SET'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('PTTL', token)) and 'PTTL'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   call('ZCARD', index)
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

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
call('ZREM', index, storedId)
call('UNLINK', token)
return value
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', token) or may('GET', index)) and 'GET'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('UNLINK', token)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local function members(json)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- identity-sessions create
--!df flags=allow-undeclared-keys
local call = redis.call
local record, index, pointer, user = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local value, deadline, storedId, userId, recordPrefix, expiresAtField, limit, whenFull, sendBefore = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
if limit == '' then limit = nil end
if whenFull == '' then whenFull = nil end
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
local function foreign(record, value, at)
  if at and call('PTTL', record) == -1 then return ends(value, at) end
end
local function adopt(record, index, deadline)
  if not deadline then return end
  local storedId = string.sub(record, #recordPrefix + 1)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('ZREM', index, storedId)
    call('UNLINK', record)
    return
  end
  local ms = string.format('%.0f', deadline)
  call('ZADD', index, ms, storedId)
  call('PEXPIREAT', record, ms)
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function foreignPointed(pointer, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  local deadline = record and foreign(record, value, at)
  if deadline then return record, deadline end
end
local function survey(index, record)
  local live, missing, found = 0, {}, {}
  local storedIds = call('ZRANGE', index, 0, -1)
  local pointed = record and string.sub(record, #recordPrefix + 1)
  if pointed and not call('ZSCORE', index, pointed) then storedIds[#storedIds + 1] = pointed end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  for _, storedId in ipairs(storedIds) do
    local key = recordPrefix .. storedId
    local ttl = call('PTTL', key)
    local lives = ttl ~= -2
    if ttl == -1 then
      local value, at = get(key)
      local deadline = at and ends(value, at)
      if deadline then found[#found + 1] = {key, deadline} end
      lives = at and (not deadline or deadline > now)
    end
    if lives then live = live + 1 else missing[#missing + 1] = storedId end
  end
  return live, missing, found
end
local function measure(index, limit, record)
  limit = tonumber(limit)
  if call('ZCARD', index) + (record and 1 or 0) < limit then return 0, function() end end
  local live, missing, found = survey(index, record)
  local surplus = live + 1 - limit
  return surplus, function()
    -- A process that runs the replaced package ends sessions without taking them out of the index.
    for _, storedId in ipairs(missing) do call('ZREM', index, storedId) end
    for _, pair in ipairs(found) do adopt(pair[1], index, pair[2]) end
    if surplus > 0 then
      for _, other in ipairs(call('ZRANGE', index, 0, surplus - 1)) do
        call('ZREM', index, other)
        call('UNLINK', recordPrefix .. other)
      end
    end
  end
end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -3 end
if call('EXISTS', user) == 0 then return -2 end
local present = call('GET', record)
if present then return present == value and 1 or 0 end
local legacy, legacyEnd = foreignPointed(pointer, userId)
local surplus, makeRoom = 0, nil
call('ZCARD', index)
if limit then
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  surplus, makeRoom = measure(index, limit, legacy)
end
if surplus > 0 and whenFull == 'reject' then return -1 end
call('SET', record, value, 'PXAT', deadline)
adopt(legacy, index, legacyEnd)
if makeRoom then makeRoom() end
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
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('PEXPIREAT', record)) and 'PEXPIREAT'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('GET', pointer)) and 'GET'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('PTTL', recordPrefix)) and 'PTTL'
  --     or not (may('ZCARD', index)) and 'ZCARD'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('EXISTS', user)) and 'EXISTS'
  --     or not (may('GET', record)) and 'GET'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('ZREMRANGEBYSCORE', index)) and 'ZREMRANGEBYSCORE'
  --     or not (may('SET', pointer)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end

-- identity-sessions delete
--!df flags=allow-undeclared-keys
local call = redis.call
local record = KEYS[1]
local storedId, indexPrefix, pointerPrefix, onlyUserId = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local value = call('GET', record)
if not value then return 0 end
local expires, absolute, user
if 'userId' then
  if true then expires, absolute, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"') end
  if not user then
    if true then expires, absolute = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":') end
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
local index, pointer = indexPrefix .. user, pointerPrefix .. user
local last = call('GET', pointer)
if call('ZREM', index, storedId) == 1 then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
call('UNLINK', record)
if last == record then call('UNLINK', pointer) end
return value
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('GET', pointerPrefix)) and 'GET'
  --     or not (may('ZREM', indexPrefix)) and 'ZREM'
  --     or not (may('ZRANGE', indexPrefix)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', indexPrefix)) and 'PEXPIREAT'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('UNLINK', pointerPrefix)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local value = call('GET', record)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- identity-sessions delete-all
--!df flags=allow-undeclared-keys
local call = redis.call
local index, pointer = KEYS[1], KEYS[2]
local userId, recordPrefix, expiresAtField = ARGV[1], ARGV[2], ARGV[3]
local except = {}
for i = 4, #ARGV do except[#except + 1] = ARGV[i] end
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
local function foreign(record, value, at)
  if at and call('PTTL', record) == -1 then return ends(value, at) end
end
local function adopt(record, index, deadline)
  if not deadline then return end
  local storedId = string.sub(record, #recordPrefix + 1)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('ZREM', index, storedId)
    call('UNLINK', record)
    return
  end
  local ms = string.format('%.0f', deadline)
  call('ZADD', index, ms, storedId)
  call('PEXPIREAT', record, ms)
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function foreignPointed(pointer, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  local deadline = record and foreign(record, value, at)
  if deadline then return record, deadline end
end
local legacy, legacyEnd = foreignPointed(pointer, userId)
local last = call('GET', pointer)
local kept, keeps = {}, #except > 0
for _, id in ipairs(except) do
  kept[id] = true
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
      if keeps then leave(ids) end
    end
  end
end
do
  local function leave(ids) call('ZREM', index, unpack(ids)) end
  unlink(call('ZRANGEBYSCORE', index, '0', '+inf'), leave, true)
  unlink(call('ZRANGEBYSCORE', index, '-inf', '(0'), leave, false)
  if not keeps then call('UNLINK', index) end
end
if keeps then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
if legacy then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  unlink({string.sub(legacy, #recordPrefix + 1)}, function() end, legacyEnd > now)
end
if last and call('EXISTS', last) == 0 then call('UNLINK', pointer) end
return deleted
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', index) or may('GET', pointer) or may('GET', recordPrefix)) and 'GET'
  --     or not (may('PTTL', index) or may('PTTL', pointer) or may('PTTL', recordPrefix)) and 'PTTL'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('UNLINK', index) or may('UNLINK', pointer) or may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('PEXPIREAT', index) or may('PEXPIREAT', pointer) or may('PEXPIREAT', recordPrefix)) and 'PEXPIREAT'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('GET', pointer)) and 'GET'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('ZRANGEBYSCORE', index)) and 'ZRANGEBYSCORE'
  --     or not (may('UNLINK', index)) and 'UNLINK'
  --     or not (may('EXISTS', index) or may('EXISTS', pointer) or may('EXISTS', recordPrefix)) and 'EXISTS'
  --     or not (may('UNLINK', pointer)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local function members(json)
  -- local answer = carryOut()
  -- if type(answer) == 'number' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- identity-sessions delete-exact
local call = redis.call
local record, index, pointer = KEYS[1], KEYS[2], KEYS[3]
local expected, storedId = ARGV[1], ARGV[2]
if call('GET', record) ~= expected then return 0 end
local last = call('GET', pointer)
if call('ZREM', index, storedId) == 1 then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
call('UNLINK', record)
if last == record then call('UNLINK', pointer) end
return 1
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('GET', pointer)) and 'GET'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('UNLINK', pointer)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- end
  -- local function carryOut()
  --   if call('GET', record) ~= expected then return 0 end
  -- end
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   end
  --   call('SET', operation, text, 'PX', lifetime)
  -- end
  -- return answer

-- identity-sessions get-with-user
--!df flags=allow-undeclared-keys
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
local function foreign(record, value, at)
  if at and call('PTTL', record) == -1 then return ends(value, at) end
end
local function adopt(record, index, deadline)
  if not deadline then return end
  local storedId = string.sub(record, #recordPrefix + 1)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('ZREM', index, storedId)
    call('UNLINK', record)
    return
  end
  local ms = string.format('%.0f', deadline)
  call('ZADD', index, ms, storedId)
  call('PEXPIREAT', record, ms)
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end
end
local value, at = get(record)
local userId = text(value, at, '"userId"')
local user = userId and call('GET', userPrefix .. userId)
if not user then return 0 end
local deadline = foreign(record, value, at)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
-- A server that takes no writes can still say who is signed in.
pcall(adopt, record, indexPrefix .. userId, deadline)
if deadline and deadline <= now then return 0 end
return {value, user}
  -- local given, firstKey, seen = KEYS, KEYS[1], {}
  -- for _, key in ipairs(given) do seen[key] = true end
  -- local function call(command, key, ...)
  --   if key == nil then return redis.call(command) end
  --   if not seen[key] then
  --     redis.call('EXISTS', firstKey, key)
  --     seen[key] = true
  --   return redis.call(command, key, ...)

-- identity-sessions count
--!df flags=allow-undeclared-keys
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
local function foreign(record, value, at)
  if at and call('PTTL', record) == -1 then return ends(value, at) end
end
local function adopt(record, index, deadline)
  if not deadline then return end
  local storedId = string.sub(record, #recordPrefix + 1)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('ZREM', index, storedId)
    call('UNLINK', record)
    return
  end
  local ms = string.format('%.0f', deadline)
  call('ZADD', index, ms, storedId)
  call('PEXPIREAT', record, ms)
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function foreignPointed(pointer, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  local deadline = record and foreign(record, value, at)
  if deadline then return record, deadline end
end
local function survey(index, record)
  local live, missing, found = 0, {}, {}
  local storedIds = call('ZRANGE', index, 0, -1)
  local pointed = record and string.sub(record, #recordPrefix + 1)
  if pointed and not call('ZSCORE', index, pointed) then storedIds[#storedIds + 1] = pointed end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  for _, storedId in ipairs(storedIds) do
    local key = recordPrefix .. storedId
    local ttl = call('PTTL', key)
    local lives = ttl ~= -2
    if ttl == -1 then
      local value, at = get(key)
      local deadline = at and ends(value, at)
      if deadline then found[#found + 1] = {key, deadline} end
      lives = at and (not deadline or deadline > now)
    end
    if lives then live = live + 1 else missing[#missing + 1] = storedId end
  end
  return live, missing, found
end
local live, _, found = survey(index, (foreignPointed(pointer, userId)))
for _, pair in ipairs(found) do pcall(adopt, pair[1], index, pair[2]) end
return live
  -- local given, firstKey, seen = KEYS, KEYS[1], {}
  -- for _, key in ipairs(given) do seen[key] = true end
  -- local function call(command, key, ...)
  --   if key == nil then return redis.call(command) end
  --   if not seen[key] then
  --     redis.call('EXISTS', firstKey, key)
  --     seen[key] = true
  --   return redis.call(command, key, ...)

-- identity-sessions list
--!df flags=allow-undeclared-keys
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
local function foreign(record, value, at)
  if at and call('PTTL', record) == -1 then return ends(value, at) end
end
local function adopt(record, index, deadline)
  if not deadline then return end
  local storedId = string.sub(record, #recordPrefix + 1)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('ZREM', index, storedId)
    call('UNLINK', record)
    return
  end
  local ms = string.format('%.0f', deadline)
  call('ZADD', index, ms, storedId)
  call('PEXPIREAT', record, ms)
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function foreignPointed(pointer, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  local deadline = record and foreign(record, value, at)
  if deadline then return record, deadline end
end
local legacy, legacyEnd = foreignPointed(pointer, userId)
pcall(adopt, legacy, index, legacyEnd)
local storedIds = call('ZREVRANGE', index, 0, -1)
local pointed = legacy and string.sub(legacy, #recordPrefix + 1)
if pointed and not call('ZSCORE', index, pointed) then storedIds[#storedIds + 1] = pointed end
local number = #storedIds
for from = 1, number, 1000 do
  local keys = {}
  for i = from, math.min(from + 999, number) do keys[i - from + 1] = recordPrefix .. storedIds[i] end
  local values = call('MGET', unpack(keys))
  for i = 1, #keys do storedIds[number + from + i - 1] = values[i] end
end
return storedIds
  -- local given, firstKey, seen = KEYS, KEYS[1], {}
  -- for _, key in ipairs(given) do seen[key] = true end
  -- local function call(command, key, ...)
  --   if key == nil then return redis.call(command) end
  --   if not seen[key] then
  --     redis.call('EXISTS', firstKey, key)
  --     seen[key] = true
  --   return redis.call(command, key, ...)

-- identity-sessions patch
--!df flags=allow-undeclared-keys
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
local function foreign(record, value, at)
  if at and call('PTTL', record) == -1 then return ends(value, at) end
end
local function adopt(record, index, deadline)
  if not deadline then return end
  local storedId = string.sub(record, #recordPrefix + 1)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('ZREM', index, storedId)
    call('UNLINK', record)
    return
  end
  local ms = string.format('%.0f', deadline)
  call('ZADD', index, ms, storedId)
  call('PEXPIREAT', record, ms)
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function foreignPointed(pointer, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  local deadline = record and foreign(record, value, at)
  if deadline then return record, deadline end
end
local function survey(index, record)
  local live, missing, found = 0, {}, {}
  local storedIds = call('ZRANGE', index, 0, -1)
  local pointed = record and string.sub(record, #recordPrefix + 1)
  if pointed and not call('ZSCORE', index, pointed) then storedIds[#storedIds + 1] = pointed end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  for _, storedId in ipairs(storedIds) do
    local key = recordPrefix .. storedId
    local ttl = call('PTTL', key)
    local lives = ttl ~= -2
    if ttl == -1 then
      local value, at = get(key)
      local deadline = at and ends(value, at)
      if deadline then found[#found + 1] = {key, deadline} end
      lives = at and (not deadline or deadline > now)
    end
    if lives then live = live + 1 else missing[#missing + 1] = storedId end
  end
  return live, missing, found
end
local function measure(index, limit, record)
  limit = tonumber(limit)
  if call('ZCARD', index) + (record and 1 or 0) < limit then return 0, function() end end
  local live, missing, found = survey(index, record)
  local surplus = live + 1 - limit
  return surplus, function()
    -- A process that runs the replaced package ends sessions without taking them out of the index.
    for _, storedId in ipairs(missing) do call('ZREM', index, storedId) end
    for _, pair in ipairs(found) do adopt(pair[1], index, pair[2]) end
    if surplus > 0 then
      for _, other in ipairs(call('ZRANGE', index, 0, surplus - 1)) do
        call('ZREM', index, other)
        call('UNLINK', recordPrefix .. other)
      end
    end
  end
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
if not formerUserId then return 0 end
local formerIndex, formerPointer = indexPrefix .. formerUserId, pointerPrefix .. formerUserId
local ownEnd = foreign(record, value, at)
call('ZCARD', formerIndex)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if ownEnd and ownEnd <= now then
  adopt(record, formerIndex, ownEnd)
  return 0
end
if deadline and tonumber(deadline) <= now then return -2 end
local merged = merge(value, at, stop, changes)
local userId = newUserId or formerUserId
local moves = userId ~= formerUserId
if not deadline and not moves then
  call('SET', record, merged, 'KEEPTTL')
  adopt(record, formerIndex, ownEnd)
  return merged
end
local index, pointer = indexPrefix .. userId, pointerPrefix .. userId
local lastOfFormer = call('GET', formerPointer)
local legacy, legacyEnd = foreignPointed(pointer, userId, record)
local surplus, makeRoom = 0, nil
if not call('ZSCORE', index, storedId) and moves and limit then
  surplus, makeRoom = measure(index, limit, legacy)
end
if surplus > 0 and whenFull == 'reject' then return -1 end
local before = call('PTTL', record)
deadline = deadline or string.format('%.0f', ownEnd or now + before)
call('SET', record, merged, 'PXAT', deadline)
adopt(legacy, index, legacyEnd)
if makeRoom then makeRoom() end
if moves then
  if call('ZREM', formerIndex, storedId) == 1 then 
do
  local last = redis.pcall('ZRANGE', formerIndex, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', formerIndex, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', formerIndex, string.match(last, '%d+')) end
end end
  if lastOfFormer == record then call('UNLINK', formerPointer) end
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
if before > call('PTTL', record) then 
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
call('SET', pointer, record, 'PXAT', deadline)
return merged
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZREM', indexPrefix)) and 'ZREM'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('ZADD', indexPrefix)) and 'ZADD'
  --     or not (may('PEXPIREAT', record)) and 'PEXPIREAT'
  --     or not (may('ZRANGE', indexPrefix)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', indexPrefix)) and 'PEXPIREAT'
  --     or not (may('GET', pointerPrefix)) and 'GET'
  --     or not (may('ZSCORE', indexPrefix)) and 'ZSCORE'
  --     or not (may('PTTL', recordPrefix)) and 'PTTL'
  --     or not (may('ZCARD', indexPrefix)) and 'ZCARD'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('UNLINK', pointerPrefix)) and 'UNLINK'
  --     or not (may('PTTL', indexPrefix)) and 'PTTL'
  --     or not (may('SET', pointerPrefix)) and 'SET'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local function members(json)
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- identity-sessions update
--!df flags=allow-undeclared-keys
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
local function foreign(record, value, at)
  if at and call('PTTL', record) == -1 then return ends(value, at) end
end
local function adopt(record, index, deadline)
  if not deadline then return end
  local storedId = string.sub(record, #recordPrefix + 1)
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if deadline <= now then
    call('ZREM', index, storedId)
    call('UNLINK', record)
    return
  end
  local ms = string.format('%.0f', deadline)
  call('ZADD', index, ms, storedId)
  call('PEXPIREAT', record, ms)
do
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end
end
local function pointed(pointer, userId, prefix, other)
  local key = call('GET', pointer)
  if not key or key == other or string.sub(key, 1, #prefix) ~= prefix then return nil end
  local value, at = get(key)
  if text(value, at, '"userId"') == userId then return key, value, at end
end
local function foreignPointed(pointer, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  local deadline = record and foreign(record, value, at)
  if deadline then return record, deadline end
end
local function survey(index, record)
  local live, missing, found = 0, {}, {}
  local storedIds = call('ZRANGE', index, 0, -1)
  local pointed = record and string.sub(record, #recordPrefix + 1)
  if pointed and not call('ZSCORE', index, pointed) then storedIds[#storedIds + 1] = pointed end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  for _, storedId in ipairs(storedIds) do
    local key = recordPrefix .. storedId
    local ttl = call('PTTL', key)
    local lives = ttl ~= -2
    if ttl == -1 then
      local value, at = get(key)
      local deadline = at and ends(value, at)
      if deadline then found[#found + 1] = {key, deadline} end
      lives = at and (not deadline or deadline > now)
    end
    if lives then live = live + 1 else missing[#missing + 1] = storedId end
  end
  return live, missing, found
end
local function measure(index, limit, record)
  limit = tonumber(limit)
  if call('ZCARD', index) + (record and 1 or 0) < limit then return 0, function() end end
  local live, missing, found = survey(index, record)
  local surplus = live + 1 - limit
  return surplus, function()
    -- A process that runs the replaced package ends sessions without taking them out of the index.
    for _, storedId in ipairs(missing) do call('ZREM', index, storedId) end
    for _, pair in ipairs(found) do adopt(pair[1], index, pair[2]) end
    if surplus > 0 then
      for _, other in ipairs(call('ZRANGE', index, 0, surplus - 1)) do
        call('ZREM', index, other)
        call('UNLINK', recordPrefix .. other)
      end
    end
  end
end
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return -2 end
local legacy, legacyEnd = foreignPointed(pointer, userId, record)
local surplus, makeRoom = 0, nil
if not call('ZSCORE', index, storedId) and limit then surplus, makeRoom = measure(index, limit, legacy) end
if surplus > 0 and whenFull == 'reject' then return -1 end
if formerIndex then call('ZCARD', formerIndex) end
local before = call('PTTL', record)
call('SET', record, value, 'PXAT', deadline)
adopt(legacy, index, legacyEnd)
if makeRoom then makeRoom() end
if formerIndex then
  if call('ZREM', formerIndex, storedId) == 1 then 
do
  local last = redis.pcall('ZRANGE', formerIndex, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', formerIndex, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', formerIndex, string.match(last, '%d+')) end
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
  local last = redis.pcall('ZRANGE', index, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', index, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', index, string.match(last, '%d+')) end
end end
call('SET', pointer, record, 'PXAT', deadline)
return 1
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   local denied = not (may('GET', recordPrefix)) and 'GET'
  --     or not (may('PTTL', record)) and 'PTTL'
  --     or not (may('TIME', '')) and 'TIME'
  --     or not (may('ZREM', index)) and 'ZREM'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('ZADD', index)) and 'ZADD'
  --     or not (may('PEXPIREAT', record)) and 'PEXPIREAT'
  --     or not (may('ZRANGE', index)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', index)) and 'PEXPIREAT'
  --     or not (may('GET', pointer)) and 'GET'
  --     or not (may('ZSCORE', index)) and 'ZSCORE'
  --     or not (may('PTTL', recordPrefix)) and 'PTTL'
  --     or not (may('ZCARD', index)) and 'ZCARD'
  --     or not (may('UNLINK', recordPrefix)) and 'UNLINK'
  --     or not (may('GET', record)) and 'GET'
  --     or not (may('ZCARD', formerIndex)) and 'ZCARD'
  --     or not (may('SET', record)) and 'SET'
  --     or not (may('ZREM', formerIndex)) and 'ZREM'
  --     or not (may('ZRANGE', formerIndex)) and 'ZRANGE'
  --     or not (may('PEXPIREAT', formerIndex)) and 'PEXPIREAT'
  --     or not (may('PTTL', index)) and 'PTTL'
  --     or not (may('SET', pointer)) and 'SET'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- local function carryOut()
  --   local function members(json)
  -- local answer = carryOut()
  -- if answer == 1 then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --     text = 's' .. answer
  --   call('SET', operation, text, 'PX', lifetime)
  -- return answer

-- set-value
local call = redis.call
local record = KEYS[1]
local value, lifetimeMs = ARGV[1], ARGV[2]
call('SET', record, value, 'PX', lifetimeMs)
return 1
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('SET', record)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- end

-- take-value
local call = redis.call
local record = KEYS[1]
local value = call('GET', record)
if not value then return 0 end
call('UNLINK', record)
return value
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('GET', record)) and 'GET'
  --     or not (may('UNLINK', record)) and 'UNLINK'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- end
  -- local function carryOut()
  --   local value = call('GET', record)
  -- end
  -- local answer = carryOut()
  -- if type(answer) == 'string' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   end
  --   call('SET', operation, text, 'PX', lifetime)
  -- end
  -- return answer

-- increment
local call = redis.call
local record = KEYS[1]
local lifetimeMs = ARGV[1]
local count = call('INCR', record)
if count == 1 then call('PEXPIRE', record, lifetimeMs) end
return count
  -- local operation, lifetime = table.remove(KEYS), table.remove(ARGV)
  -- if redis.acl_check_cmd then
  --   local function may(command, key)
  --     if not key then return true end
  --     local known, allowed = pcall(redis.acl_check_cmd, command, key)
  --     return allowed or not known
  --   end
  --   local denied = not (may('INCR', record)) and 'INCR'
  --     or not (may('PEXPIRE', record)) and 'PEXPIRE'
  --     or not (may('GET', operation)) and 'GET'
  --     or not (may('SET', operation)) and 'SET'
  --   if denied then return {err = 'NOPERM this user may not use ' .. denied} end
  -- end
  -- local before = call('GET', operation)
  -- if before then
  --   local text = string.sub(before, 2)
  --   local form = string.sub(before, 1, 1)
  --   if form == 'n' then return tonumber(text) end
  --   return text
  -- end
  -- local function carryOut()
  --   local count = call('INCR', record)
  -- end
  -- local answer = carryOut()
  -- if type(answer) == 'number' then
  --   local text
  --   if type(answer) == 'number' then
  --     text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  --   else
  --     text = 's' .. answer
  --   end
  --   call('SET', operation, text, 'PX', lifetime)
  -- end
  -- return answer
