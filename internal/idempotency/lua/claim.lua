-- Claims a key, returns its answer, or reports that the work is in progress.
-- KEYS  the key, count of the network's claims, count of the client's claims
-- ARGV  owner, digest of the body, TTL of a claim ms, TTL of a count ms,
--       maximum claims of a network, maximum claims of a client
-- reply {'claimed'}, {'full'}, {'mismatch'}, {'answer', sealed} or {'busy', remaining TTL ms}
local k = redis.call('HMGET', KEYS[1], 'digest', 'answer')
if k[1] then
  if k[1] ~= ARGV[2] then
    return {'mismatch'}
  elseif k[2] then
    return {'answer', k[2]}
  end
  return {'busy', redis.call('PTTL', KEYS[1])}
end
for i = 2, 3 do
  if tonumber(redis.call('GET', KEYS[i]) or 0) >= tonumber(ARGV[3 + i]) then
    return {'full'}
  end
end
for i = 2, 3 do
  if redis.call('INCR', KEYS[i]) == 1 then
    redis.call('PEXPIRE', KEYS[i], ARGV[4])
  end
end
redis.call('HSET', KEYS[1], 'digest', ARGV[2], 'owner', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'claimed'}
