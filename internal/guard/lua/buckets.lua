-- The guard's buckets, put in front of every script that counts.
--
-- A bucket is a hash. Its field "base" makes a clock of its life: now is base
-- minus PTTL, in ms since the bucket was made, and whoever renews the life moves
-- base by as much. So all time is the lives of keys, and no node's clock counts.
-- What is counted at now is added to the slot floor(now / size) of a series and
-- counts until slot + slots + 1 begins: never shorter than the window, at most
-- one slot longer. Fields of slots are "<series>:<slot>".
--
-- decide and open read only, so that what is refused changes nothing.
--
-- While the secret of pseudonyms is changed, a key in a plan is a text of two names,
-- "<this node's>|<the other nodes'>". What is counted stands under one of them, and
-- moves to the one that is asked for.
local guard = {}

-- The two names of a text; the second is '' at any other time.
function guard.names(text)
  local bar = string.find(text, '|', 1, true)
  if bar then
    return string.sub(text, 1, bar - 1), string.sub(text, bar + 1)
  end
  return text, ''
end

function guard.open(key)
  local b = {key = key, now = 0, fields = {}}
  local left = redis.call('PTTL', key)
  if left < 0 then
    return b
  end
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    b.fields[flat[i]] = tonumber(flat[i + 1])
  end
  b.now = (b.fields.base or left) - left
  b.fields.base = nil
  return b
end

