-- Reverts part.lua, once. A charge that arrives later finds the mark and charges nothing.
-- KEYS  marks
-- ARGV  number of the mark, life of the marks ms, plan
local at = '#' .. ARGV[1]
local mark = redis.call('BITFIELD', KEYS[1], 'GET', 'u4', at)[1]
if mark == 1 or mark == 3 then
  guard.refund(cjson.decode(ARGV[3]), mark == 3 and '1' or '0')
end
redis.call('BITFIELD', KEYS[1], 'SET', 'u4', at, 8)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {}
