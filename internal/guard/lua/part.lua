-- Charges parts of plans whose other parts are in other slots, each once per mark, or returns
-- what refuses a part and changes nothing for it. The marks of many charges share one key, as
-- four bits each: 0 is none, 1 charged, 3 charged and counted in a conversion, 8 rolled back.
-- KEYS  marks of each
-- ARGV  life of the marks ms, and for each the number of the mark, the plan, '1' if the
--       request is from a known network and '1' if nothing may refuse
-- reply of each {'void'} if it was rolled back, or {class, wait ms, bucket, '1' if a
--       conversion counted, alerts, shadow}: class is '' if nothing refuses, and 'captcha'
--       without a wait if one must be solved
local function charge(marks, at, plan, known, forced)
  local mark = redis.call('BITFIELD', marks, 'GET', 'u4', at)[1]
  if mark == 8 then
    return {'void'}
  elseif mark > 0 then
    return {'', 0, '', mark == 3 and '1' or '0', {}, {}}
  end
  local verdict = guard.decide(plan, known)
  if not forced and verdict.wait > 0 then
    return {verdict.class, verdict.wait, verdict.key, '0', {}, {}}
  elseif not forced and verdict.soft and plan.captcha then
    return {'captcha', 0, '', '0', {}, {}}
  end
  local _, alerts, counted = guard.charge(plan, verdict, known)
  redis.call('BITFIELD', marks, 'SET', 'u4', at, counted == '1' and 3 or 1)
  redis.call('PEXPIRE', marks, ARGV[1])
  return {'', 0, '', counted, alerts, verdict.shadow}
end

local plans, list = {}, {} -- many are equal
for i = 2, #ARGV, 4 do
  local text = ARGV[i + 1]
  plans[text] = plans[text] or cjson.decode(text)
  list[#list + 1] = charge(KEYS[#list + 1], '#' .. ARGV[i], plans[text], ARGV[i + 2] == '1', ARGV[i + 3] == '1')
end
return list
