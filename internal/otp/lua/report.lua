-- Records what became of a send, unless the challenge is gone, a later send of it
-- has begun, or more is known: a receipt of the provider outweighs what the try
-- seemed to be, and a delivery everything. The tries may take turns.
-- The end of a try also says how its route fares. Only messages count that are sent
-- whoever has the address, so that this tells nothing of a hidden one.
-- A notice that is settled needs its address no longer: it may outlive its account.
-- KEYS  challenge
-- ARGV  status, reason, '1' if another channel may do better, '1' if the route fails,
--       also of a send that waits for it, life of what is known of a route ms, send number, '1' if it is a
--       receipt, '1' if routes are in this slot
-- reply {route} where route.lua is still to learn of it, or {}
local c = redis.call('HMGET', KEYS[1], 'sends', 'status', 'receipt', 'hidden', 'decoy', 'mute', 'channel', 'country', 'purpose')
if c[1] ~= ARGV[6] then
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
local known, told = rank(c[2], c[3]), rank(ARGV[1], ARGV[7])
if told > known or told == 1 and known == 1 then
  redis.call('HSET', KEYS[1], 'status', ARGV[1], 'reason', ARGV[2], 'receipt', ARGV[7], 'offer', ARGV[3])
  if c[9] == 'notice' and (ARGV[1] == 'sent' or ARGV[1] == 'failed') then
    redis.call('HDEL', KEYS[1], 'address')
  end
end
if ARGV[7] ~= '1' and c[4] == '0' and c[5] == '0' and c[6] == '0' then
  local route = routes.key(c[7], c[8])
  if ARGV[8] ~= '1' then
    return {route}
  end
  routes.learn(route, ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5])
end
return {}
