-- Raises the mark by one, unless it is less than it was.
-- KEYS  mark
-- ARGV  what it was at least, time of the node ms, life ms
-- reply {mark, 1 if Redis has gone back, when the mark was raised last ms, 0 if there is none}
local c, was = redis.call('HMGET', KEYS[1], 'n', 'at'), tonumber(ARGV[1])
local n = tonumber(c[1] or 0)
if n < was then
  return {n, 1, tonumber(c[2] or 0)}
end
redis.call('HSET', KEYS[1], 'n', string.format('%d', n + 1), 'at', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {n + 1, 0, 0}
