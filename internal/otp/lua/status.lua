-- KEYS  challenge, outcome to come
-- ARGV  key prefix
-- reply {} if gone, or {status, reason, channel, life left ms, cooldown left ms,
--       sealed address, '1' if another channel may do better, outcome to come, its life
--       left ms}; of a hidden send what is told of it, and no outcome to come
local c = redis.call('HMGET', KEYS[1], 'who', 'status', 'reason', 'channel', 'lane', 'address', 'offer', 'hidden', 'told', 'toldReason', 'toldOffer')
if not c[1] then
  return {}
end
local wait = 0
local function look(whose)
  for _, name in ipairs({'cool:', 'rest:', 'lock:'}) do
    wait = math.max(wait, redis.call('PTTL', ARGV[1] .. name .. whose))
  end
end
-- While the secret of pseudonyms is changed, each is a text of two names.
local bar, at = string.find(c[1], '|', 1, true), string.find(c[5], '|', 1, true)
if bar then
  look(string.sub(c[1], 1, bar - 1) .. string.sub(c[5], 1, (at or 0) - 1))
  look(string.sub(c[1], bar + 1) .. string.sub(c[5], (at or 0) + 1))
else
  look(c[1] .. c[5])
end
local due, life = redis.call('GET', KEYS[2]) or '', redis.call('PTTL', KEYS[2])
if c[8] == '1' then
  c[2], c[3], c[7], due = c[9], c[10], c[11], ''
  if (c[2] or '') == '' then
    c[2], c[3], c[7] = 'queued', '', ''
  end
end
return {c[2], c[3], c[4], redis.call('PTTL', KEYS[1]), wait, c[6], c[7] or '', due, life}
