-- KEYS  challenge
-- ARGV  key prefix
-- reply {} if gone, or {status, reason, channel, life left ms, cooldown left ms}
local c = redis.call('HMGET', KEYS[1], 'who', 'status', 'reason', 'channel')
if not c[1] then
  return {}
end
return {c[2], c[3], c[4], redis.call('PTTL', KEYS[1]), redis.call('PTTL', ARGV[1] .. 'cool:' .. c[1])}
