-- Writes counts of failures that Redis has lost into the lane of strangers: in
-- which lane each was is not known, and this one is strict. It only raises, and
-- nothing once they are restored: from then on Redis knows better, as of a code
-- that was right since the trail was read. The mark of the run is lost when Redis
-- loses its data once more, and with it what the run has written so far.
-- KEYS  mark that the counts are there, mark of the run
-- ARGV  key prefix, life of the first mark ms if all is written or else '0', and
--       for each address its pseudonym, its failures in a row, of the hour, of the
--       day, the life of each of these ms, and that of the lock
-- reply {'there'}, {'lost'}, {'more'} or {'restored'}
if redis.call('EXISTS', KEYS[1]) == 1 then
  return {'there'}
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  return {'lost'}
end
local function raise(key, n, life)
  n, life = tonumber(n), tonumber(life)
  if n == 0 or life <= 0 then
    return
  end
  n = math.max(n, tonumber(redis.call('GET', key) or 0))
  life = math.max(life, redis.call('PTTL', key))
  redis.call('SET', key, string.format('%d', n), 'PX', string.format('%d', life))
end
for i = 3, #ARGV, 8 do
  local who = ARGV[i]
  raise(ARGV[1] .. 'fails:' .. who, ARGV[i + 1], ARGV[i + 4])
  raise(ARGV[1] .. 'hour:' .. who, ARGV[i + 2], ARGV[i + 5])
  raise(ARGV[1] .. 'day:' .. who, ARGV[i + 3], ARGV[i + 6])
  raise(ARGV[1] .. 'lock:' .. who, 1, ARGV[i + 7])
end
if ARGV[2] == '0' then
  return {'more'}
end
redis.call('SET', KEYS[1], '1', 'PX', ARGV[2])
redis.call('DEL', KEYS[2])
return {'restored'}
