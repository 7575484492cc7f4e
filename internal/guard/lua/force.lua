-- Charges a plan for past messages, regardless of its limits.
-- KEYS  the first bucket
-- ARGV  plan
local plan = cjson.decode(ARGV[1])
guard.charge(plan, guard.decide(plan, false), false)
return {}
