-- Writes the failure counts of one address, which Redis has lost, into the lane of strangers.
-- Their lanes are unknown, and this one is strict. Counts and TTLs that Redis does have are
-- only ever raised.
-- KEYS  id of the loss
-- ARGV  key prefix, address pseudonym, id of the loss, life of the address's mark ms,
--       then revision, failures in a row, of the hour and of the day, each with its
--       life ms, and the life of the lock
-- reply {'ok'}, or {'again'} if Redis has lost the counts again
if redis.call('GET', KEYS[1]) ~= ARGV[3] then
  return {'again'}
end
local lane = lanes.back(ARGV[1], ARGV[2], '', '')
local function raise(name, n, life)
  n, life = tonumber(n), tonumber(life)
  if n == 0 or life <= 0 then
    return
  end
  local key = lanes.key(lane, name)
  n = math.max(n, tonumber(redis.call('GET', key) or 0))
  life = math.max(life, redis.call('PTTL', key))
  redis.call('SET', key, string.format('%d', n), 'PX', string.format('%d', life))
end
raise('rev', ARGV[5], ARGV[6])
raise('fails', ARGV[7], ARGV[8])
for _, name in ipairs({'hour', 'hourall'}) do
  raise(name, ARGV[9], ARGV[10])
end
for _, name in ipairs({'day', 'dayall'}) do
  raise(name, ARGV[11], ARGV[12])
end
raise('lock', 1, ARGV[13])
redis.call('SET', ARGV[1] .. 'restored:' .. lane.who, ARGV[3], 'PX', ARGV[4])
return {'ok'}
