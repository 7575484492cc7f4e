-- The state of each route, a channel to a country: failures in a row that the route itself
-- caused. It is stored once for all addresses, in a cluster usually in another slot.
local routes = {}

function routes.key(channel, country)
  return 'ua:otp:{ua}:route:' .. channel .. ':' .. country
end

-- Records a result. fails says that the route fails, or that the send waits for it.
function routes.learn(key, status, reason, offer, fails, life)
  if status == 'sent' then
    redis.call('DEL', key)
  elseif fails == '1' then
    redis.call('HINCRBY', key, 'n', 1)
    redis.call('HSET', key, 'reason', reason, 'offer', offer)
    redis.call('PEXPIRE', key, life)
  end
end
