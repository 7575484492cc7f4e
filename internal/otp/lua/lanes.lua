-- What the scripts share that ask for codes and answer them, after the guard's
-- library.
--
-- A lane keeps those apart who ask for codes of one address. A network from which
-- the address was proven is known and has a lane of its own, ":<network>", with its
-- cooldown, its counts and its lock. All others are strangers and share the lane "",
-- but each network of theirs has a live code, counts and a lock of its own as well,
-- so that no stranger alone keeps the others out.
--
-- While the secret of pseudonyms is changed, who and network are texts of two names,
-- see bucket.names: what is kept stands under one of them, and moves to this node's
-- when the lane is looked at.
local lanes = {}

-- Has Redis lost the counts of who, a text of names, or '' for nobody? Then they are
-- first restored, see restore.lua: until then nothing is sent or compared. The key
-- "counts" goes with all counts; "lost" is there while counts of before may be missing,
-- and names the loss, as does the mark of an address that was restored since. Returns
-- that name as well, '' without a loss.
function lanes.lost(prefix, who)
  local name, other = bucket.names(who)
  local state = redis.call('MGET', prefix .. 'counts', prefix .. 'lost', prefix .. 'restored:' .. name)
  local loss = state[2] or ''
  if not state[1] then
    return true, loss
  elseif loss == '' or who == '' or state[3] == loss then
    return false, loss
  end
  return other == '' or redis.call('GET', prefix .. 'restored:' .. other) ~= loss, loss
end

-- Was a challenge opened before the loss? Then it may have been used or exhausted
-- since, of which Redis knows nothing any more: it is as good as gone. age is the loss
-- that it was opened after.
function lanes.old(age, loss)
  return age and loss ~= '' and age ~= loss
end

-- A text of two names in the other order, as a node writes it whose first secret is
-- the second one here.
function lanes.turned(text)
  local name, other = bucket.names(text)
  return other == '' and text or other .. '|' .. name
end

-- Moves a key to another name. Where there is something under both, a node has
-- counted that knew one name only: counts add up, and the longer life holds.
local function move(from, to)
  if redis.call('EXISTS', from) == 0 then
    return
  end
  if redis.call('EXISTS', to) == 0 then
    redis.call('RENAME', from, to)
    return
  end
  local n = (tonumber(redis.call('GET', from)) or 0) + (tonumber(redis.call('GET', to)) or 0)
  local life = math.max(redis.call('PTTL', from), redis.call('PTTL', to))
  redis.call('SET', to, string.format('%d', n), 'PX', life)
  redis.call('DEL', from)
end

-- Moves a hash whose fields are networks; put writes a field.
local function moveFields(lane, from, to, put)
  local flat, life = redis.call('HGETALL', from), math.max(redis.call('PTTL', from), redis.call('PTTL', to))
  for i = 1, #flat, 2 do
    local field = flat[i]
    if field == lane.networkWas then
      field = lane.network
    end
    put(field, flat[i + 1])
  end
  if #flat > 0 then
    redis.call('DEL', from)
    redis.call('PEXPIRE', to, life)
  end
end

-- Moves what stands under the other names of the address and of this network.
local function adopt(lane)
  local function keys(kind, ofWas, of)
    move(lane.prefix .. kind .. ':' .. lane.was .. ofWas, lane.prefix .. kind .. ':' .. lane.who .. of)
  end
  local own = ':' .. lane.networkWas
  for _, kind in ipairs({'fails', 'hourall', 'dayall', 'rev'}) do
    keys(kind, '', '')
  end
  keys('known', own, lane.own)
  for _, kind in ipairs({'cool', 'rest', 'lock', 'sent', 'hour', 'day'}) do
    keys(kind, '', '')
    keys(kind, own, lane.own)
  end
  local failsby = lane.prefix .. 'failsby:' .. lane.who
  moveFields(lane, lane.prefix .. 'failsby:' .. lane.was, failsby, function(network, n)
    redis.call('HINCRBY', failsby, network, n)
  end)
  local from, to = lane.prefix .. 'networks:' .. lane.was, lane.prefix .. 'networks:' .. lane.who
  local life = redis.call('PTTL', from)
  if redis.call('SREM', from, lane.networkWas) == 1 then
    redis.call('SADD', to, lane.network)
    redis.call('PEXPIRE', to, math.max(life, redis.call('PTTL', to)))
  end