-- The slots that count, oldest first, and their sum.
local function live(b, rate)
  local list, total = {}, 0
  local first = math.floor(b.now / rate.size) - rate.slots
  for field, n in pairs(b.fields) do
    local series, slot = string.match(field, '^(.-):(%d+)$')
    slot = tonumber(slot)
    if series == rate.series and slot >= first then
      list[#list + 1] = {field = field, slot = slot, n = n}
      total = total + n
    end
  end
  table.sort(list, function(x, y) return x.slot < y.slot end)
  return list, total
end

-- How long a slot still counts.
local function rest(b, rate, slot)
  return (slot + rate.slots + 1) * rate.size - b.now
end

-- How long until amount fits into the rate: 0 if it does.
local function wait(b, rate, amount)
  if amount > rate.limit then
    return rate.slots * rate.size -- it never will
  end
  local list, total = live(b, rate)
  local over = total + amount - rate.limit
  local ms = 0
  for _, s in ipairs(list) do
    if over <= 0 then
      return ms
    end
    over, ms = over - s.n, rest(b, rate, s.slot)
  end
  return ms
end

-- Adds up two buckets of one thing, by the clock of the older one: a node has counted
-- that knew one of the names only. No slot counts for less time than before.
local function merge(key, other, rates)
  local a, b = guard.open(key), guard.open(other)
  local old, young = a, b
  if b.now > a.now then
    old, young = b, a -- not from themselves: the Lua of the Redis inside swaps wrongly
  end
  for _, rate in ipairs(rates) do
    for _, s in ipairs(live(young, rate)) do
      local field = rate.series .. ':' .. string.format('%d', math.ceil(s.slot + (old.now - young.now) / rate.size))
      old.fields[field] = (old.fields[field] or 0) + s.n
    end
  end
  local life = math.max(redis.call('PTTL', key), redis.call('PTTL', other))
  redis.call('DEL', key, other)
  old.fields.base = old.now + life
  for field, n in pairs(old.fields) do
    redis.call('HSET', key, field, string.format('%d', n))
  end
  redis.call('PEXPIRE', key, life)
end

-- The key of a bucket, once what stands under its other name has moved to it. A lane
-- is appended to both; one that has a single name has nothing under the other.
local function named(text, lane, rates)
  local key, other = guard.names(text)
  local suffix, others = guard.names(lane)
  key = key .. suffix
  if other == '' or (suffix ~= '' and others == '') then
    return key
  end
  other = other .. others
  if redis.call('EXISTS', other) == 1 then
    if redis.call('EXISTS', key) == 1 then
      merge(key, other, rates)
    else
      redis.call('RENAME', other, key)
    end
  end
  return key
end

local function converted(c)
  return guard.open(named(c.key, '', {c.sent, c.used}))
end

-- How long until too few of what was sent was used no longer holds.
local function starved(b, c)
  local sent, n = live(b, c.sent)
  local used, m = live(b, c.used)
  local i, j, ms = 1, 1, 0
  while n >= c.min and m * 100 < n * c.percent do
    local slot = math.min(sent[i] and sent[i].slot or math.huge, used[j] and used[j].slot or math.huge)
    if sent[i] and sent[i].slot == slot then
      n, i = n - sent[i].n, i + 1
    end
    if used[j] and used[j].slot == slot then
      m, j = m - used[j].n, j + 1
    end
    ms = rest(b, c.sent, slot)
  end
  return ms
end

function guard.worse(verdict, class, ms, key)
  if ms > verdict.wait then
    verdict.class, verdict.wait, verdict.key = class, ms, key
  end
end

-- Judges a plan. lane is appended to the keys of buckets that are of a lane.
-- verdict.wait is 0 where nothing refuses; soft says that money runs low, shadow
-- lists what would have been refused.
function guard.decide(plan, lane)
  local verdict = {wait = 0, soft = false, shadow = {}, open = {}}
  for i, bucket in ipairs(plan.buckets) do
    local b = guard.open(named(bucket.key, bucket.lane and lane or '', bucket.rates))
    verdict.open[i] = b
    for _, rate in ipairs(bucket.rates) do
      guard.worse(verdict, bucket.class, wait(b, rate, bucket.amount), bucket.key)
      if bucket.soft then
        local _, total = live(b, rate)
        verdict.soft = verdict.soft or total + bucket.amount > rate.limit * bucket.soft / 100
      end
    end
  end
  for _, c in ipairs(plan.conversion) do
    local ms = starved(converted(c), c)
    if c.enforce then
      guard.worse(verdict, 'conversion', ms, c.key)
    elseif ms > 0 then
      verdict.shadow[#verdict.shadow + 1] = c.scope
    end
  end
  return verdict
end

local function add(b, rate, amount)
  local field = rate.series .. ':' .. string.format('%d', math.floor(b.now / rate.size))
  b.fields[field] = redis.call('HINCRBY', b.key, field, amount)
end

-- Drops the slots that no longer count, and renews the bucket's life to that of
-- what is counted now.
local function keep(b, rates)
  local counts, life = {}, 0
  for _, rate in ipairs(rates) do
    life = math.max(life, (rate.slots + 1) * rate.size)
    for _, s in ipairs(live(b, rate)) do
      counts[s.field] = true
    end
  end
  for field in pairs(b.fields) do
    if not counts[field] and string.find(field, ':', 1, true) then
      redis.call('HDEL', b.key, field)
    end
  end
  redis.call('HSET', b.key, 'base', string.format('%d', b.now + life))
  redis.call('PEXPIRE', b.key, life)
end

-- Tells once in a window that a bucket is full, or past its soft level.
local function alarm(b, bucket, rate, alerts)
  local _, total = live(b, rate)
  local level
  if total + bucket.amount > rate.limit then
    level = 'hard'
  elseif bucket.soft and total > rate.limit * bucket.soft / 100 then
    level = 'soft'
  end
  local mark = level and level .. rate.series
  if level and (not b.fields[mark] or b.now - b.fields[mark] >= rate.slots * rate.size) then
    redis.call('HSET', b.key, mark, string.format('%d', b.now))
    alerts[#alerts + 1] = {bucket.class, bucket.scope, level}
  end
end

-- Counts what decide let pass. Returns how long the same would now have to wait
-- for the buckets of its lane, and the alerts that are due.
function guard.charge(plan, verdict)
  local ms, alerts = 0, {}
  for i, bucket in ipairs(plan.buckets) do
    local b = verdict.open[i]
    for _, rate in ipairs(bucket.rates) do
      add(b, rate, bucket.amount)
      if bucket.lane then
        ms = math.max(ms, wait(b, rate, bucket.amount))
      end
      if bucket.alert then
        alarm(b, bucket, rate, alerts)
      end
    end
    keep(b, bucket.rates)
  end
  for _, c in ipairs(plan.conversion) do
    local b = converted(c)
    add(b, c.sent, 1)
    keep(b, {c.sent, c.used})
  end
  return ms, alerts
end

-- Counts that a code was used, where its sending was counted.
function guard.used(conversion)
  for _, c in ipairs(conversion) do
    local b = converted(c)
    add(b, c.used, 1)
    keep(b, {c.sent, c.used})
  end
end

-- Takes back what was charged beforehand and has turned out to be no failure.
function guard.refund(plan)
  for _, bucket in ipairs(plan.buckets) do
    local b = guard.open(named(bucket.key, '', bucket.rates))
    for _, rate in ipairs(bucket.rates) do
      local list = live(b, rate)
      local last = list[#list]
      if last and last.n > 0 then
        redis.call('HINCRBY', b.key, last.field, -math.min(last.n, bucket.amount))
      end
    end
  end
end
