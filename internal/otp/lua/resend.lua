-- Grants one more send of a live challenge, or returns how long to wait and changes nothing.
-- Another channel skips the cooldown of a message that failed permanently or, if the message
-- is hidden, was reported as failed.
-- KEYS  challenge
-- ARGV  key prefix, cooldown ms, maximum failures in a row, plan, channel or '',
--       '1' to skip the cooldown, order of names, name of this send
-- reply {'lost', address pseudonym}, {'gone'}, {'refused', limit, wait ms, bucket}, {'captcha'},
--       {'look', '1' if from a known network} or
--       {'ok', resend in ms, alerts, shadow, send number, life left ms, channel}
local prefix, cooldown, inARow, planText, wanted, skip, order, grant = unpack(ARGV)
local c = redis.call('HMGET', KEYS[1], 'who', 'lane', 'network', 'channel', 'status', 'offer', 'holder', 'hidden', 'told', 'toldOffer', 'names', 'age')
local who, network, channel = c[1], c[3], c[4]
if c[11] and c[11] ~= order then
  who, network = lanes.turned(who), lanes.turned(network)
end
local lost, loss = lanes.lost(prefix, who or '')
if lost then
  return {'lost', who or ''}
elseif not who or lanes.old(c[12], loss) then
  return {'gone'}
end
if c[8] == '1' then
  c[5], c[6] = c[9], c[10]
end
local lane = lanes.back(prefix, who, c[2], network)
local plan, free = cjson.decode(planText), skip == '1'
plan.holder = c[7] ~= '0'
local lifted = free
if wanted ~= '' and wanted ~= channel then
  channel, lifted = wanted, free or c[5] == 'failed' and c[6] == '1'
end
local verdict, refused = lanes.judge(plan, lane, tonumber(inARow), lifted)
if refused then
  return refused
end
local prior = redis.call('HMGET', KEYS[1], 'status', 'reason', 'offer', 'told', 'channel')
local send = redis.call('HINCRBY', KEYS[1], 'sends', 1)
redis.call('HSET', KEYS[1], 'status', 'queued', 'reason', '', 'offer', '', 'told', '', 'channel', channel)
if plan.solved then
  redis.call('HSET', KEYS[1], 'solved', '1')
end
local resend, alerts, counted = lanes.sent(plan, verdict, lane, free and 0 or tonumber(cooldown))
redis.call('HSET', KEYS[1], 'grant', grant, 'counted', counted, 'prior', cjson.encode(prior))
return {'ok', resend, alerts, verdict.shadow, send, redis.call('PTTL', KEYS[1]), channel}
