-- Records what became of a send, unless the challenge is gone, a later send of it
-- has begun, or more is known: a receipt of the provider outweighs what the try
-- seemed to be, and a delivery everything. The tries may take turns.
-- KEYS  challenge
-- ARGV  send number, status, reason, '1' if it is a receipt, '1' if another channel may do better
local c = redis.call('HMGET', KEYS[1], 'sends', 'status', 'receipt')
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
if c[1] == ARGV[1] and (told > known or told == 1 and known == 1) then
  redis.call('HSET', KEYS[1], 'status', ARGV[2], 'reason', ARGV[3], 'receipt', ARGV[4], 'offer', ARGV[5])
end
return {}
