-- KEYS  challenge, outcome to come
-- ARGV  key prefix
-- reply {} if gone, or {status, reason, channel, life left ms, cooldown left ms,
--       sealed address, '1' if another channel may do better, outcome to come, its life left ms}
local c = redis.call('HMGET', KEYS[1], 'who', 'status', 'reason', 'channel', 'lane', 'address', 'offer')
if not c[1] then
  return {}
end
local wait = 0
-- While the secret of pseudonyms is changed, each is a text of two names.
local who, lane = {}, {}
for name in string.gmatch(c[1], '[^|]+') do
  who[#who + 1] = name
end
for name in string.gmatch(c[5], '[^|]+') do
  lane[#lane + 1] = name
end
for i, one in ipairs(who) do
  for _, name in ipairs({'cool:', 'rest:', 'lock:'}) do
    wait = math.max(wait, redis.call('PTTL', ARGV[1] .. name .. one .. (lane[i] or '')))
  end
end
return {c[2], c[3], c[4], redis.call('PTTL', KEYS[1]), wait,
  c[6], c[7] or '', redis.call('GET', KEYS[2]) or '', redis.call('PTTL', KEYS[2])}
