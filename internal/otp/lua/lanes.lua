-- What the scripts share that ask for codes and answer them, after the guard's
-- library.
--
-- A lane keeps those apart who ask for codes of one address: a network from
-- which the address was proven has one of its own, ":<network>", everybody else
-- shares "". Each has its live code, its cooldown, its lock and its counts.
local lanes = {}

-- Has Redis lost the counts? Then they are first restored, see restore.lua: until
-- then nothing is sent or compared.
function lanes.lost(prefix)
  return redis.call('EXISTS', prefix .. 'counts') == 0
end

function lanes.of(prefix, who, network)
  if redis.call('EXISTS', prefix .. 'known:' .. who .. ':' .. network) == 1 then
    return ':' .. network
  end
  return ''
end

-- Until when codes are disabled for strangers, in ms; most is the cap of
-- failures in a row.
function lanes.disabled(prefix, who, lane, most)
  local fails = prefix .. 'fails:' .. who
  if lane == '' and tonumber(redis.call('GET', fails) or 0) >= most then
    return redis.call('PTTL', fails)
  end
  return 0
end

-- May a code be sent? Reads only. lifted is true where the cooldown does not count.
function lanes.judge(plan, prefix, who, lane, most, lifted)
  local verdict = guard.decide(plan, lane)
  if not lifted then
    guard.worse(verdict, 'cooldown', redis.call('PTTL', prefix .. 'cool:' .. who .. lane), '')
  end
  guard.worse(verdict, 'locked', redis.call('PTTL', prefix .. 'lock:' .. who .. lane), '')
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
  if lanes.count(prefix .. 'sent:' .. who .. lane, 3600000) > 2 then
    cooldown = 2 * cooldown
  end
  if cooldown > 0 then
    redis.call('SET', prefix .. 'cool:' .. who .. lane, '1', 'PX', cooldown)
  end
  if rest > cooldown then
    -- For the status route: the bucket itself refuses.
    redis.call('SET', prefix .. 'rest:' .. who .. lane, '1', 'PX', rest)
  end
  return math.max(rest, cooldown), alerts
end

-- Remembers that the address was proven from a network; not more than most of
-- them, so that the lanes, and with them what may be sent, stay bounded.
function lanes.know(prefix, who, lane, network, life, most)
  local all, n = prefix .. 'networks:' .. who, 0
  local rest = redis.call('PTTL', prefix .. 'cool:' .. who .. lane)
  for _, known in ipairs(redis.call('SMEMBERS', all)) do
    if known == network or redis.call('EXISTS', prefix .. 'known:' .. who .. ':' .. known) == 0 then
      redis.call('SREM', all, known)
    else
      n = n + 1
    end
  end
  if n < most then
    redis.call('SADD', all, network)
    redis.call('PEXPIRE', all, life)
    redis.call('SET', prefix .. 'known:' .. who .. ':' .. network, '1', 'PX', life)
    local cool = prefix .. 'cool:' .. who .. ':' .. network
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
