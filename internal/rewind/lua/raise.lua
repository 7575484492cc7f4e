-- Raises the mark beyond what any node has seen, after the loss has been handled.
-- KEYS  mark
-- ARGV  last known value, time of the node ms, lifetime ms, how far to jump
-- reply the mark
local n, was = tonumber(redis.call('HGET', KEYS[1], 'n') or 0), tonumber(ARGV[1])
if n < was then
  n = was + tonumber(ARGV[4])
  redis.call('HSET', KEYS[1], 'n', string.format('%d', n), 'at', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return n
