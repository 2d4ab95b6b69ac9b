-- create
local call = redis.call
local record, index = KEYS[1], KEYS[2]
local value, deadline, storedId, recordPrefix, limit, whenFull = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if recordPrefix == '' then recordPrefix = nil end
if limit == '' then limit = nil end
local surplus = 0
if limit and index then
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
if index then
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
end
return 1

-- update
local call = redis.call
local record, index, formerIndex = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local expected, value, deadline, storedId, recordPrefix, limit, whenFull = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if recordPrefix == '' then recordPrefix = nil end
if limit == '' then limit = nil end
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
local surplus = 0
if limit and not call('ZSCORE', index, storedId) then
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
  if last then call('PEXPIREAT', formerIndex, string.format('%.0f', last)) end
end end
end
if index then
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
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
end
return 1

-- touch
local call = redis.call
local record = KEYS[1]
local deadline, storedId, indexPrefix = ARGV[1], ARGV[2], ARGV[3]
local expires, ends, user = string.match(call('GETRANGE', record, 0, 255), '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"')
if not user then
  local value = call('GET', record)
  if not value then return 0 end
  expires, ends = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null,')
  if not expires then return value end
end
if ends ~= 'null' and tonumber(ends) < tonumber(deadline) then deadline = ends end
if #expires ~= 13 or #deadline ~= 13 then return call('GET', record) end
if call('PTTL', record) == -1 then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if tonumber(expires) <= now then return 0 end
end
call('SETRANGE', record, 13, deadline)
call('PEXPIREAT', record, deadline)
if user then
  local index = indexPrefix .. user
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
  if tonumber(expires) > tonumber(deadline) then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
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
local score = index and call('ZSCORE', index, storedId)
if index and not score then return call('GET', record) end
if enoughMs and ttl > tonumber(enoughMs) then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if not score or tonumber(score) > now + ttl - 50 then return now + ttl end
end
call('PEXPIREAT', record, deadline)
if index then
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
  if ttl - call('PTTL', record) > 50 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
end
return tonumber(deadline)

-- rotate
local call = redis.call
local record, newRecord = KEYS[1], KEYS[2]
local storedId, newStoredId, indexPrefix, graceMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local value = call('GET', record)
if not value then return 0 end
local deadline, _, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"')
if not user then
  deadline = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null,')
  if not deadline then return {value} end
end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return 0 end
if not call('SET', newRecord, value, 'NX', 'PXAT', deadline) then return -1 end
local index = user and indexPrefix .. user
if index then
do
  call('ZADD', index, deadline, newStoredId)
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    local left = call('PTTL', newRecord)
    local now = deadline - left
    call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if ttl < left then call('PEXPIREAT', index, deadline) end
  end
end
end
local closed, graceEnd
if graceMs ~= '0' then
  graceEnd = string.format('%.0f', math.min(now + graceMs, tonumber(deadline)))
  local header = '{"expiresAt":' .. graceEnd .. ',"endsAt":' .. graceEnd
  closed = string.gsub(value, '^{"expiresAt":%d+,"endsAt":%w+', header)
end
if closed then
  call('SET', record, closed, 'PXAT', graceEnd)
  if index then call('ZADD', index, graceEnd, storedId) end
else
  call('UNLINK', record)
  if index then
    call('ZREM', index, storedId)
  end
end
return value

-- move
local call = redis.call
local record, newRecord, index = KEYS[1], KEYS[2], KEYS[3]
local expected, deadline, storedId, newStoredId, closed, graceEnd = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if closed == '' then closed = nil end
if call('GET', record) ~= expected then return 0 end
if not call('SET', newRecord, expected, 'NX', 'PXAT', deadline) then return -1 end
if index then
do
  call('ZADD', index, deadline, newStoredId)
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    local left = call('PTTL', newRecord)
    local now = deadline - left
    if ttl < left then call('PEXPIREAT', index, deadline) end
  end
end
end
if closed then
  call('SET', record, closed, 'PXAT', graceEnd)
  if index then call('ZADD', index, graceEnd, storedId) end
else
  call('UNLINK', record)
  if index then
    call('ZREM', index, storedId)
  end
end
return 1

-- delete
local call = redis.call
local record = KEYS[1]
local storedId, userIdField, onlyUserId, indexPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if userIdField == '' then userIdField = nil end
if onlyUserId == '' then onlyUserId = nil end
local value = call('GET', record)
if not value then return 0 end
local expires, _, user
if userIdField then
  expires, _, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"')
  if not user then
    expires = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":')
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
call('UNLINK', record)
if user and indexPrefix then
  local index = indexPrefix .. user
