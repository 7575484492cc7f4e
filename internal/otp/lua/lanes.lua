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
