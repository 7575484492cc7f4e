-- Opens a challenge, or tells how long to wait and changes nothing.
-- KEYS  challenge
-- ARGV  key prefix, id, address pseudonym, network, purpose, user, life ms,
--       cooldown ms, most failures in a row, most live codes of strangers, plan,
--       field, value, …
-- reply {'lost'}, {'refused', limit, wait ms, bucket}, {'captcha'} or {'ok', resend in ms, alerts, shadow}
local prefix, who = ARGV[1], ARGV[3]
if lanes.lost(prefix) then
  return {'lost'}
end
local lane = lanes.of(prefix, who, ARGV[4])
local plan = cjson.decode(ARGV[11])
local verdict, refused = lanes.judge(plan, lane, tonumber(ARGV[9]))
if refused then
  return refused
end
local open = prefix .. 'open:' .. ARGV[5] .. ':' .. ARGV[6] .. ':' .. who
lanes.live(lane, open, ARGV[2], ARGV[7], tonumber(ARGV[10]))
redis.call('HSET', KEYS[1], 'who', who, 'lane', lane.name, 'network', lane.network, 'purpose', ARGV[5], 'user', ARGV[6],
  'solved', plan.solved and '1' or '0', unpack(ARGV, 12))
redis.call('PEXPIRE', KEYS[1], ARGV[7])
local resend, alerts = lanes.sent(plan, verdict, lane, tonumber(ARGV[8]))
return {'ok', resend, alerts, verdict.shadow}
