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
if graceMs ~= '0' then
  local till = string.format('%.0f', math.min(now + graceMs, tonumber(deadline)))
  local closed = string.gsub(value, '^{"expiresAt":%d+,"endsAt":%w+', '{"expiresAt":' .. till .. ',"endsAt":' .. till)
  call('SET', record, closed, 'PXAT', till)
  if index then call('ZADD', index, till, storedId) end
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
if graceMs ~= '0' then
  local till = string.format('%.0f', math.min(now + graceMs, tonumber(deadline)))
  local closed = string.gsub(value, '^{"expiresAt":%d+,"endsAt":%w+', '{"expiresAt":' .. till .. ',"endsAt":' .. till)
  call('SET', record, closed, 'PXAT', till)
  if index then call('ZADD', index, till, storedId) end
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
