-- KEYS  challenge, outcome to come
-- ARGV  key prefix
-- reply {} if gone, or {status, reason, channel, life left ms, cooldown left ms,
--       sealed address, '1' if another channel may do better, outcome to come, its life left ms}
local c = redis.call('HMGET', KEYS[1], 'who', 'status', 'reason', 'channel', 'address', 'offer')
if not c[1] then
  return {}
end
return {c[2], c[3], c[4], redis.call('PTTL', KEYS[1]), redis.call('PTTL', ARGV[1] .. 'cool:' .. c[1]),
  c[5], c[6] or '', redis.call('GET', KEYS[2]) or '', redis.call('PTTL', KEYS[2])}
