// What `doctor --fix` sends. Each script has one key, looks before it writes, and answers 1 if it did.

const now = `
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)`;

/**
 * Lua: makes the index live as long as its last entry, or so many times as long. Not one with a sign-out that is begun,
 * which waits until it is finished.
 */
const outlive = (lifetimes: string): string => `
${now}
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
local hasCondemned = redis.call('ZCOUNT', KEYS[1], -2, -1) > 0
local moved = 0
if last and tonumber(last) > 0 and not hasCondemned then
  local left = math.floor(tonumber(last)) - now
  local stop = now + left * tonumber(${lifetimes})
  local ttl = redis.call('PTTL', KEYS[1])
  if ttl == -1 or now + ttl < now + left then
    redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', stop))
    moved = 1
  end
end`;

/** ARGV: how many times as long. */
export const outliveEntries: string = `${outlive("ARGV[1]")}
return moved`;

/** ARGV: a stored id, its deadline, how many times as long the index lives. */
export const enterAgain: string = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
${outlive("ARGV[3]")}
return 1`;

/** ARGV: a stored id, its score as it was read. */
export const removeUnchanged: string = `
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) ~= tonumber(ARGV[2]) then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])`;

/** ARGV: the text as it was read, or its beginning; its deadline. A TTL that ends earlier stays. */
export const moveEnd: string = `
if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) ~= ARGV[1] then return 0 end
${now}
local ttl = redis.call('PTTL', KEYS[1])
if ttl >= 0 and now + ttl <= tonumber(ARGV[2]) then return 0 end
return redis.call('PEXPIREAT', KEYS[1], ARGV[2])`;

/** After the first write of a script Redis takes the others too, also when its memory is full. */
export const writeAnew: string = `
if redis.call('OBJECT', 'ENCODING', KEYS[1]) ~= 'skiplist' or redis.call('ZCARD', KEYS[1]) > 128 then return 0 end
local entries = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local left = redis.call('PTTL', KEYS[1])
${now}
local words = {}
for i = 1, #entries, 2 do
  words[i] = entries[i + 1]
  words[i + 1] = entries[i]
end
redis.call('DEL', KEYS[1])
redis.call('ZADD', KEYS[1], unpack(words))
if left >= 0 then redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', now + left + 1)) end
return 1`;
