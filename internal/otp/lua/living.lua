-- Finds the living challenge that was asked for with a key.
-- KEYS  any, which leads to the slot of all
-- ARGV  key prefix, address pseudonym, network, purpose, user, pseudonym of the key
-- reply {id}, or {} where there is none
local lane = lanes.of(ARGV[1], ARGV[2], ARGV[3])
local id = redis.call('HGET', lanes.open(lane, ARGV[4], ARGV[5]), lane.network)
if id and redis.call('HGET', ARGV[1] .. 'c:' .. id, 'asked') == ARGV[6] then
  return {id}
end
return {}
