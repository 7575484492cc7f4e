-- Charges a part of a plan whose others are in other slots, once for its mark, or
-- reports what refuses it and changes nothing. The marks of many charges are in one
-- key, of four bits each: 0 is none, 1 was charged, 3 and a conversion counted with it,
-- 8 was taken back.
-- KEYS  marks
-- ARGV  number of the mark, life of the marks ms, plan, '1' if asked for from a known
--       network, '1' if nothing refuses
-- reply {'void'} if it was taken back, or {class, wait ms, bucket, '1' if a conversion
--       counted, alerts, shadow}: the class is '' where nothing refuses, and 'captcha'
--       with no wait where one has to be asked for
local at = '#' .. ARGV[1]
local mark = redis.call('BITFIELD', KEYS[1], 'GET', 'u4', at)[1]
if mark == 8 then
  return {'void'}
elseif mark > 0 then
  return {'', 0, '', mark == 3 and '1' or '0', {}, {}}
end
local plan, known, forced = cjson.decode(ARGV[3]), ARGV[4] == '1', ARGV[5] == '1'
local verdict = guard.decide(plan, known)
if not forced and verdict.wait > 0 then
  return {verdict.class, verdict.wait, verdict.key, '0', {}, {}}
elseif not forced and verdict.soft and plan.captcha then
  return {'captcha', 0, '', '0', {}, {}}
end
local _, alerts, counted = guard.charge(plan, verdict, known)
redis.call('BITFIELD', KEYS[1], 'SET', 'u4', at, counted == '1' and 3 or 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'', 0, '', counted, alerts, verdict.shadow}
