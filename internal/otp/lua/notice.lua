-- Grants a notice, once per id, or returns the limit that refuses it and changes nothing. A
-- notice is charged to the money budgets like any message, but only a routine notice is
-- refused when a budget is spent.
-- KEYS  notice
-- ARGV  plan of the address, plan of the money, '1' if routine, life ms, field, value, …
-- reply {'refused', limit, wait ms, bucket} or {'ok', alerts}
if redis.call('EXISTS', KEYS[1]) == 1 then
  return {'ok', {}}
end
local plan, money = cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
local verdict, cost = guard.decide(plan, false), guard.decide(money, false)
if ARGV[3] == '1' and cost.wait > 0 then
  guard.worse(verdict, cost.class, cost.wait, cost.key)
end
if verdict.wait > 0 then
  return {'refused', verdict.class, verdict.wait, verdict.key}
end
guard.charge(plan, verdict, false)
local _, alerts = guard.charge(money, cost, false)
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {'ok', alerts}
