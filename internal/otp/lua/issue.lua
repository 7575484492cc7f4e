-- Opens a challenge, or tells how long to wait. The one before it for the same
-- address and purpose ends: one live code at a time.
-- KEYS  challenge, live pointer, cooldown, lock
-- ARGV  life ms, cooldown ms, challenge key prefix, id, field, value, …
-- reply {1} or {0, wait ms}
local wait = math.max(redis.call('PTTL', KEYS[3]), redis.call('PTTL', KEYS[4]))
if wait > 0 then
  return {0, wait}
end
local old = redis.call('GET', KEYS[2])
if old then
  redis.call('DEL', ARGV[3] .. old)
end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[1])
redis.call('SET', KEYS[3], '1', 'PX', ARGV[2])
return {1}
