-- Records the result of a send, unless the challenge is gone, a later send of it has started,
-- or a more final result is known: a receipt overrides the result of the attempt, and a
-- delivery overrides everything. Attempts may run concurrently.
-- The result also updates the state of the route. Only messages that are sent to any address
-- count, so the state discloses nothing about a hidden one.
-- A settled notice drops its address, because it may outlive its account.
-- KEYS  challenge
-- ARGV  status, reason, '1' if another channel may do better, '1' if the route fails (or the
--       send waits for the route), retention of the state of a route ms, send number, '1' if
--       it is a receipt, '1' if routes are in this slot
-- reply {route} if route.lua must record it, or {}
local status, reason, offer, fails, retention, send, receipt, here = unpack(ARGV)
local c = redis.call('HMGET', KEYS[1], 'sends', 'status', 'receipt', 'hidden', 'decoy', 'mute', 'channel', 'country', 'purpose')
if c[1] ~= send then
  return {}
end
local function rank(status, receipt)
  if status == 'delivered' then
    return 4
  elseif status == 'failed' and receipt == '1' then
    return 3
  elseif status == 'sent' then
    return 2
  end
  return 1
end
local known, told = rank(c[2], c[3]), rank(status, receipt)
if told > known or told == 1 and known == 1 then
  redis.call('HSET', KEYS[1], 'status', status, 'reason', reason, 'receipt', receipt, 'offer', offer)
  if c[9] == 'notice' and (status == 'sent' or status == 'failed') then
    redis.call('HDEL', KEYS[1], 'address')
  end
end
if receipt ~= '1' and c[4] == '0' and c[5] == '0' and c[6] == '0' then
  local route = routes.key(c[7], c[8])
  if here ~= '1' then
    return {route}
  end
  routes.learn(route, status, reason, offer, fails, retention)
end
return {}
