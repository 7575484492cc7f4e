-- The life of challenges: open, reserved, ended. Follows lanes.lua.

-- Makes a challenge the live one of its network and ends the previous one, which is kept for
-- takeback.lua and whose id is returned, or ''. The codes of other networks stay valid, so
-- nobody can void a code that somebody else holds. At most most strangers have a live code;
-- the oldest one ends.
function lanes.live(lane, open, id, life, most)
  local flat, strangers, before = redis.call('HGETALL', open), {}, ''
  for i = 1, #flat, 2 do
    local network, challenge = flat[i], lane.prefix .. 'c:' .. flat[i + 1]
    local rest = redis.call('PTTL', challenge)
    if network == lane.network and rest > 0 then
      before = flat[i + 1]
      redis.call('RENAME', challenge, lane.prefix .. 'was:' .. id)
    elseif network == lane.network or rest <= 0 then
      redis.call('DEL', challenge)
      redis.call('HDEL', open, network)
    elseif redis.call('HGET', challenge, 'lane') == '' then
      strangers[#strangers + 1] = {network = network, challenge = challenge, rest = rest}
    end
  end
  table.sort(strangers, function(x, y) return x.rest < y.rest end)
  for i = 1, lane.known and 0 or #strangers + 1 - most do
    redis.call('DEL', strangers[i].challenge)
    redis.call('HDEL', open, strangers[i].network)
  end
  redis.call('HSET', open, lane.network, id)
  redis.call('PEXPIRE', open, life)
  return before
end

-- Makes a challenge the live one of its network again.
local function reopen(open, network, id, life)
  redis.call('HSET', open, network, id)
  if redis.call('PTTL', open) < life then
    redis.call('PEXPIRE', open, life)
  end
end

-- Reverts lanes.live.
function lanes.unlive(lane, open, id, before)
  lanes.done(lane, open, id)
  local was = lane.prefix .. 'was:' .. id
  local life = redis.call('PTTL', was)
  if before ~= '' and life > 0 then
    redis.call('RENAME', was, lane.prefix .. 'c:' .. before)
    reopen(open, lane.network, before, life)
  end
end

local function close(lane, open, id)
  if redis.call('HGET', open, lane.network) == id then
    redis.call('HDEL', open, lane.network)
  end
end

-- Ends a challenge.
function lanes.done(lane, open, id)
  redis.call('DEL', lane.prefix .. 'c:' .. id)
  close(lane, open, id)
end

-- Reserves a challenge whose code was correct for lent ms, while the operation it authorizes
-- runs. It is then deleted, or restored if the operation failed for another reason. If
-- neither happens because a process was killed or Redis did not respond, the next lookup
-- after that time restores it.
function lanes.spend(lane, open, id, lent)
  local challenge, spent = lane.prefix .. 'c:' .. id, lane.prefix .. 'spent:' .. id
  redis.call('RENAME', challenge, spent)
  redis.call('HSET', spent, 'open', open, 'slot', lane.network, 'lent', '1', 'back', '0')
  if lane.was ~= '' then
    local other = string.sub(open, 1, #open - #lane.who) .. lane.was
    redis.call('HSET', spent, 'openWas', other, 'slotWas', lane.networkWas)
  end
  redis.call('SET', lane.prefix .. 'lent:' .. id, '1', 'PX', lent)
  close(lane, open, id)
end

-- Restores a reserved challenge, unless a newer one of its network has replaced it or it was
-- restored too often.
function lanes.giveBack(prefix, id, most)
  local spent = prefix .. 'spent:' .. id
  local c = redis.call('HMGET', spent, 'lent', 'open', 'slot', 'openWas', 'slotWas')
  if not c[1] then
        return -- missing, or from a node that does not reserve
  end
  redis.call('DEL', prefix .. 'lent:' .. id)
  -- One of two names while the secret of pseudonyms is rotated.
  local newer = redis.call('HEXISTS', c[2], c[3]) == 1 or c[4] and redis.call('HEXISTS', c[4], c[5]) == 1
  if newer or redis.call('HINCRBY', spent, 'returns', 1) > most then
    redis.call('DEL', spent)
    return
  end
  redis.call('RENAME', spent, prefix .. 'c:' .. id)
  reopen(c[2], c[3], id, redis.call('PTTL', prefix .. 'c:' .. id))
end

-- Returns how long a challenge remains reserved, if the answer is correct. The attempt is
-- counted before it is compared. Any other answer gets 0.
function lanes.lent(prefix, id, answer)
  local spent = prefix .. 'spent:' .. id
  local c = redis.call('HMGET', spent, 'lent', 'digest', 'purpose', 'user', 'decoy')
  if not c[1] or redis.call('HINCRBY', spent, 'tries', 1) > answer.most then
    return 0
  end
  if not answer.right(c[2], c[3], c[4], c[5]) then
    return 0
  end
  redis.call('HINCRBY', spent, 'tries', -1)
  return math.max(0, redis.call('PTTL', prefix .. 'lent:' .. id))
end
