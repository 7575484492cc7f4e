-- Writes counts of failures that Redis has lost of one address into the lane of
-- strangers: in which lane each was is not known, and this one is strict. It only
-- raises: what Redis does hold is neither lowered nor shortened.
-- KEYS  name of the loss
-- ARGV  key prefix, address pseudonym, name of the loss, life of the address's mark ms,
--       then revision, failures in a row, of the hour and of the day, each with its
--       life ms, and the life of the lock
-- reply {'ok'}, or {'again'} if Redis has lost them once more
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
