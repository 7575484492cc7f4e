-- Finds the live challenge, in any network, that was requested with an idempotency key.
-- KEYS  any key of the slot
-- ARGV  key prefix, address pseudonym, network, purpose, user, pseudonyms of the key
-- reply {id}, or {} if there is none
local lane = lanes.of(ARGV[1], ARGV[2], ARGV[3])
local _, loss = lanes.lost(ARGV[1], '')
for _, id in ipairs(redis.call('HVALS', lanes.open(lane, ARGV[4], ARGV[5]))) do
  local c = redis.call('HMGET', ARGV[1] .. 'c:' .. id, 'asked', 'age')
  local asked = c[1]
  if asked and not lanes.old(c[2], loss) and asked ~= '' and (asked == ARGV[6] or asked == ARGV[7]) then
    return {id}
  end
end
return {}
