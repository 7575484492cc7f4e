-- Starts over after Redis has lost all failure counts. If the database keeps any, each address
-- is restored before its next request, see restore.lua, until the lost counts would have
-- expired.
-- KEYS  mark that the counts exist, id of the loss
-- ARGV  id of the loss, '1' if the database keeps any, retention of failures ms
-- reply {'there'} or {'begun'}
if redis.call('EXISTS', KEYS[1]) == 1 then
  return {'there'}
end
if ARGV[2] == '1' then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
end
redis.call('SET', KEYS[1], '1', 'PX', ARGV[3])
return {'begun'}
