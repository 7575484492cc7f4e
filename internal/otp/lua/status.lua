-- KEYS  challenge, outcome to come
-- ARGV  key prefix
-- reply {} if gone, or {status, reason, channel, life left ms, cooldown left ms,
--       sealed address, '1' if another channel may do better, outcome to come, its life left ms}
local c = redis.call('HMGET', KEYS[1], 'who', 'status', 'reason', 'channel', 'lane', 'address', 'offer', 'network')
if not c[1] then
  return {}
end
local wait = 0
for _, name in ipairs({'cool:', 'rest:', 'lock:'}) do
  wait = math.max(wait, redis.call('PTTL', ARGV[1] .. name .. c[1] .. c[5]))
end
wait = math.max(wait, redis.call('PTTL', ARGV[1] .. 'lock:' .. c[1] .. ':' .. (c[8] or '')))
return {c[2], c[3], c[4], redis.call('PTTL', KEYS[1]), wait,
  c[6], c[7] or '', redis.call('GET', KEYS[2]) or '', redis.call('PTTL', KEYS[2])}
