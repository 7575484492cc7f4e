-- Releases a claim without an answer.
-- KEYS  the key
-- ARGV  owner
local k = redis.call('HMGET', KEYS[1], 'owner', 'answer')
if k[1] == ARGV[1] and not k[2] then
  redis.call('DEL', KEYS[1])
end
return {}
