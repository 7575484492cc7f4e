-- Reverts account.lua: the attempt was no failure. A counter that was reset since stays
-- reset.
-- KEYS  failures in a row
-- ARGV  network
for _, field in ipairs({'all', ARGV[1]}) do
  if tonumber(redis.call('HGET', KEYS[1], field) or 0) > 0 then
    redis.call('HINCRBY', KEYS[1], field, -1)
  end
end
if redis.call('HGET', KEYS[1], 'all') == '0' then
  redis.call('DEL', KEYS[1])
end
return {}
