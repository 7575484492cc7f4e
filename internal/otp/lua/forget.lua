-- Ends the challenges of an address that need no signed-in user, in every lane, and forgets
-- the networks the address was proven from.
-- KEYS  networks of the address
-- ARGV  key prefix, address pseudonym, purpose, …
for i = 3, #ARGV do
  local open = ARGV[1] .. 'open:' .. ARGV[i] .. ':0:' .. ARGV[2]
  for _, id in ipairs(redis.call('HVALS', open)) do
    redis.call('DEL', ARGV[1] .. 'c:' .. id, ARGV[1] .. 'was:' .. id)
  end
  redis.call('DEL', open)
end
for _, network in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  redis.call('DEL', ARGV[1] .. 'known:' .. ARGV[2] .. ':' .. network)
end
redis.call('DEL', KEYS[1])
return {}
