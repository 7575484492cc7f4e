-- Grants one more send of a living challenge, or tells how long to wait and
-- changes nothing. For another channel nobody waits for the cooldown of a message
-- that failed for good.
-- KEYS  challenge
-- ARGV  key prefix, cooldown ms, most failures in a row, plan, channel or ''
-- reply {'lost'}, {'gone'}, {'refused', limit, wait ms, bucket}, {'captcha'} or
--       {'ok', resend in ms, alerts, shadow, send number, life left ms, channel}
if lanes.lost(ARGV[1]) then
  return {'lost'}
end
local c = redis.call('HMGET', KEYS[1], 'who', 'lane', 'network', 'channel', 'status', 'offer', 'holder')
if not c[1] then
  return {'gone'}
end
local lane, channel = lanes.back(ARGV[1], c[1], c[2], c[3]), c[4]
local plan, lifted = cjson.decode(ARGV[4]), false
plan.holder = c[7] ~= '0'
if ARGV[5] ~= '' and ARGV[5] ~= channel then
  channel, lifted = ARGV[5], c[5] == 'failed' and c[6] == '1'
end
local verdict, refused = lanes.judge(plan, lane, tonumber(ARGV[3]), lifted)
if refused then
  return refused
end
local send = redis.call('HINCRBY', KEYS[1], 'sends', 1)
redis.call('HSET', KEYS[1], 'status', 'queued', 'reason', '', 'offer', '', 'channel', channel)
if plan.solved then
  redis.call('HSET', KEYS[1], 'solved', '1')
end
local resend, alerts = lanes.sent(plan, verdict, lane, tonumber(ARGV[2]))
return {'ok', resend, alerts, verdict.shadow, send, redis.call('PTTL', KEYS[1]), channel}
