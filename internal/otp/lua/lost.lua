-- Begins anew where Redis has lost all counts of failures. Where the database keeps
-- any, each address is restored before it is next asked for, see restore.lua, until
-- nothing of before counts any more.
-- KEYS  mark that the counts are there, name of the loss
-- ARGV  name of the loss, '1' if the database keeps any, memory of failures ms
-- reply {'there'} or {'begun'}
if redis.call('EXISTS', KEYS[1]) == 1 then
  return {'there'}
end
if ARGV[2] == '1' then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
end
redis.call('SET', KEYS[1], '1', 'PX', ARGV[3])
return {'begun'}
