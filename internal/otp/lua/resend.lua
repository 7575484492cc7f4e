-- Grants one more send of a living challenge, or tells how long to wait and
-- changes nothing.
-- KEYS  challenge
-- ARGV  key prefix, cooldown ms, most failures in a row, plan
-- reply {'gone'}, {'refused', limit, wait ms, bucket}, {'captcha'} or
--       {'ok', resend in ms, alerts, shadow, send number, life left ms, channel}
local c = redis.call('HMGET', KEYS[1], 'who', 'lane', 'channel')
local who, lane = c[1], c[2]
if not who then
  return {'gone'}
end
local plan = cjson.decode(ARGV[4])
local verdict, refused = lanes.judge(plan, ARGV[1], who, lane, tonumber(ARGV[3]))
if refused then
  return refused
end
local send = redis.call('HINCRBY', KEYS[1], 'sends', 1)
redis.call('HSET', KEYS[1], 'status', 'queued', 'reason', '')
local resend, alerts = lanes.sent(plan, verdict, ARGV[1], who, lane, tonumber(ARGV[2]))
return {'ok', resend, alerts, verdict.shadow, send, redis.call('PTTL', KEYS[1]), c[3]}
