-- A bucket counts one thing in sliding windows. This library precedes every script that
-- counts.
--
-- A bucket is a hash. Its field "base" turns its TTL into a clock: the time is base minus
-- PTTL, in ms since the bucket was created, and renewing the TTL adds the same to base. All
-- time is thus measured by TTLs and independent of the nodes' clocks. An amount is added to
-- slot floor(now / size) of a series and counts until slot + slots + 1 begins: never shorter
-- than the window, at most one slot longer. Fields of slots are "<series>:<slot>".
--
-- While the secret of pseudonyms is rotated, a key in a plan is a text of two names, "<this
-- node's>|<the other nodes'>". The counts are stored under one of them and move to the name
-- that is requested.
local bucket = {}

local find, sub = string.find, string.sub

-- Returns the two names of a text. The second is '' unless a secret is being rotated.
function bucket.names(text)
  local bar = string.find(text, '|', 1, true)
  if bar then
    return string.sub(text, 1, bar - 1), string.sub(text, bar + 1)
  end
  return text, ''
end

-- Reads a key: its slots by series, as {slot: n}, and its other fields.
local function read(key)
  local b = {key = key, now = 0, series = {}, marks = {}, changed = {}}
  local left = redis.call('PTTL', key)
  if left < 0 then
    return b
  end
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    local field, n = flat[i], flat[i + 1] + 0
    local colon = find(field, ':', 1, true)
    if colon then
      local series = sub(field, 1, colon - 1)
      local slots = b.series[series]
      if not slots then
        slots = {}
        b.series[series] = slots
      end
      slots[sub(field, colon + 1) + 0] = n
    else
      b.marks[field] = n
    end
  end
  b.now = (b.marks.base or left) - left
  return b
end

-- Returns the sum of the slots that count.
function bucket.total(b, rate)
  local total, first = 0, math.floor(b.now / rate.size) - rate.slots
  for slot, n in pairs(b.series[rate.series] or {}) do
    if slot >= first then
      total = total + n
    end
  end
  return total
end

local function older(x, y)
  return x.slot < y.slot
end

-- Returns the slots that count, oldest first. Most callers need only their sum.
function bucket.live(b, rate)
  local list, first = {}, math.floor(b.now / rate.size) - rate.slots
  for slot, n in pairs(b.series[rate.series] or {}) do
    if slot >= first then
      list[#list + 1] = {slot = slot, n = n}
    end
  end
  table.sort(list, older)
  return list
end

-- Adds an amount to a slot. Returns the new value.
local function count(b, series, slot, amount)
  local slots = b.series[series] or {}
  b.series[series] = slots
  slots[slot] = (slots[slot] or 0) + amount
  return slots[slot]
end

-- Adds up two buckets of one thing, by the clock of the older one: a node that knew only one
-- of the names has counted. No slot counts for less time than before.
local function merge(key, other, rates)
  local a, b = read(key), read(other)
  local old, young = a, b
  if b.now > a.now then
        old, young = b, a -- a swap would do, but the embedded Redis's Lua gets it wrong
  end
  for _, rate in ipairs(rates) do
    for _, s in ipairs(bucket.live(young, rate)) do
      count(old, rate.series, math.ceil(s.slot + (old.now - young.now) / rate.size), s.n)
    end
  end
  local life = math.max(redis.call('PTTL', key), redis.call('PTTL', other))
  redis.call('DEL', key, other)
  for series, slots in pairs(old.series) do
    for slot, n in pairs(slots) do
      redis.call('HSET', key, series .. ':' .. string.format('%d', slot), string.format('%d', n))
    end
  end
  redis.call('HSET', key, 'base', string.format('%d', old.now + life))
  redis.call('PEXPIRE', key, life)
end

-- The open buckets. A script that handles many requests reads each once.
local opened = {}

-- Reads a bucket, after moving the counts under its other name to it.
function bucket.open(text, rates)
  local key, other = bucket.names(text)
  if opened[key] then
    return opened[key]
  end
  if other ~= '' and redis.call('EXISTS', other) == 1 then
    if redis.call('EXISTS', key) == 1 then
      merge(key, other, rates)
    else
      redis.call('RENAME', other, key)
    end
  end
  opened[key] = read(key)
  return opened[key]
end

-- Returns how long a slot still counts.
function bucket.rest(b, rate, slot)
  return (slot + rate.slots + 1) * rate.size - b.now
end

-- Returns the time until the rate's amount fits below a limit, 0 if it does, and the sum.
function bucket.wait(b, rate, limit)
  local total = bucket.total(b, rate)
  if rate.amount > limit then
        return rate.slots * rate.size, total -- it never fits
  end
  local over, ms = total + rate.amount - limit, 0
  for _, s in ipairs(over > 0 and bucket.live(b, rate) or {}) do
    if over <= 0 then
      break
    end
    over, ms = over - s.n, bucket.rest(b, rate, s.slot)
  end
  return ms, total
end

-- Adds an amount now. bucket.keep writes it.
function bucket.add(b, rate, amount)
  local slot = math.floor(b.now / rate.size)
  b.changed[rate.series .. ':' .. string.format('%d', slot)] = count(b, rate.series, slot, amount)
end

-- Subtracts an amount, from the newest slots first.
function bucket.take(b, rate, amount)
  local list = bucket.live(b, rate)
  for i = #list, 1, -1 do
    local n = math.min(list[i].n, amount)
    if n > 0 then
      count(b, rate.series, list[i].slot, -n)
      redis.call('HINCRBY', b.key, rate.series .. ':' .. string.format('%d', list[i].slot), -n)
      amount = amount - n
    end
  end
end

-- Writes the changes, drops the slots that count in none of the rates, and renews the TTL to
-- that of the newest count.
function bucket.keep(b, rates)
  local first, life, dead = {}, 0, {}
  for _, rate in ipairs(rates) do
    life = math.max(life, (rate.slots + 1) * rate.size)
    first[rate.series] = math.floor(b.now / rate.size) - rate.slots
  end
  for series, slots in pairs(b.series) do
    local from = first[series] or math.huge
    for slot in pairs(slots) do
      if slot < from then
        dead[#dead + 1] = series .. ':' .. string.format('%d', slot)
      end
    end
  end
  if #dead > 0 then
    redis.call('HDEL', b.key, unpack(dead))
  end
  local fields = {'base', string.format('%d', b.now + life)}
  for field, n in pairs(b.changed) do
    fields[#fields + 1] = field
    fields[#fields + 1] = string.format('%d', n)
  end
  redis.call('HSET', b.key, unpack(fields))
  redis.call('PEXPIRE', b.key, life)
end
