-- Finds the living challenge that was asked for with a key, in whichever network.
-- KEYS  any, which leads to the slot of all
-- ARGV  key prefix, address pseudonym, network, purpose, user, pseudonyms of the key
-- reply {id}, or {} where there is none
local lane = lanes.of(ARGV[1], ARGV[2], ARGV[3])
for _, id in ipairs(redis.call('HVALS', lanes.open(lane, ARGV[4], ARGV[5]))) do
  local asked = redis.call('HGET', ARGV[1] .. 'c:' .. id, 'asked')
  if asked and asked ~= '' and (asked == ARGV[6] or asked == ARGV[7]) then
    return {id}
  end
end
return {}