end

-- The lane of who asks now.
function lanes.of(prefix, who, network)
  local lane = lanes.back(prefix, who, '', network)
  if redis.call('EXISTS', prefix .. 'known:' .. lane.who .. lane.own) == 1 then
    lane.name, lane.known = lane.own, true
  end
  return lane
end

-- The lane in which a challenge was asked for; name is '' for strangers.
function lanes.back(prefix, who, name, network)
  local lane = {prefix = prefix, known = name ~= ''}
  lane.who, lane.was = bucket.names(who)
  lane.network, lane.networkWas = bucket.names(network or '')
  lane.own = ':' .. lane.network
  lane.name = lane.known and lane.own or ''
  if lane.was ~= '' then
    adopt(lane)
  end
  return lane
end

-- The key of the live codes of a lane's address, by network.
function lanes.open(lane, purpose, user)
  local key = lane.prefix .. 'open:' .. purpose .. ':' .. user .. ':'
  local open = key .. lane.who
  if lane.was ~= '' then
    moveFields(lane, key .. lane.was, open, function(network, id)
      if redis.call('HSETNX', open, network, id) == 0 then
        redis.call('DEL', lane.prefix .. 'c:' .. id) -- one live code of a network
      end
    end)
  end
  return open
end

-- The name of a key of the address; of a lane, if one is named.
function lanes.key(lane, name, of)
  return lane.prefix .. name .. ':' .. lane.who .. (of or '')
end

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

-- Makes a challenge the live one of its network, whose last one ends: it is kept
-- aside for takeback.lua, and its id returned, or ''. Those of other networks go on:
-- nobody's asking voids a code that somebody else holds. Of strangers no more than
-- most live at once; the oldest ends.
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

-- Takes back what lanes.live did.
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

-- Sets a challenge aside whose code was right. While it is lent, what the code is
-- for is done; then it is deleted, or put back if that failed through no fault of the
-- code. Where neither happened, because a process was killed or Redis did not answer,
-- it is put back when somebody asks for it after that time.
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

-- Puts a challenge back that was set aside, unless a newer one of its network has
-- taken its place or it was put back too often.
function lanes.giveBack(prefix, id, most)
  local spent = prefix .. 'spent:' .. id
  local c = redis.call('HMGET', spent, 'lent', 'open', 'slot', 'openWas', 'slotWas')
  if not c[1] then
    return -- not there, or of a node that lends nothing
  end
  redis.call('DEL', prefix .. 'lent:' .. id)
  -- Of two names while the secret of pseudonyms is changed.
  local newer = redis.call('HEXISTS', c[2], c[3]) == 1 or c[4] and redis.call('HEXISTS', c[4], c[5]) == 1
  if newer or redis.call('HINCRBY', spent, 'returns', 1) > most then
    redis.call('DEL', spent)
    return
  end
  redis.call('RENAME', spent, prefix .. 'c:' .. id)
  reopen(c[2], c[3], id, redis.call('PTTL', prefix .. 'c:' .. id))
end

-- For how long a challenge that was set aside is still lent, where the answer given
-- is right, which is counted before it is compared. 0 is told to everybody else.
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

-- Remembers that the address was proven from a network; not more than most of
-- them, so that the lanes stay bounded.
function lanes.know(lane, from, life, most)
  local network, was = bucket.names(from)
  if was ~= '' then
    lanes.back(lane.prefix, lane.who .. '|' .. lane.was, '', from)
  end
  local all, n = lanes.key(lane, 'networks'), 0
  local rest = redis.call('PTTL', lanes.key(lane, 'cool', lane.name))
  for _, known in ipairs(redis.call('SMEMBERS', all)) do
    if known == network or redis.call('EXISTS', lanes.key(lane, 'known', ':' .. known)) == 0 then
      redis.call('SREM', all, known)
    else
      n = n + 1
    end
  end
  if n < most then
    redis.call('SADD', all, network)
    redis.call('PEXPIRE', all, life)
    redis.call('SET', lanes.key(lane, 'known', ':' .. network), '1', 'PX', life)
    local cool = lanes.key(lane, 'cool', ':' .. network)
    if rest > redis.call('PTTL', cool) then
      redis.call('SET', cool, '1', 'PX', rest) -- a new lane is no way around it
    end
  end
end
