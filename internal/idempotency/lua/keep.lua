-- Stores the answer of a claim, even if Redis has lost the claim. A claim that
-- another owner has taken over stays with that owner.
-- KEYS  the key
-- ARGV  owner, digest of the body, sealed answer, its TTL ms
-- reply {'kept'} or {'lost'}
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] then
  return {'lost'}
end
redis.call('HSET', KEYS[1], 'digest', ARGV[2], 'owner', ARGV[1], 'answer', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {'kept'}
