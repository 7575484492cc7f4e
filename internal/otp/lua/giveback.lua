-- Restores a challenge that verify.lua reserved.
-- KEYS  challenge
-- ARGV  key prefix, id, maximum number of times
lanes.giveBack(ARGV[1], ARGV[2], tonumber(ARGV[3]))
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HSET', KEYS[1], 'back', '1') -- the operation is known to have failed
end
return {}
