-- The conversion guard. SMS pumping shows in codes that are never used. The guard counts
-- networks, not messages: in a window each network counts once as a requester and once as a
-- user of a code, so no single client can block a scope. The wider network of an IPv6 address
-- counts at most c.networks[2].most times.
--
-- In a cluster the networks of a client are in another slot than the counts. Each part of the
-- conversion then has either no key or no networks.
local conversion = {}

local function scope(c)
  return bucket.open(c.key, {c.sent, c.used})
end

-- Returns the time until the scope is no longer starved of used codes.
function conversion.starved(c)
  local b = scope(c)
  local n, m = bucket.total(b, c.sent), bucket.total(b, c.used)
  if n < c.min or m * 100 >= n * c.percent then
    return 0
  end
  local sent, used = bucket.live(b, c.sent), bucket.live(b, c.used)
  local i, j, ms = 1, 1, 0
  while n >= c.min and m * 100 < n * c.percent do
    local slot = math.min(sent[i] and sent[i].slot or math.huge, used[j] and used[j].slot or math.huge)
    if sent[i] and sent[i].slot == slot then
      n, i = n - sent[i].n, i + 1
    end
    if used[j] and used[j].slot == slot then
      m, j = m - used[j].n, j + 1
    end
    ms = bucket.rest(b, c.sent, slot)
  end
  return ms
end

-- Returns the mark of a network. While the secret of pseudonyms is rotated, a network may be
-- counted once under each of its names.
local function mark(c, kind)
  local name = bucket.names(c.networks[1].key)
  return name .. kind
end

-- Marks a network for a window. Returns whether it had no mark.
local function first(c, kind)
  local window = string.format('%d', c.sent.slots * c.sent.size)
  return redis.call('SET', mark(c, kind), '1', 'NX', 'PX', window)
end

local function count(c, rate)
  local b = scope(c)
  bucket.add(b, rate, 1)
  bucket.keep(b, {c.sent, c.used})
end

-- Counts that a network requested a code. Returns whether that counted.
function conversion.sent(c)
  if #c.networks == 0 then
    if not c.idle then
      count(c, c.sent)
    end
    return not c.idle
  end
  if redis.call('EXISTS', mark(c, ':s')) == 1 then
    return false
  end
  local wide = c.networks[2]
  if wide then
    local b = bucket.open(wide.key, {c.sent})
    if bucket.total(b, c.sent) >= wide.most then
      return false
    end
    bucket.add(b, c.sent, 1)
    bucket.keep(b, {c.sent})
  end
  first(c, ':s')
  if c.key ~= '' then
    count(c, c.sent)
  end
  return true
end

-- Reverts conversion.sent for a network that was counted.
function conversion.unsent(c)
  if c.key ~= '' then
    bucket.take(scope(c), c.sent, 1)
  end
  if #c.networks == 0 then
    return
  end
  redis.call('DEL', mark(c, ':s'))
  local wide = c.networks[2]
  if wide then
    bucket.take(bucket.open(wide.key, {c.sent}), c.sent, 1)
  end
end

-- Counts that a network used a code, if its request was counted. Returns whether that
-- counted.
function conversion.used(c)
  if not c.networks then
        return false -- opened by a version that did not count networks
  end
  local counts = #c.networks == 0 or redis.call('EXISTS', mark(c, ':s')) == 1 and first(c, ':u')
  if counts and c.key ~= '' then
    count(c, c.used)
  end
  return counts and true or false
end
