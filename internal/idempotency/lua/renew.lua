-- Renews a claim that still belongs to its owner and has no answer yet.
-- KEYS  the key
-- ARGV  owner, TTL of a claim ms
-- reply {'renewed'} or {'lost'}
local k = redis.call('HMGET', KEYS[1], 'owner', 'answer')
if k[1] ~= ARGV[1] or k[2] then
  return {'lost'}
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'renewed'}
