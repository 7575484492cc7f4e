-- The library of the scripts that issue and verify codes. Follows the guard's library.
--
-- A lane separates the clients that request codes for one address. A network from which the
-- address was proven is known and has its own lane, ":<network>", with its own cooldown,
-- counts and lock. All other networks are strangers and share the lane "", but each of them
-- also has its own live code, counts and lock, so that no single stranger can lock out the
-- others.
--
-- While the secret of pseudonyms is rotated, who and network are texts of two names, see
-- bucket.names. Data is stored under one of them and moves to this node's name when the lane
-- is read.
local lanes = {}

-- Returns whether Redis has lost the counts of who, a text of names or '' for none. They are
-- then restored, see restore.lua; until then nothing is sent or compared. The key "counts"
-- disappears together with the counts. The key "lost" exists while older counts may be
-- missing and holds the id of the loss; an address restored since is marked with that id.
-- Also returns the id, or '' without a loss.
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

-- Returns whether a challenge was opened before the loss. Redis may have lost the record that
-- it was used or exhausted, so it is treated as gone. age is the loss that preceded the
-- challenge.
function lanes.old(age, loss)
  return age and loss ~= '' and age ~= loss
end

-- Swaps the two names of a text, as a node writes it whose first secret is the second one
-- here.
function lanes.turned(text)
  local name, other = bucket.names(text)
  return other == '' and text or other .. '|' .. name
end

-- Moves a key to another name. If both exist, a node that knew only one name has counted:
-- the counts are added and the longer TTL applies.
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

-- Moves a hash whose fields are networks. put writes a field.
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

-- Moves data stored under the other names of the address and of this network.
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

-- Returns the lane of the requesting client.
function lanes.of(prefix, who, network)
  local lane = lanes.back(prefix, who, '', network)
  if redis.call('EXISTS', prefix .. 'known:' .. lane.who .. lane.own) == 1 then
    lane.name, lane.known = lane.own, true
  end
  return lane
end

-- Returns the lane in which a challenge was opened. name is '' for strangers.
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

-- Returns the key of the live codes of a lane's address, by network.
function lanes.open(lane, purpose, user)
  local key = lane.prefix .. 'open:' .. purpose .. ':' .. user .. ':'
  local open = key .. lane.who
  if lane.was ~= '' then
    moveFields(lane, key .. lane.was, open, function(network, id)
      if redis.call('HSETNX', open, network, id) == 0 then
                redis.call('DEL', lane.prefix .. 'c:' .. id) -- one live code per network
      end
    end)
  end
  return open
end

-- Returns a key of the address, or of a lane if of is given.
function lanes.key(lane, name, of)
  return lane.prefix .. name .. ':' .. lane.who .. (of or '')
end

-- Remembers that the address was proven from a network. Keeps at most most networks, which
-- bounds the number of lanes.
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
            redis.call('SET', cool, '1', 'PX', rest) -- a new lane does not bypass the cooldown
    end
  end
end
