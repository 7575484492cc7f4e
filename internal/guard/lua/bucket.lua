-- A bucket: what is counted of one thing in sliding windows. Put in front of every
-- script that counts.
--
-- A bucket is a hash. Its field "base" makes a clock of its life: now is base
-- minus PTTL, in ms since the bucket was made, and whoever renews the life moves
-- base by as much. So all time is the lives of keys, and no node's clock counts.
-- What is counted at now is added to the slot floor(now / size) of a series and
-- counts until slot + slots + 1 begins: never shorter than the window, at most
-- one slot longer. Fields of slots are "<series>:<slot>".
local bucket = {}

local function older(x, y)
  return x.slot < y.slot
end

-- Reads a bucket: its slots by series, oldest first, and its other fields.
function bucket.open(key)
  local b = {key = key, now = 0, series = {}, marks = {}, changed = {}}
  local left = redis.call('PTTL', key)
  if left < 0 then
    return b
  end
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    local series, slot = string.match(flat[i], '^(.+):(%d+)$')
    local n = tonumber(flat[i + 1])
    if series then
      local list = b.series[series]
      if not list then
        list = {}
        b.series[series] = list
      end
      list[#list + 1] = {slot = tonumber(slot), n = n}
    else
      b.marks[flat[i]] = n
    end
  end
  for _, list in pairs(b.series) do
    table.sort(list, older)
  end
  b.now = (b.marks.base or left) - left
  return b
end

-- The slots that count, oldest first, and their sum.
function bucket.live(b, rate)
  local list, total = {}, 0
  local first = math.floor(b.now / rate.size) - rate.slots
  for _, s in ipairs(b.series[rate.series] or {}) do
    if s.slot >= first then
      list[#list + 1] = s
      total = total + s.n
    end
  end
  return list, total
end

-- How long a slot still counts.
function bucket.rest(b, rate, slot)
  return (slot + rate.slots + 1) * rate.size - b.now
end

-- How long until the rate's amount fits below a limit, 0 if it does; and the sum.
function bucket.wait(b, rate, limit)
  local list, total = bucket.live(b, rate)
  if rate.amount > limit then
    return rate.slots * rate.size, total -- it never will
  end
  local over, ms = total + rate.amount - limit, 0
  for _, s in ipairs(list) do
    if over <= 0 then
      break
    end
    over, ms = over - s.n, bucket.rest(b, rate, s.slot)
  end
  return ms, total
end

-- Counts an amount now; written by keep.
function bucket.add(b, rate, amount)
  local slot = math.floor(b.now / rate.size)
  local list = b.series[rate.series] or {}
  b.series[rate.series] = list
  local last = list[#list]
  if not last or last.slot ~= slot then
    last = {slot = slot, n = 0}
    list[#list + 1] = last
  end
  last.n = last.n + amount
  b.changed[rate.series .. ':' .. string.format('%d', slot)] = last.n
end

-- Writes what has changed, drops the slots that count in none of the rates, and
-- renews the bucket's life to that of what is counted now.
function bucket.keep(b, rates)
  local first, life, dead = {}, 0, {}
  for _, rate in ipairs(rates) do
    life = math.max(life, (rate.slots + 1) * rate.size)
    first[rate.series] = math.floor(b.now / rate.size) - rate.slots
  end
  for series, list in pairs(b.series) do
    for _, s in ipairs(list) do
      if s.slot < (first[series] or math.huge) then
        dead[#dead + 1] = series .. ':' .. string.format('%d', s.slot)
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
