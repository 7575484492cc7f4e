-- Reverts a send that was granted and cannot be queued: its charges, and the challenge if it
-- was opened for this send. A send that a worker has started stays. Repeating it changes
-- nothing.
-- KEYS  challenge
-- ARGV  key prefix, id, name of the send, plan, order of names
-- reply {'begun'} if the send stays, or {}
local prefix, id, grant, planText, order = unpack(ARGV)
local c = redis.call('HMGET', KEYS[1], 'grant', 'status', 'who', 'lane', 'network', 'purpose', 'user', 'counted', 'prior', 'names', 'before')
if c[1] ~= grant then
  return {}
elseif c[2] ~= 'queued' then
  return {'begun'}
end
local who, network = c[3], c[5]
if c[10] and c[10] ~= order then
  who, network = lanes.turned(who), lanes.turned(network)
end
local lane = lanes.back(prefix, who, c[4], network)
lanes.unsent(cjson.decode(planText), lane, c[8])
if not c[9] then
  lanes.unlive(lane, lanes.open(lane, c[6], c[7]), id, c[11])
  return {}
end
local prior = cjson.decode(c[9])
for i, field in ipairs({'status', 'reason', 'offer', 'told', 'channel'}) do
  redis.call('HSET', KEYS[1], field, prior[i] or '')
end
redis.call('HINCRBY', KEYS[1], 'sends', -1)
redis.call('HDEL', KEYS[1], 'grant')
return {}
