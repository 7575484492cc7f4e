-- Opens a challenge, or returns how long to wait and changes nothing.
-- KEYS  challenge
-- ARGV  key prefix, id, address pseudonym, network, purpose, user, life ms,
--       cooldown ms, maximum failures in a row, maximum live codes of strangers, plan,
--       '1' to skip the cooldown, field, value, …
-- reply {'lost', address pseudonym}, {'refused', limit, wait ms, bucket}, {'captcha'},
--       {'look', '1' if from a known network} or {'ok', resend in ms, alerts, shadow}
local prefix, id, who, network, purpose, user, life, cooldown, inARow, mostStrangers, planText, skip = unpack(ARGV)
local lost, loss = lanes.lost(prefix, who)
if lost then
  return {'lost', who}
end
local lane = lanes.of(prefix, who, network)
local plan, free = cjson.decode(planText), skip == '1'
local verdict, refused = lanes.judge(plan, lane, tonumber(inARow), free)
if refused then
  return refused
end
local before = lanes.live(lane, lanes.open(lane, purpose, user), id, life, tonumber(mostStrangers))
redis.call('HSET', KEYS[1], 'who', who, 'lane', lane.name, 'network', network, 'purpose', purpose, 'user', user,
  'solved', plan.solved and '1' or '0', 'grant', id, 'before', before,
  'age', loss, unpack(ARGV, 13))
redis.call('PEXPIRE', KEYS[1], life)
local resend, alerts, counted = lanes.sent(plan, verdict, lane, free and 0 or tonumber(cooldown))
redis.call('HSET', KEYS[1], 'counted', counted)
return {'ok', resend, alerts, verdict.shadow}
