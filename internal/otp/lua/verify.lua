-- Counts a try, then compares, then consumes: one step, so that no number of
-- parallel guesses is compared more often than the challenge allows, and no
-- number of parallel right answers gets more than one yes. What is compared are
-- two keyed digests, which a caller cannot steer towards each other.
-- KEYS  challenge
-- ARGV  key prefix, digest of the code, purpose, user, tries per challenge,
--       failures per hour, lock ms, failures per day
-- reply {'gone'}, {'locked', wait ms}, {'wrong', tries left} or {'ok', sealed address, channel}
local c = redis.call('HMGET', KEYS[1], 'who', 'digest', 'purpose', 'user', 'decoy', 'address', 'channel')
local who = c[1]
if not who then
  return {'gone'}
end
local lock = ARGV[1] .. 'lock:' .. who
local wait = redis.call('PTTL', lock)
if wait > 0 then
  return {'locked', wait}
end
local tries = redis.call('HINCRBY', KEYS[1], 'tries', 1)
local left = tonumber(ARGV[5]) - tries
local live = ARGV[1] .. 'live:' .. c[3] .. ':' .. c[4] .. ':' .. who
if c[2] == ARGV[2] and c[3] == ARGV[3] and c[4] == ARGV[4] and c[5] == '0' then
  redis.call('DEL', KEYS[1], live)
  return {'ok', c[6], c[7]}
end
if left <= 0 then
  redis.call('DEL', KEYS[1], live)
end
-- Failures are counted per address as well, so that a new code buys no new guesses.
local function count(key, window)
  local n = redis.call('INCR', key)
  if n == 1 then
    redis.call('PEXPIRE', key, window)
  end
  return n
end
local hour, day = ARGV[1] .. 'hour:' .. who, ARGV[1] .. 'day:' .. who
if count(hour, 3600000) >= tonumber(ARGV[6]) then
  redis.call('SET', lock, '1', 'PX', ARGV[7])
  redis.call('DEL', hour)
end
if count(day, 86400000) >= tonumber(ARGV[8]) then
  redis.call('SET', lock, '1', 'PX', redis.call('PTTL', day))
end
return {'wrong', left}
