-- Opens a challenge, or tells how long to wait and changes nothing. The one
-- before it for the same lane and purpose ends: one live code at a time.
-- KEYS  challenge
-- ARGV  key prefix, id, address pseudonym, network, purpose, user, life ms,
--       cooldown ms, most failures in a row, plan, '1' to skip the cooldown,
--       field, value, …
-- reply {'lost'}, {'refused', limit, wait ms, bucket}, {'captcha'} or {'ok', resend in ms, alerts, shadow}
local prefix, who = ARGV[1], ARGV[3]
if lanes.lost(prefix) then
  return {'lost'}
end
local lane = lanes.of(prefix, who, ARGV[4])
local plan = cjson.decode(ARGV[10])
local free = ARGV[11] == '1'
local verdict, refused = lanes.judge(plan, prefix, who, lane, tonumber(ARGV[9]), free)
if refused then
  return refused
end
local live = prefix .. 'live:' .. ARGV[5] .. ':' .. ARGV[6] .. ':'
lanes.replace(prefix, live, who, lane)
redis.call('HSET', KEYS[1], 'who', who, 'lane', lane, 'purpose', ARGV[5], 'user', ARGV[6], unpack(ARGV, 12))
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('SET', lanes.key(live, who, lane), ARGV[2], 'PX', ARGV[7])
local resend, alerts = lanes.sent(plan, verdict, prefix, who, lane, free and 0 or tonumber(ARGV[8]))
return {'ok', resend, alerts, verdict.shadow}
