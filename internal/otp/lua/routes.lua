-- How messages of a channel to a country fare: failures in a row for the sake of that
-- route. It is kept once for all addresses, in a cluster in another slot than most.
local routes = {}

function routes.key(channel, country)
  return 'ua:otp:{ua}:route:' .. channel .. ':' .. country
end

-- Learns of a message. fails says that the route fails, also where it waits for that.
function routes.learn(key, status, reason, offer, fails, life)
  if status == 'sent' then
    redis.call('DEL', key)
  elseif fails == '1' then
    redis.call('HINCRBY', key, 'n', 1)
    redis.call('HSET', key, 'reason', reason, 'offer', offer)
    redis.call('PEXPIRE', key, life)
  end
end
