-- Opens a challenge, or returns how long to wait and changes nothing.
-- KEYS  challenge
-- ARGV  key prefix, id, address pseudonym, network, purpose, user, life ms,
--       cooldown ms, maximum failures in a row, maximum live codes of strangers, plan,
--       '1' to skip the cooldown, field, value, …
-- reply {'lost', address pseudonym}, {'refused', limit, wait ms, bucket}, {'captcha'},
--       {'look', '1' if from a known network} or {'ok', resend in ms, alerts, shadow}
local prefix = ARGV[1]
local lost, loss = lanes.lost(prefix, ARGV[3])
if lost then
  return {'lost', ARGV[3]}
end
local lane = lanes.of(prefix, ARGV[3], ARGV[4])
local plan, free = cjson.decode(ARGV[11]), ARGV[12] == '1'
local verdict, refused = lanes.judge(plan, lane, tonumber(ARGV[9]), free)
if refused then
  return refused
end
local before = lanes.live(lane, lanes.open(lane, ARGV[5], ARGV[6]), ARGV[2], ARGV[7], tonumber(ARGV[10]))
redis.call('HSET', KEYS[1], 'who', ARGV[3], 'lane', lane.name, 'network', ARGV[4], 'purpose', ARGV[5], 'user', ARGV[6],
  'solved', plan.solved and '1' or '0', 'grant', ARGV[2], 'before', before,
  'age', loss, unpack(ARGV, 13))
redis.call('PEXPIRE', KEYS[1], ARGV[7])
local resend, alerts, counted = lanes.sent(plan, verdict, lane, free and 0 or tonumber(ARGV[8]))
redis.call('HSET', KEYS[1], 'counted', counted)
return {'ok', resend, alerts, verdict.shadow}
