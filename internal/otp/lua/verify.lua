-- Counts a try, then compares, then consumes: one step, so that no number of
-- parallel guesses is compared more often than the challenge allows, and no
-- number of parallel right answers gets more than one yes. What is compared are
-- two keyed digests, which a caller cannot steer towards each other. A client
-- that failed too often, and a lane that is locked, change nothing.
-- KEYS  challenge
-- ARGV  key prefix, digest of the code, purpose, user, tries per challenge,
--       failures per hour, lock ms, failures per day, most failures in a row,
--       memory of those ms, network, life of a known network ms, most of them,
--       plan of a failure, digest under the other pepper or '', order of names
-- reply a word, the challenge's sealed address and its channel, and then of
--       'refused' limit, wait ms and bucket, of 'wrong' the tries left, of 'ok' the
--       holder and the epoch; 'gone'; 'lost' alone
local prefix, network = ARGV[1], ARGV[11]
if lanes.lost(prefix) then
  return {'lost'}
end
local plan = cjson.decode(ARGV[14])
local verdict = guard.decide(plan, '')
local c = redis.call('HMGET', KEYS[1], 'who', 'digest', 'purpose', 'user', 'decoy', 'address', 'channel', 'lane', 'conversion', 'holder', 'returns', 'epoch', 'names')
local who, lane = c[1], c[8]
if c[13] and c[13] ~= ARGV[16] then
  who, lane = lanes.turned(who), lanes.turned(lane)
end
if who then
  guard.worse(verdict, 'locked', redis.call('PTTL', lanes.key(prefix .. 'lock:', who, lane)), '')
  guard.worse(verdict, 'locked', lanes.disabled(prefix, who, lane, tonumber(ARGV[9])), '')
end
if verdict.wait > 0 then
  return {'refused', c[6] or '', c[7] or '', verdict.class, verdict.wait, verdict.key}
end
if not who then
  guard.charge(plan, verdict)
  return {'gone', '', ''}
end
local tries = redis.call('HINCRBY', KEYS[1], 'tries', 1)
local left = tonumber(ARGV[5]) - tries
local live = prefix .. 'live:' .. c[3] .. ':' .. c[4] .. ':'
local fails = lanes.key(prefix .. 'fails:', who, '')
if (c[2] == ARGV[2] or c[2] == ARGV[15]) and c[3] == ARGV[3] and c[4] == ARGV[4] and c[5] == '0' then
  lanes.spend(prefix, KEYS[1], lanes.both(live, who, lane))
  lanes.replace(prefix, live, who, lane)
  redis.call('DEL', fails)
  if c[11] == '0' then -- a code that was given back is counted once
    guard.used(cjson.decode(c[9]))
  end
  lanes.know(prefix, who, lane, network, ARGV[12], tonumber(ARGV[13]))
  return {'ok', c[6], c[7], c[10], c[12] or '0'}
end
if left <= 0 then
  lanes.replace(prefix, live, who, lane)
  redis.call('DEL', KEYS[1])
end
guard.charge(plan, verdict)
-- Failures are counted per lane and address as well, so that a new code buys no
-- new guesses.
redis.call('INCR', fails)
redis.call('PEXPIRE', fails, ARGV[10])
redis.call('PEXPIRE', prefix .. 'counts', ARGV[10]) -- it outlives every count
local lock = lanes.key(prefix .. 'lock:', who, lane)
local hour, day = lanes.key(prefix .. 'hour:', who, lane), lanes.key(prefix .. 'day:', who, lane)
if lanes.count(hour, 3600000) >= tonumber(ARGV[6]) then
  redis.call('SET', lock, '1', 'PX', ARGV[7])
  redis.call('DEL', hour)
end
if lanes.count(day, 86400000) >= tonumber(ARGV[8]) then
  redis.call('SET', lock, '1', 'PX', redis.call('PTTL', day))
end
return {'wrong', c[6], c[7], left}
