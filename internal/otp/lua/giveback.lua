-- Puts back a challenge that verify.lua set aside, unless a newer one of
-- its network has taken its place or it was put back too often.
-- KEYS  challenge, the same set aside
-- ARGV  id, most times
local spent = KEYS[2]
local c = redis.call('HMGET', spent, 'open', 'left', 'slot', 'openWas', 'slotWas')
if not c[1] then
  return {}
end
local left = tonumber(c[2])
left = left - (math.min(left, 30000) - redis.call('PTTL', spent))
-- Of two names while the secret of pseudonyms is changed.
local newer = redis.call('HEXISTS', c[1], c[3]) == 1 or c[4] and redis.call('HEXISTS', c[4], c[5]) == 1
if left > 0 and redis.call('HINCRBY', spent, 'returns', 1) <= tonumber(ARGV[2]) and not newer then
  redis.call('RENAME', spent, KEYS[1])
  redis.call('PEXPIRE', KEYS[1], left)
  redis.call('HSET', c[1], c[3], ARGV[1])
  if redis.call('PTTL', c[1]) < left then
    redis.call('PEXPIRE', c[1], left)
  end
else
  redis.call('DEL', spent)
end
return {}
