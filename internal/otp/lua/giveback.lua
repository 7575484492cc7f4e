-- Puts back a challenge that verify.lua set aside, unless a newer one has taken
-- its place or it was put back too often.
-- KEYS  challenge, the same set aside
-- ARGV  id, most times
local spent = KEYS[2]
local c = redis.call('HMGET', spent, 'live', 'left')
if not c[1] then
  return {}
end
local left = tonumber(c[2])
left = left - (math.min(left, 30000) - redis.call('PTTL', spent))
local live, newer -- of two names while the secret of pseudonyms is changed
for key in string.gmatch(c[1], '[^|]+') do
  live = live or key
  newer = newer or redis.call('EXISTS', key) == 1
end
if left > 0 and redis.call('HINCRBY', spent, 'returns', 1) <= tonumber(ARGV[2]) and not newer then
  redis.call('RENAME', spent, KEYS[1])
  redis.call('PEXPIRE', KEYS[1], left)
  redis.call('SET', live, ARGV[1], 'PX', left)
else
  redis.call('DEL', spent)
end
return {}
