-- The counts of sends and wrong codes in a lane. Follows lanes.lua.

-- Returns whether failures in a row disable codes: 'no', 'captcha' if a solved one enables
-- the next code, or 'yes'. most is the cap of NIST SP 800-63B-4. Strangers reach it at three
-- quarters and one network of strangers at a quarter; the rest is reserved for the owner.
local function disabled(lane, most)
  local fails = tonumber(redis.call('GET', lanes.key(lane, 'fails')) or 0)
  if lane.known then
    return fails >= most and 'captcha' or 'no'
  elseif fails >= most then
    return 'yes'
  end
  local mine = tonumber(redis.call('HGET', lanes.key(lane, 'failsby'), lane.network) or 0)
  return (fails >= most * 3 / 4 or mine >= most / 4) and 'captcha' or 'no'
end

-- Adds the locks of the lane to a verdict. captcha says whether one can be requested,
-- solved whether one was solved.
function lanes.locked(verdict, lane, most, captcha, solved)
  for _, of in ipairs({lane.name, lane.own}) do
    guard.worse(verdict, 'locked', redis.call('PTTL', lanes.key(lane, 'lock', of)), '')
  end
  local state = disabled(lane, most)
  if state == 'captcha' and captcha then
    verdict.soft = true
  elseif state == 'yes' or state == 'captcha' and not solved then
    guard.worse(verdict, 'locked', redis.call('PTTL', lanes.key(lane, 'fails')), '')
  end
end

-- Returns whether a code may be sent. Reads only. lifted is true if the cooldown does not
-- apply. A plan with look set ends here: its charges in other slots are made first.
function lanes.judge(plan, lane, most, lifted)
  local verdict = guard.decide(plan, lane.known and plan.holder)
  if not lifted then
    guard.worse(verdict, 'cooldown', redis.call('PTTL', lanes.key(lane, 'cool', lane.name)), '')
  end
  lanes.locked(verdict, lane, most, plan.captcha, plan.solved)
  if verdict.wait > 0 then
    return verdict, {'refused', verdict.class, verdict.wait, verdict.key}
  end
  if verdict.soft and plan.captcha then
    return verdict, {'captcha'}
  end
  return verdict, plan.look and {'look', lane.known and plan.holder and '1' or '0'} or nil
end

-- Increments a counter whose window begins with the first count, and returns it.
function lanes.count(key, window)
  local n = redis.call('INCR', key)
  if n == 1 then
    redis.call('PEXPIRE', key, window)
  end
  return n
end

-- Counts a send. The first two sends of an hour have the configured cooldown, later ones
-- twice that; 0 means none. Returns the time to the next send, the alerts, and the argument
-- of lanes.unsent.
function lanes.sent(plan, verdict, lane, cooldown)
  local rest, alerts, counted = guard.charge(plan, verdict, lane.known and plan.holder)
  if lanes.count(lanes.key(lane, 'sent', lane.name), 3600000) > 2 then
    cooldown = 2 * cooldown
  end
  if cooldown > 0 then
    redis.call('SET', lanes.key(lane, 'cool', lane.name), '1', 'PX', cooldown)
  end
  if rest > cooldown then
    -- For the status route; the bucket itself does the refusing.
    redis.call('SET', lanes.key(lane, 'rest', lane.name), '1', 'PX', rest)
  end
  return math.max(rest, cooldown), alerts, counted
end

-- Reverts lanes.sent.
function lanes.unsent(plan, lane, counted)
  redis.call('DEL', lanes.key(lane, 'cool', lane.name), lanes.key(lane, 'rest', lane.name))
  local sent = lanes.key(lane, 'sent', lane.name)
  if tonumber(redis.call('GET', sent) or 0) > 0 then
    redis.call('DECR', sent)
  end
  guard.refund(plan, counted)
end

-- Counts a failure of a lane or a network, and locks it at the limit of an hour or a day.
-- Returns the counts.
local function strike(lane, of, limits)
  local hour = lanes.count(lanes.key(lane, 'hour', of), 3600000)
  local day = lanes.count(lanes.key(lane, 'day', of), 86400000)
  if hour >= limits.hour or day >= limits.day then
    redis.call('SET', lanes.key(lane, 'lock', of), '1', 'PX', limits.lock)
  end
  return hour, day
end

-- The changed counts of the address as the database keeps them: the sum of all lanes,
-- because the database does not distinguish lanes.
local function row(lane, memory)
  local rev = lanes.key(lane, 'rev')
  local list = {lane.who, redis.call('INCR', rev)}
  redis.call('PEXPIRE', rev, memory)
  for _, name in ipairs({'fails', 'hourall', 'dayall'}) do
    local key = lanes.key(lane, name)
    list[#list + 1] = tonumber(redis.call('GET', key) or 0)
    list[#list + 1] = math.max(0, redis.call('PTTL', key))
  end
  return list
end

-- Resets the failures in a row. Returns the counts if that changed them, otherwise {}.
function lanes.proven(lane, memory)
  if redis.call('DEL', lanes.key(lane, 'fails'), lanes.key(lane, 'failsby')) == 0 then
    return {}
  end
  return row(lane, memory)
end

-- Counts a failure, and returns the counts. They belong to the address, so a new code grants
-- no new guesses. One network of strangers contributes at most half of what locks all
-- strangers.
function lanes.failed(lane, limits)
  local fails, by = lanes.key(lane, 'fails'), lanes.key(lane, 'failsby')
  redis.call('INCR', fails)
  redis.call('PEXPIRE', fails, limits.memory)
    redis.call('PEXPIRE', lane.prefix .. 'counts', limits.memory) -- outlives every count
  local hour, day = strike(lane, lane.own, limits)
  if not lane.known then
    redis.call('HINCRBY', by, lane.network, 1)
    redis.call('PEXPIRE', by, limits.memory)
    if hour * 2 <= limits.hour and day * 2 <= limits.day then
      strike(lane, '', limits)
    end
  end
  lanes.count(lanes.key(lane, 'hourall'), 3600000)
  lanes.count(lanes.key(lane, 'dayall'), 86400000)
  return row(lane, limits.memory)
end
