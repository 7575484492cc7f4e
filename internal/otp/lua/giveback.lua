-- Puts back a challenge that verify.lua set aside.
-- KEYS  challenge
-- ARGV  key prefix, id, most times
lanes.giveBack(ARGV[1], ARGV[2], tonumber(ARGV[3]))
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'back', '1') -- what it was for has failed, which is known
end
return {}
