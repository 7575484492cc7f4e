-- Grants one more send of a living challenge, or tells how long to wait and
-- changes nothing. For another channel nobody waits for the cooldown of a message
-- that failed for good; of a hidden one, that is told to have failed.
-- KEYS  challenge
-- ARGV  key prefix, cooldown ms, most failures in a row, plan, channel or '',
--       '1' to skip the cooldown, order of names
-- reply {'lost'}, {'gone'}, {'refused', limit, wait ms, bucket}, {'captcha'} or
--       {'ok', resend in ms, alerts, shadow, send number, life left ms, channel}
if lanes.lost(ARGV[1]) then
  return {'lost'}
end
local c = redis.call('HMGET', KEYS[1], 'who', 'lane', 'channel', 'status', 'offer', 'hidden', 'told', 'toldOffer', 'names')
local who, lane, channel = c[1], c[2], c[3]
if not who then
  return {'gone'}
end
if c[6] == '1' then
  c[4], c[5] = c[7], c[8]
end
if c[9] and c[9] ~= ARGV[7] then
  who, lane = lanes.turned(who), lanes.turned(lane)
end
local plan, free = cjson.decode(ARGV[4]), ARGV[6] == '1'
local lifted = free
if ARGV[5] ~= '' and ARGV[5] ~= channel then
  channel, lifted = ARGV[5], free or c[4] == 'failed' and c[5] == '1'
end
local verdict, refused = lanes.judge(plan, ARGV[1], who, lane, tonumber(ARGV[3]), lifted)
if refused then
  return refused
end
local send = redis.call('HINCRBY', KEYS[1], 'sends', 1)
redis.call('HSET', KEYS[1], 'status', 'queued', 'reason', '', 'offer', '', 'told', '', 'channel', channel)
local resend, alerts = lanes.sent(plan, verdict, ARGV[1], who, lane, free and 0 or tonumber(ARGV[2]))
return {'ok', resend, alerts, verdict.shadow, send, redis.call('PTTL', KEYS[1]), channel}
