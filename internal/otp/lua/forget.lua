-- Ends the challenges of an address that any user could have opened, in every
-- lane, and forgets the networks it was proven from.
-- KEYS  networks of the address
-- ARGV  key prefix, address pseudonym, purpose, …
local networks = redis.call('SMEMBERS', KEYS[1])
networks[#networks + 1] = ''
for _, network in ipairs(networks) do
  local lane = network == '' and '' or ':' .. network
  for i = 3, #ARGV do
    local live = ARGV[1] .. 'live:' .. ARGV[i] .. ':0:' .. ARGV[2] .. lane
    local id = redis.call('GET', live)
    if id then
      redis.call('DEL', live, ARGV[1] .. 'c:' .. id)
    end
  end
  redis.call('DEL', ARGV[1] .. 'known:' .. ARGV[2] .. lane)
end
redis.call('DEL', KEYS[1])
return {}
