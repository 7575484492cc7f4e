-- Records what became of a send, unless the challenge is gone, a later send of it
-- has begun, or more is known: a receipt of the provider outweighs what the try
-- seemed to be, and a delivery everything. The tries may take turns.
-- The end of a try also says how its route fares. Only messages count that are sent
-- whoever has the address, so that this tells nothing of a hidden one.
-- A notice that is settled needs its address no longer: it may outlive its account.
-- KEYS  challenge
-- ARGV  send number, status, reason, '1' if it is a receipt, '1' if another channel
--       may do better, '1' if the route fails, also of a send that waits for it, key
--       prefix, life of what is known of a route ms
local c = redis.call('HMGET', KEYS[1], 'sends', 'status', 'receipt', 'hidden', 'decoy', 'mute', 'channel', 'country', 'purpose')
if c[1] ~= ARGV[1] then
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
local known, told = rank(c[2], c[3]), rank(ARGV[2], ARGV[4])
if told > known or told == 1 and known == 1 then
  redis.call('HSET', KEYS[1], 'status', ARGV[2], 'reason', ARGV[3], 'receipt', ARGV[4], 'offer', ARGV[5])
  if c[9] == 'notice' and (ARGV[2] == 'sent' or ARGV[2] == 'failed') then
    redis.call('HDEL', KEYS[1], 'address')
  end
end
if ARGV[4] ~= '1' and c[4] == '0' and c[5] == '0' and c[6] == '0' then
  local route = ARGV[7] .. 'route:' .. c[7] .. ':' .. c[8]
  if ARGV[2] == 'sent' then
    redis.call('DEL', route)
  elseif ARGV[6] == '1' then
    redis.call('HINCRBY', route, 'n', 1)
    redis.call('HSET', route, 'reason', ARGV[3], 'offer', ARGV[5])
    redis.call('PEXPIRE', route, ARGV[8])
  end
end
return {}
