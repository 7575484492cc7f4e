-- Records what became of a try, unless the challenge is gone, a later send of it
-- has begun, or it is known to have been sent.
-- KEYS  challenge
-- ARGV  send number, status, reason
local c = redis.call('HMGET', KEYS[1], 'sends', 'status')
if c[1] == ARGV[1] and c[2] ~= 'sent' then
  redis.call('HSET', KEYS[1], 'status', ARGV[2], 'reason', ARGV[3])
end
return {}
