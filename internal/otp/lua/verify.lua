-- Counts an attempt, then compares, then consumes, in one step: parallel guesses are compared
-- no more often than the challenge allows, and only one of parallel correct answers succeeds.
-- It compares two keyed digests, which a caller cannot steer towards each other. A client
-- that failed too often, and a locked lane, change nothing.
-- KEYS  challenge
-- ARGV  key prefix, id, digest of the code, purpose, user, attempts per challenge,
--       failures per hour, lock ms, failures per day, maximum failures in a row,
--       retention of those ms, network, life of a known network ms, maximum of them,
--       plan of a failure, digest under the other pepper or '', order of names, maximum
--       number of times that a challenge is restored, reservation ms
-- reply a word, the challenge's sealed address and its channel, followed for
--       'refused' by limit, wait ms, bucket; for 'wrong' by the attempts left and the counts
--       of the address; for 'ok' by the holder, the epoch, the locale, the counts if that
--       changed them, '1' if it was restored before, and the conversions to count in other
--       slots; for 'lent' by how long another request still has it reserved; or 'gone'; or
--       'lost' with the address's pseudonym only
local prefix, id, digest, purpose, user, attempts, perHour, lock, perDay, inARow,
  retention, network, knownLife, mostKnown, planText, otherDigest, order, mostReturns, reserved = unpack(ARGV)
local plan = cjson.decode(planText)
if redis.call('EXISTS', KEYS[1], prefix .. 'lent:' .. id) == 0 then
  lanes.giveBack(prefix, id, tonumber(mostReturns))
end
local c = redis.call('HMGET', KEYS[1], 'who', 'digest', 'purpose', 'user', 'decoy', 'address', 'channel', 'lane', 'network',
  'conversion', 'holder', 'solved', 'returns', 'epoch', 'names', 'locale', 'age', 'back', 'elsewhere')
local who = c[1]
if c[15] and c[15] ~= order then
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
  lanes.locked(verdict, lane, tonumber(inARow), false, c[12] == '1')
end
if verdict.wait > 0 then
  return {'refused', c[6] or '', c[7] or '', verdict.class, verdict.wait, verdict.key}
end
local function right(itsDigest, itsPurpose, itsUser, decoy)
  return (itsDigest == digest or itsDigest == otherDigest) and itsPurpose == purpose and itsUser == user and decoy == '0'
end
if not who then
  local lent = lanes.lent(prefix, id, {right = right, most = tonumber(attempts)})
  if lent > 0 then
    return {'lent', '', '', lent}
  end
  guard.charge(plan, verdict, false)
  return {'gone', '', ''}
end
local tries = redis.call('HINCRBY', KEYS[1], 'tries', 1)
local left = tonumber(attempts) - tries
local open = lanes.open(lane, c[3], c[4])
if right(c[2], c[3], c[4], c[5]) then
  local counts = lanes.proven(lane, retention)
  lanes.spend(lane, open, id, reserved)
    local first = c[13] == '0' -- a restored code is counted once
  if first then
    guard.used(cjson.decode(c[10]))
  end
  lanes.know(lane, network, knownLife, tonumber(mostKnown))
  return {'ok', c[6], c[7], c[11], c[14] or '0', c[16] or '', counts, c[18] or '0', first and c[19] or ''}
end
if left <= 0 then
  lanes.done(lane, open, id)
end
guard.charge(plan, verdict, false)
local counts = lanes.failed(lane, {
  hour = tonumber(perHour), lock = lock, day = tonumber(perDay), memory = retention,
})
return {'wrong', c[6], c[7], left, counts}
