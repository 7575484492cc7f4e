-- Grants one more send of a living challenge, or tells how long to wait.
-- KEYS  challenge
-- ARGV  cooldown ms, key prefix
-- reply {-1} gone, {0, wait ms}, or {1, send number, life left ms, channel, sealed address}
local who = redis.call('HGET', KEYS[1], 'who')
if not who then
  return {-1}
end
local cooldown = ARGV[2] .. 'cool:' .. who
local wait = math.max(redis.call('PTTL', cooldown), redis.call('PTTL', ARGV[2] .. 'lock:' .. who))
if wait > 0 then
  return {0, wait}
end
local send = redis.call('HINCRBY', KEYS[1], 'sends', 1)
redis.call('HSET', KEYS[1], 'status', 'queued', 'reason', '')
redis.call('SET', cooldown, '1', 'PX', ARGV[1])
local c = redis.call('HMGET', KEYS[1], 'channel', 'address')
return {1, send, redis.call('PTTL', KEYS[1]), c[1], c[2]}
