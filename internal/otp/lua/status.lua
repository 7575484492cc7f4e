-- KEYS  challenge
-- ARGV  key prefix
-- reply {} if gone, or {status, reason, channel, life left ms, cooldown left ms}
local c = redis.call('HMGET', KEYS[1], 'who', 'status', 'reason', 'channel', 'lane')
if not c[1] then
  return {}
end
local wait = 0
for _, name in ipairs({'cool:', 'rest:', 'lock:'}) do
  wait = math.max(wait, redis.call('PTTL', ARGV[1] .. name .. c[1] .. c[5]))
end
return {c[2], c[3], c[4], redis.call('PTTL', KEYS[1]), wait}
