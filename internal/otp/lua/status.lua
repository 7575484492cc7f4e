-- KEYS  challenge, scheduled outcome
-- ARGV  key prefix
-- reply {} if gone, or {status, reason, channel, life left ms, cooldown left ms,
--       sealed address, '1' if another channel may do better, scheduled outcome, its life
--       left ms}; for a hidden send the disclosed values and no scheduled outcome
local c = redis.call('HMGET', KEYS[1], 'who', 'status', 'reason', 'channel', 'lane', 'address', 'offer', 'hidden', 'told', 'toldReason', 'toldOffer', 'network', 'age')
local loss = redis.call('GET', ARGV[1] .. 'lost')
if not c[1] or c[13] and loss and c[13] ~= loss then -- or opened before Redis was rolled back
  return {}
end
local wait = 0
local function look(who, of)
  for _, name in ipairs({'cool:', 'rest:', 'lock:'}) do
    wait = math.max(wait, redis.call('PTTL', ARGV[1] .. name .. who .. of))
  end
end
-- The two names of a text while the secret of pseudonyms is rotated.
local function names(text)
  local bar = string.find(text, '|', 1, true)
  if bar then
    return {string.sub(text, 1, bar - 1), string.sub(text, bar + 1)}
  end
  return {text}
end
local networks = names(c[12] or '')
for i, who in ipairs(names(c[1])) do
  local own = ':' .. (networks[i] or networks[1])
  look(who, c[5] ~= '' and own or '')
  wait = math.max(wait, redis.call('PTTL', ARGV[1] .. 'lock:' .. who .. own))
end
local due, life = redis.call('GET', KEYS[2]) or '', redis.call('PTTL', KEYS[2])
if c[8] == '1' then
  c[2], c[3], c[7], due = c[9], c[10], c[11], ''
  if (c[2] or '') == '' then
    c[2], c[3], c[7] = 'queued', '', ''
  end
end
return {c[2], c[3], c[4], redis.call('PTTL', KEYS[1]), wait, c[6], c[7] or '', due, life}
