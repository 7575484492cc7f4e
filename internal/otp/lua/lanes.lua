-- What the scripts share that ask for codes and answer them, after the guard's
-- library.
--
-- A lane keeps those apart who ask for codes of one address: a network from
-- which the address was proven has one of its own, ":<network>", everybody else
-- shares "". Each has its live code, its cooldown, its lock and its counts.
--
-- who, lane and network are texts of two names while the secret of pseudonyms is
-- changed, see guard.names: a key stands under one of them.
local lanes = {}

-- The key of an address and a lane, once what stands under the other name has moved
-- to it. Where there is something under both, a node has counted that knew one name
-- only: counts add up, and the longer life holds.
function lanes.key(prefix, who, lane)
  local suffix, others = guard.names(lane)
  if not string.find(who, '|', 1, true) then
    return prefix .. who .. suffix
  end
  local name, other = guard.names(who)
  local key = prefix .. name .. suffix
  if suffix ~= '' and others == '' then
    return key
  end
  other = prefix .. other .. others
  if redis.call('EXISTS', other) == 0 then
    return key
  end
  if redis.call('EXISTS', key) == 0 then
    redis.call('RENAME', other, key)
    return key
  end
  local n = (tonumber(redis.call('GET', key)) or 0) + (tonumber(redis.call('GET', other)) or 0)
  local life = math.max(redis.call('PTTL', key), redis.call('PTTL', other))
  redis.call('SET', key, string.format('%d', n), 'PX', life)
  redis.call('DEL', other)
  return key
end

-- The same as a text of the keys it may stand under, nothing moved.
function lanes.both(prefix, who, lane)
  local name, other = guard.names(who)
  local suffix, others = guard.names(lane)
  if other == '' or (suffix ~= '' and others == '') then
    return prefix .. name .. suffix
  end
  return prefix .. name .. suffix .. '|' .. prefix .. other .. others
end

-- Ends the live code of a lane, under whichever name it is.
function lanes.replace(prefix, live, who, lane)
  local suffixes = {guard.names(lane)}
  for i, name in ipairs({guard.names(who)}) do
    local key = live .. name .. suffixes[i]
    local old = name ~= '' and redis.call('GET', key)
    if old then
      redis.call('DEL', key, prefix .. 'c:' .. old)
    end
  end
end

-- A text of two names in the other order, as a node writes it whose first secret is
-- the second one here.
function lanes.turned(text)
  local name, other = guard.names(text)
  return other == '' and text or other .. '|' .. name
end

-- Has Redis lost the counts? Then they are first restored, see restore.lua: until
-- then nothing is sent or compared.
function lanes.lost(prefix)
  return redis.call('EXISTS', prefix .. 'counts') == 0
end

function lanes.of(prefix, who, network)
  local name, other = guard.names(network)
  local lane = other == '' and ':' .. name or ':' .. name .. '|:' .. other
  lanes.rename(prefix, who, network)
  if redis.call('EXISTS', lanes.key(prefix .. 'known:', who, lane)) == 1 then
    return lane
  end
  return ''
end

-- Lists a known network under the name that its key is about to have.
function lanes.rename(prefix, who, network)
  local now, was = guard.names(who)
  local name, other = guard.names(network)
  if was == '' or other == '' then
    return
  end
  local from, to = prefix .. 'networks:' .. was, prefix .. 'networks:' .. now
  local life = redis.call('PTTL', from)
  if redis.call('SREM', from, other) == 1 then
    redis.call('SADD', to, name)
    redis.call('PEXPIRE', to, math.max(life, redis.call('PTTL', to)))
  end
end

-- Until when codes are disabled for strangers, in ms; most is the cap of
-- failures in a row.
function lanes.disabled(prefix, who, lane, most)
  local fails = lanes.key(prefix .. 'fails:', who, '')
  if lane == '' and tonumber(redis.call('GET', fails) or 0) >= most then
    return redis.call('PTTL', fails)
  end
  return 0
end

-- May a code be sent? Reads only. lifted is true where the cooldown does not count.
function lanes.judge(plan, prefix, who, lane, most, lifted)
  local verdict = guard.decide(plan, lane)
  if not lifted then
    guard.worse(verdict, 'cooldown', redis.call('PTTL', lanes.key(prefix .. 'cool:', who, lane)), '')
  end
  guard.worse(verdict, 'locked', redis.call('PTTL', lanes.key(prefix .. 'lock:', who, lane)), '')
  guard.worse(verdict, 'locked', lanes.disabled(prefix, who, lane, most), '')
  if verdict.wait > 0 then
    return verdict, {'refused', verdict.class, verdict.wait, verdict.key}
  end
  if verdict.soft and plan.captcha then
    return verdict, {'captcha'}
  end
  return verdict, nil
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
-- one, after that twice as long; 0 is none. Returns when the next may be asked for, and alerts.
function lanes.sent(plan, verdict, prefix, who, lane, cooldown)
  local rest, alerts = guard.charge(plan, verdict)
  if lanes.count(lanes.key(prefix .. 'sent:', who, lane), 3600000) > 2 then
    cooldown = 2 * cooldown
  end
  if cooldown > 0 then
    redis.call('SET', lanes.key(prefix .. 'cool:', who, lane), '1', 'PX', cooldown)
  end
  if rest > cooldown then
    -- For the status route: the bucket itself refuses.
    redis.call('SET', lanes.key(prefix .. 'rest:', who, lane), '1', 'PX', rest)
  end
  return math.max(rest, cooldown), alerts
end

-- Remembers that the address was proven from a network; not more than most of
-- them, so that the lanes, and with them what may be sent, stay bounded.
function lanes.know(prefix, who, lane, network, life, most)
  local rest = redis.call('PTTL', lanes.key(prefix .. 'cool:', who, lane))
  local name, other = guard.names(network)
  local own = other == '' and ':' .. name or ':' .. name .. '|:' .. other
  lanes.rename(prefix, who, network)
  local key = lanes.key(prefix .. 'known:', who, own)
  local n = 0
  for _, holder in ipairs({guard.names(who)}) do
    local all = prefix .. 'networks:' .. holder
    for _, known in ipairs(redis.call('SMEMBERS', all)) do
      if known == name or redis.call('EXISTS', prefix .. 'known:' .. holder .. ':' .. known) == 0 then
        redis.call('SREM', all, known)
      else
        n = n + 1
      end
    end
  end
  if n < most then
    local all = prefix .. 'networks:' .. guard.names(who)
    redis.call('SADD', all, name)
    redis.call('PEXPIRE', all, life)
    redis.call('SET', key, '1', 'PX', life)
    local cool = lanes.key(prefix .. 'cool:', who, own)
    if rest > redis.call('PTTL', cool) then
      redis.call('SET', cool, '1', 'PX', rest) -- a new lane is no way around it
    end
  end
end

-- Sets a challenge aside whose code was right, for as long as what the code is for
-- may take: giveback.lua puts it back if that failed through no fault of the code.
function lanes.spend(prefix, challenge, live)
  local life = redis.call('PTTL', challenge)
  local spent = prefix .. 'spent:' .. challenge:sub(#prefix + 3) -- behind 'c:'
  redis.call('RENAME', challenge, spent)
  redis.call('HSET', spent, 'live', live, 'left', life)
  redis.call('PEXPIRE', spent, math.min(life, 30000))
end
