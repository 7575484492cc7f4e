-- KEYS  live pointer
-- ARGV  challenge key prefix
local id = redis.call('GET', KEYS[1])
if id then
  redis.call('DEL', KEYS[1], ARGV[1] .. id)
end
return {}
