-- Charges every bucket of a plan, or none.
-- KEYS  the first bucket, which selects the slot
-- ARGV  plan
-- reply {} or {class, wait ms, bucket}
local plan = cjson.decode(ARGV[1])
local verdict = guard.decide(plan, false)
if verdict.wait > 0 then
  return {verdict.class, verdict.wait, verdict.key}
end
guard.charge(plan, verdict, false)
return {}
