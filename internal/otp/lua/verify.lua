-- Counts a try, then compares, then consumes: one step, so that no number of
-- parallel guesses is compared more often than the challenge allows, and no
-- number of parallel right answers gets more than one yes. What is compared are
-- two keyed digests, which a caller cannot steer towards each other. A client
-- that failed too often, and a lane that is locked, change nothing.
-- KEYS  challenge
-- ARGV  key prefix, id, digest of the code, purpose, user, tries per challenge,
--       failures per hour, lock ms, failures per day, most failures in a row,
--       memory of those ms, network, life of a known network ms, most of them,
--       plan of a failure, digest under the other pepper or '', order of names, most
--       times that a challenge is put back, how long one is lent ms
-- reply a word, the challenge's sealed address and its channel, and then of
--       'refused' limit, wait ms and bucket, of 'wrong' the tries left and the counts
--       of the address, of 'ok' the holder, the epoch, the locale and the counts if
--       that changed them, '1' if it was given back and the conversions that are to be
--       counted in other slots, of 'lent' for how long
--       another request still does what the code is for; 'gone'; 'lost' with the
--       address's pseudonym alone
local prefix = ARGV[1]
local plan = cjson.decode(ARGV[15])
if redis.call('EXISTS', KEYS[1], prefix .. 'lent:' .. ARGV[2]) == 0 then
  lanes.giveBack(prefix, ARGV[2], tonumber(ARGV[18]))
end
local c = redis.call('HMGET', KEYS[1], 'who', 'digest', 'purpose', 'user', 'decoy', 'address', 'channel', 'lane', 'network',
  'conversion', 'holder', 'solved', 'returns', 'epoch', 'names', 'locale', 'age', 'back', 'elsewhere')
local who = c[1]
if c[15] and c[15] ~= ARGV[17] then
  who, c[9] = lanes.turned(who), lanes.turned(c[9])
end
local lost, loss = lanes.lost(prefix, who or '')
if lost then
  return {'lost', who or ''}
elseif lanes.old(c[17], loss) then
  who = false
end
local verdict = guard.decide(plan, false)
local lane
if who then
  lane = lanes.back(prefix, who, c[8], c[9])
  lanes.locked(verdict, lane, tonumber(ARGV[10]), false, c[12] == '1')
end
if verdict.wait > 0 then
  return {'refused', c[6] or '', c[7] or '', verdict.class, verdict.wait, verdict.key}
end
local function right(digest, purpose, user, decoy)
  return (digest == ARGV[3] or digest == ARGV[16]) and purpose == ARGV[4] and user == ARGV[5] and decoy == '0'
end
if not who then
  local lent = lanes.lent(prefix, ARGV[2], {right = right, most = tonumber(ARGV[6])})
  if lent > 0 then
    return {'lent', '', '', lent}
  end
  guard.charge(plan, verdict, false)
  return {'gone', '', ''}
end
local tries = redis.call('HINCRBY', KEYS[1], 'tries', 1)
local left = tonumber(ARGV[6]) - tries
local open = lanes.open(lane, c[3], c[4])
if right(c[2], c[3], c[4], c[5]) then
  local counts = lanes.proven(lane, ARGV[11])
  lanes.spend(lane, open, ARGV[2], ARGV[19])
  local first = c[13] == '0' -- a code that was given back is counted once
  if first then
    guard.used(cjson.decode(c[10]))
  end
  lanes.know(lane, ARGV[12], ARGV[13], tonumber(ARGV[14]))
  return {'ok', c[6], c[7], c[11], c[14] or '0', c[16] or '', counts, c[18] or '0', first and c[19] or ''}
end
if left <= 0 then
  lanes.done(lane, open, ARGV[2])
end
guard.charge(plan, verdict, false)
local counts = lanes.failed(lane, {
  hour = tonumber(ARGV[7]), lock = ARGV[8], day = tonumber(ARGV[9]), memory = ARGV[11],
})
return {'wrong', c[6], c[7], left, counts}
