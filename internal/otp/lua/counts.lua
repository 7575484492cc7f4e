-- What sends and wrong codes count in a lane, after lanes.lua.

-- Says whether failures in a row disable codes: 'no', 'captcha' where a solved one
-- opens them once more, or 'yes'. most is the cap of NIST SP 800-63B-4; strangers
-- reach it at three quarters and one network of them at a quarter, so that what is
-- left is the owner's.
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

-- Adds to a verdict what locks the lane. captcha says that one can be asked for,
-- solved that it was.
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

-- May a code be sent? Reads only. lifted is true where the cooldown does not count. A
-- plan to look at ends here: what it costs in other slots is charged first.
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

-- Counts one more within a window that begins with the first, and returns how many.
function lanes.count(key, window)
  local n = redis.call('INCR', key)
  if n == 1 then
    redis.call('PEXPIRE', key, window)
  end
  return n
end

-- Counts the send. The cooldown of the first two of an hour is the configured
-- one, after that twice as long; 0 is none. Returns when the next may be asked for,
-- alerts, and what lanes.unsent needs.
function lanes.sent(plan, verdict, lane, cooldown)
  local rest, alerts, counted = guard.charge(plan, verdict, lane.known and plan.holder)
  if lanes.count(lanes.key(lane, 'sent', lane.name), 3600000) > 2 then
    cooldown = 2 * cooldown
  end
  if cooldown > 0 then
    redis.call('SET', lanes.key(lane, 'cool', lane.name), '1', 'PX', cooldown)
  end
  if rest > cooldown then
    -- For the status route: the bucket itself refuses.
    redis.call('SET', lanes.key(lane, 'rest', lane.name), '1', 'PX', rest)
  end
  return math.max(rest, cooldown), alerts, counted
end

-- Takes back a send that lanes.sent has counted.
function lanes.unsent(plan, lane, counted)
  redis.call('DEL', lanes.key(lane, 'cool', lane.name), lanes.key(lane, 'rest', lane.name))
  local sent = lanes.key(lane, 'sent', lane.name)
  if tonumber(redis.call('GET', sent) or 0) > 0 then
    redis.call('DECR', sent)
  end
  guard.refund(plan, counted)
end

-- Counts a failure of a lane or a network, which rests from the limit of an hour or
-- a day on. Returns the counts.
local function strike(lane, of, limits)
  local hour = lanes.count(lanes.key(lane, 'hour', of), 3600000)
  local day = lanes.count(lanes.key(lane, 'day', of), 86400000)
  if hour >= limits.hour or day >= limits.day then
    redis.call('SET', lanes.key(lane, 'lock', of), '1', 'PX', limits.lock)
  end
  return hour, day
end

-- The counts of the address that have just changed, as the database keeps them: of
-- all lanes together, for it does not tell them apart.
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

-- Ends the failures in a row. Returns the counts if that changed them, and else {}.
function lanes.proven(lane, memory)
  if redis.call('DEL', lanes.key(lane, 'fails'), lanes.key(lane, 'failsby')) == 0 then
    return {}
  end
  return row(lane, memory)
end

-- Counts a failure, and returns the counts. They are of the address, so that a new
-- code buys no new guesses. One network of strangers adds to what locks them all no
-- more than half of it.
function lanes.failed(lane, limits)
  local fails, by = lanes.key(lane, 'fails'), lanes.key(lane, 'failsby')
  redis.call('INCR', fails)
  redis.call('PEXPIRE', fails, limits.memory)
  redis.call('PEXPIRE', lane.prefix .. 'counts', limits.memory) -- it outlives every count
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
