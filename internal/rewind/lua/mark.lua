-- Increments the mark, unless it is less than its last known value.
-- KEYS  mark
-- ARGV  last known value, time of the node ms, lifetime ms
-- reply {mark, 1 if Redis has gone back, time of the last increment ms, 0 if there is none}
local c, was = redis.call('HMGET', KEYS[1], 'n', 'at'), tonumber(ARGV[1])
local n = tonumber(c[1] or 0)
if n < was then
  return {n, 1, tonumber(c[2] or 0)}
end
redis.call('HSET', KEYS[1], 'n', string.format('%d', n + 1), 'at', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {n + 1, 0, 0}
