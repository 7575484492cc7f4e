-- Finds the live challenge, in any network, that was requested with an idempotency key.
-- KEYS  any key of the slot
-- ARGV  key prefix, address pseudonym, network, purpose, user, pseudonyms of the key
-- reply {id}, or {} if there is none
local prefix, who, network, purpose, user, key, otherKey = unpack(ARGV)
local lane = lanes.of(prefix, who, network)
local _, loss = lanes.lost(prefix, '')
for _, id in ipairs(redis.call('HVALS', lanes.open(lane, purpose, user))) do
  local c = redis.call('HMGET', prefix .. 'c:' .. id, 'asked', 'age')
  local asked = c[1]
  if asked and not lanes.old(c[2], loss) and asked ~= '' and (asked == key or asked == otherKey) then
    return {id}
  end
end
return {}
