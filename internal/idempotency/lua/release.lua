-- Gives a claim back whose work had no answer to keep.
-- KEYS  the key
-- ARGV  owner
local k = redis.call('HMGET', KEYS[1], 'owner', 'answer')
if k[1] == ARGV[1] and not k[2] then
  redis.call('DEL', KEYS[1])
end
return {}