if call('ZREM', index, storedId) == 1 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
end
return value

-- delete-exact
local call = redis.call
local record, index = KEYS[1], KEYS[2]
local expected, storedId = ARGV[1], ARGV[2]
if call('GET', record) ~= expected then return 0 end
call('UNLINK', record)
if index then
if call('ZREM', index, storedId) == 1 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
end
return 1

-- delete-all
local call = redis.call
local index = KEYS[1]
local recordPrefix, except = ARGV[1], ARGV[2]
local kept = except and call('ZSCORE', index, except)
local deleted = 0
local function unlink(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do
      if storedIds[i] ~= except then keys[#keys + 1] = recordPrefix .. storedIds[i] end
    end
    if #keys > 0 then deleted = deleted + call('UNLINK', unpack(keys)) end
  end
end
unlink(call('ZRANGE', index, 0, -1))
call('UNLINK', index)
if kept then
  call('ZADD', index, kept, except)
  call('PEXPIREAT', index, string.format('%.0f', kept))
end
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
collect(call('ZREVRANGE', index, 0, -1))
return found

-- count
local call = redis.call
local index = KEYS[1]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
return call('ZCOUNT', index, '(' .. now, '+inf')

-- legacy create
local call = redis.call
local record, index, legacySet = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local value, deadline, storedId, recordPrefix, limit, whenFull = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if recordPrefix == '' then recordPrefix = nil end
if limit == '' then limit = nil end
local surplus = 0
if limit and index then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
for _, elapsed in ipairs(call('ZRANGEBYSCORE', index, '(0', '(' .. now)) do
  if call('EXISTS', recordPrefix .. elapsed) == 0 then call('SREM', legacySet, elapsed) end
end
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
  surplus = call('ZCARD', index) + 1 - limit
  if surplus > 0 and whenFull == 'reject' then return -1 end
end
if not call('SET', record, value, 'NX', 'PXAT', deadline) then return 0 end
if surplus > 0 then
  for _, other in ipairs(call('ZRANGE', index, 0, surplus - 1)) do
    call('UNLINK', recordPrefix .. other)
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
end
if index then
do
  call('ZADD', index, deadline, storedId)
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    local left = call('PTTL', record)
    local now = deadline - left
for _, elapsed in ipairs(call('ZRANGEBYSCORE', index, '(0', '(' .. now)) do
  if call('EXISTS', recordPrefix .. elapsed) == 0 then call('SREM', legacySet, elapsed) end
end
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
    if ttl < left then call('PEXPIREAT', index, deadline) end
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
local expected, value, deadline, storedId, recordPrefix, limit, whenFull = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if recordPrefix == '' then recordPrefix = nil end
if limit == '' then limit = nil end
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
local surplus = 0
if limit and not call('ZSCORE', index, storedId) then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
for _, elapsed in ipairs(call('ZRANGEBYSCORE', index, '(0', '(' .. now)) do
  if call('EXISTS', recordPrefix .. elapsed) == 0 then call('SREM', legacySet, elapsed) end
end
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
  surplus = call('ZCARD', index) + 1 - limit
  if surplus > 0 and whenFull == 'reject' then return -1 end
end
if surplus > 0 then
  for _, other in ipairs(call('ZRANGE', index, 0, surplus - 1)) do
    call('UNLINK', recordPrefix .. other)
    call('ZREM', index, other)
    call('SREM', legacySet, other)
  end
end
local before = call('PTTL', record)
call('SET', record, value, 'PXAT', deadline)
if formerIndex then
call('SREM', formerLegacySet, storedId)
call('ZREM', formerIndex, storedId)
end
if index then
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
local record = KEYS[1]
local deadline, storedId, indexPrefix, legacyPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local expires, ends, user = string.match(call('GETRANGE', record, 0, 255), '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"')
if not user then
  local value = call('GET', record)
  if not value then return 0 end
  expires, ends = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null,')
  if not expires then return value end
end
if ends ~= 'null' and tonumber(ends) < tonumber(deadline) then deadline = ends end
if #expires ~= 13 or #deadline ~= 13 then return call('GET', record) end
if call('PTTL', record) == -1 then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if tonumber(expires) <= now then return 0 end
end
call('SETRANGE', record, 13, deadline)
call('PEXPIREAT', record, deadline)
if user then
  local index = indexPrefix .. user
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
  if tonumber(expires) > tonumber(deadline) then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
  local legacySet = legacyPrefix .. user
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
local score = index and call('ZSCORE', index, storedId)
if index and not score then return call('GET', record) end
if enoughMs and ttl > tonumber(enoughMs) then
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
  if not score or tonumber(score) > now + ttl - 50 then return now + ttl end
end
call('PEXPIREAT', record, deadline)
if index then
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
  if ttl - call('PTTL', record) > 50 then 
do
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
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
local record, newRecord = KEYS[1], KEYS[2]
local storedId, newStoredId, indexPrefix, graceMs, legacyPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local value = call('GET', record)
if not value then return 0 end
local deadline, _, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"')
if not user then
  deadline = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":null,')
  if not deadline then return {value} end
end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
if tonumber(deadline) <= now then return 0 end
if not call('SET', newRecord, value, 'NX', 'PXAT', deadline) then return -1 end
local index = user and indexPrefix .. user
local legacySet = user and legacyPrefix .. user
if index then
do
  call('ZADD', index, deadline, newStoredId)
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    local left = call('PTTL', newRecord)
    local now = deadline - left
    if ttl < left then call('PEXPIREAT', index, deadline) end
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
local closed, graceEnd
if graceMs ~= '0' then
  graceEnd = string.format('%.0f', math.min(now + graceMs, tonumber(deadline)))
  local header = '{"expiresAt":' .. graceEnd .. ',"endsAt":' .. graceEnd
  closed = string.gsub(value, '^{"expiresAt":%d+,"endsAt":%w+', header)
end
if closed then
  call('SET', record, closed, 'PXAT', graceEnd)
  if index then call('ZADD', index, graceEnd, storedId) end
else
  call('UNLINK', record)
  if index then
    call('ZREM', index, storedId)
    call('SREM', legacySet, storedId)
  end
end
return value

-- legacy move
local call = redis.call
local record, newRecord, index, legacySet = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if index == record then index = nil end
local expected, deadline, storedId, newStoredId, closed, graceEnd = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if closed == '' then closed = nil end
if call('GET', record) ~= expected then return 0 end
if not call('SET', newRecord, expected, 'NX', 'PXAT', deadline) then return -1 end
if index then
do
  call('ZADD', index, deadline, newStoredId)
  local ttl = call('PTTL', index)
  if ttl < 0 then
    call('PEXPIREAT', index, deadline)
  else
    local left = call('PTTL', newRecord)
    local now = deadline - left
    if ttl < left then call('PEXPIREAT', index, deadline) end
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
  if index then call('ZADD', index, graceEnd, storedId) end
else
  call('UNLINK', record)
  if index then
    call('ZREM', index, storedId)
    call('SREM', legacySet, storedId)
  end
end
return 1

-- legacy delete
local call = redis.call
local record = KEYS[1]
local storedId, userIdField, onlyUserId, indexPrefix, legacyPrefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if userIdField == '' then userIdField = nil end
if onlyUserId == '' then onlyUserId = nil end
if indexPrefix == '' then indexPrefix = nil end
local value = call('GET', record)
if not value then return 0 end
local expires, _, user
if userIdField then
  expires, _, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"')
  if not user then
    expires = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":')
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
call('UNLINK', record)
if user and indexPrefix then
  local index = indexPrefix .. user
  local legacySet = legacyPrefix .. user
call('SREM', legacySet, storedId)
call('ZREM', index, storedId)
end
return value

-- legacy delete-exact
local call = redis.call
local record, index, legacySet = KEYS[1], KEYS[2], KEYS[3]
if index == record then index = nil end
local expected, storedId = ARGV[1], ARGV[2]
if call('GET', record) ~= expected then return 0 end
call('UNLINK', record)
if index then
call('SREM', legacySet, storedId)
call('ZREM', index, storedId)
end
return 1

-- legacy delete-all
local call = redis.call
local index, legacySet = KEYS[1], KEYS[2]
local recordPrefix, except = ARGV[1], ARGV[2]
local kept = except and call('ZSCORE', index, except)
local deleted = 0
local function unlink(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do
      if storedIds[i] ~= except then keys[#keys + 1] = recordPrefix .. storedIds[i] end
    end
    if #keys > 0 then deleted = deleted + call('UNLINK', unpack(keys)) end
  end
end
unlink(call('ZRANGE', index, 0, -1))
call('UNLINK', index)
if kept then
  call('ZADD', index, kept, except)
  call('PEXPIREAT', index, string.format('%.0f', kept))
end
local ttl = call('PTTL', legacySet)
local keptInSet = except and call('SISMEMBER', legacySet, except) == 1
unlink(call('SMEMBERS', legacySet))
call('UNLINK', legacySet)
if keptInSet then
  call('SADD', legacySet, except)
  local ms = string.format('%.0f', ttl)
  if ttl > 0 then call('PEXPIRE', legacySet, ms) end
  if ttl > call('PTTL', index) then call('PEXPIRE', index, ms) end
end
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
collect(call('ZREVRANGE', index, 0, -1))
collect(call('SMEMBERS', legacySet))
return found

-- index-add
local call = redis.call
local index = KEYS[1]
local storedId, deadline, limit, whenFull = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local elapsed = call('ZRANGEBYSCORE', index, '(0', '(' .. now)
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
local score = tonumber(call('ZSCORE', index, storedId) or 0)
local status = 'entered'
if score > 0 then
  status = 'present'
  if score < tonumber(deadline) then call('ZADD', index, deadline, storedId) end
elseif score < 0 then
  status = 'condemned'
else
  if limit ~= '0' then
    local live = call('ZRANGEBYSCORE', index, '(0', '+inf')
    local surplus = #live + 1 - limit
    if surplus > 0 and whenFull == 'reject' then
      status = 'limit'
    else
      for i = 1, surplus do call('ZADD', index, '-1', live[i]) end
    end
  end
  if status == 'entered' then call('ZADD', index, deadline, storedId) end
end
if call('ZCOUNT', index, -1, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) > 0 then call('PEXPIREAT', index, string.format('%.0f', last)) end
  if last and call('ZCOUNT', index, '-inf', '(-1') > 0 then
    if tonumber(last) < 0 or call('PTTL', index) < 60000 then call('PEXPIRE', index, '60000') end
  end
end
local answer = {status}
for _, other in ipairs(call('ZRANGEBYSCORE', index, '-inf', '(0')) do answer[#answer + 1] = other end
answer[#answer + 1] = ''
for _, other in ipairs(elapsed) do answer[#answer + 1] = other end
return answer

-- index-raise
local call = redis.call
local index = KEYS[1]
local storedId, deadline = ARGV[1], ARGV[2]
local score = call('ZSCORE', index, storedId)
if score and tonumber(score) < 0 then return -1 end
if not score or tonumber(score) < tonumber(deadline) then
  call('ZADD', index, deadline, storedId)
if call('ZCOUNT', index, -1, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) > 0 then call('PEXPIREAT', index, string.format('%.0f', last)) end
  if last and call('ZCOUNT', index, '-inf', '(-1') > 0 then
    if tonumber(last) < 0 or call('PTTL', index) < 60000 then call('PEXPIRE', index, '60000') end
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
if call('ZCOUNT', index, -1, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) > 0 then call('PEXPIREAT', index, string.format('%.0f', last)) end
  if last and call('ZCOUNT', index, '-inf', '(-1') > 0 then
    if tonumber(last) < 0 or call('PTTL', index) < 60000 then call('PEXPIRE', index, '60000') end
  end
end
end
return 1

-- index-has
local call = redis.call
local index = KEYS[1]
local storedId = ARGV[1]
local score = call('ZSCORE', index, storedId)
return score and tonumber(score) > 0 and 1 or 0

-- index-members
local call = redis.call
local index = KEYS[1]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local answer = call('ZREVRANGEBYSCORE', index, '+inf', '(' .. now)
answer[#answer + 1] = ''
for _, other in ipairs(call('ZRANGEBYSCORE', index, '-inf', '(0')) do answer[#answer + 1] = other end
return answer

-- index-condemn
local call = redis.call
local index = KEYS[1]
local except = ARGV[1]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
for _, other in ipairs(call('ZRANGEBYSCORE', index, '(0', '+inf')) do
  if other ~= except then call('ZADD', index, '-1', other) end
end
local ttl = call('PTTL', index)
if ttl ~= -2 and ttl < 60000 then call('PEXPIRE', index, '60000') end
return call('ZRANGEBYSCORE', index, '-inf', '(0')

-- index-forget
local call = redis.call
local index = KEYS[1]
local removedCount = ARGV[1]
local storedIds = {}
for i = 2, #ARGV do storedIds[#storedIds + 1] = ARGV[i] end
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local removed = tonumber(removedCount)
for i = 1, #storedIds do
  local score = tonumber(call('ZSCORE', index, storedIds[i]) or 0)
  if score < 0 and i <= removed then
    call('ZREM', index, storedIds[i])
  elseif score == -1 then
    call('ZADD', index, -now, storedIds[i])
  end
end
call('ZREMRANGEBYSCORE', index, 60000 - now, '(-1')
if call('ZCOUNT', index, -1, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) > 0 then call('PEXPIREAT', index, string.format('%.0f', last)) end
  if last and call('ZCOUNT', index, '-inf', '(-1') > 0 then
    if tonumber(last) < 0 or call('PTTL', index) < 60000 then call('PEXPIRE', index, '60000') end
  end
end
return 1

-- index-drop
local call = redis.call
local index = KEYS[1]
local storedId = ARGV[1]
if call('ZREM', index, storedId) == 1 then
if call('ZCOUNT', index, -1, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) > 0 then call('PEXPIREAT', index, string.format('%.0f', last)) end
  if last and call('ZCOUNT', index, '-inf', '(-1') > 0 then
    if tonumber(last) < 0 or call('PTTL', index) < 60000 then call('PEXPIRE', index, '60000') end
  end
end
end
return 1

-- legacy index-add
local call = redis.call
local index = KEYS[1]
local storedId, deadline, limit, whenFull, lifetimeMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local elapsed = call('ZRANGEBYSCORE', index, '(0', '(' .. now)
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
local score = tonumber(call('ZSCORE', index, storedId) or 0)
local status = 'entered'
if score > 0 then
  status = 'present'
  if score < tonumber(deadline) then call('ZADD', index, deadline, storedId) end
elseif score < 0 then
  status = 'condemned'
else
  if limit ~= '0' then
    local live = call('ZRANGEBYSCORE', index, '(0', '+inf')
    local surplus = #live + 1 - limit
    if surplus > 0 and whenFull == 'reject' then
      status = 'limit'
    else
      for i = 1, surplus do call('ZADD', index, '-1', live[i]) end
    end
  end
  if status == 'entered' then call('ZADD', index, deadline, storedId) end
end
if call('ZCOUNT', index, -1, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) > 0 then call('PEXPIREAT', index, string.format('%.0f', last)) end
  if last and call('ZCOUNT', index, '-inf', '(-1') > 0 then
    if tonumber(last) < 0 or call('PTTL', index) < 60000 then call('PEXPIRE', index, '60000') end
  end
end
if call('PTTL', index) < tonumber(lifetimeMs) then call('PEXPIRE', index, lifetimeMs) end
local answer = {status}
for _, other in ipairs(call('ZRANGEBYSCORE', index, '-inf', '(0')) do answer[#answer + 1] = other end
answer[#answer + 1] = ''
for _, other in ipairs(elapsed) do answer[#answer + 1] = other end
return answer

-- legacy index-raise
local call = redis.call
local index = KEYS[1]
local storedId, deadline, lifetimeMs = ARGV[1], ARGV[2], ARGV[3]
local score = call('ZSCORE', index, storedId)
if score and tonumber(score) < 0 then return -1 end
if not score or tonumber(score) < tonumber(deadline) then
  call('ZADD', index, deadline, storedId)
if call('ZCOUNT', index, -1, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) > 0 then call('PEXPIREAT', index, string.format('%.0f', last)) end
  if last and call('ZCOUNT', index, '-inf', '(-1') > 0 then
    if tonumber(last) < 0 or call('PTTL', index) < 60000 then call('PEXPIRE', index, '60000') end
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
local removed = tonumber(removedCount)
for i = 1, #storedIds do
  local score = tonumber(call('ZSCORE', index, storedIds[i]) or 0)
  if score < 0 and i <= removed then
    call('ZREM', index, storedIds[i])
  elseif score == -1 then
    call('ZADD', index, -now, storedIds[i])
  end
end
call('ZREMRANGEBYSCORE', index, 60000 - now, '(-1')
return 1

-- legacy index-drop
local call = redis.call
local index = KEYS[1]
local storedId = ARGV[1]
if call('ZREM', index, storedId) == 1 then
end
return 1

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
  expires, _, user = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":"([^"\\]*)"')
  if not user then
    expires = string.match(value, '^{"expiresAt":(%d+),"endsAt":(%w+),"userId":')
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
local kept = except and call('ZSCORE', index, except)
local deleted = 0
local function unlink(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do
      if storedIds[i] ~= except then keys[#keys + 1] = recordPrefix .. storedIds[i] end
    end
    if #keys > 0 then deleted = deleted + call('UNLINK', unpack(keys)) end
  end
end
unlink(call('ZRANGE', index, 0, -1))
call('UNLINK', index)
if kept then
  call('ZADD', index, kept, except)
  call('PEXPIREAT', index, string.format('%.0f', kept))
end
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
  if last then call('PEXPIREAT', index, string.format('%.0f', last)) end
end end
call('SET', pointer, record, 'PXAT', deadline)
return 1
