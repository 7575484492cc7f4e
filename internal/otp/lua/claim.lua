-- Marks an attempt of a send as started. A send that was started and never reported belongs
-- to a process that was killed. The provider may have accepted the message, so it is only
-- started again if the sender can repeat it without a second effect.
-- The status that a client sees of a hidden send is decided here, once, from the state of
-- its route. Neither the fate of the message nor its timing affects that status.
-- A challenge with a newer layout than this release knows is left alone. The fields sends,
-- status and layout mean the same in every layout.
-- KEYS  challenge
-- ARGV  send number, '1' if the sender may repeat, key prefix, failures in a row
--       that make a route a failing one, newest known layout, '1' if routes are
--       in this slot; otherwise also the state of the route: failures in a row, reason, offer
-- reply {'gone'}, {'newer'}, {'unconfirmed'}, {'route', key} if the state of the route is
--       needed, or {'ok', sealed address, channel, purpose, locale,
--       '1' if nothing is sent (a decoy or a test identity), life left ms, '1' if hidden,
--       notice, network, user, '1' if the request named the locale}
local send, repeatable, prefix, failures, layout, here, failed, reason, offer = unpack(ARGV)
local c = redis.call('HMGET', KEYS[1], 'sends', 'status', 'address', 'channel', 'purpose', 'locale', 'decoy', 'mute', 'hidden', 'told', 'country', 'notice', 'layout', 'age', 'network', 'user', 'holder', 'said')
local loss = redis.call('GET', prefix .. 'lost')
if c[14] and loss and c[14] ~= loss then -- opened before Redis went back in time, and sent, it may be
  return {'gone'}
end
if c[1] ~= send or c[2] == 'sent' or c[2] == 'failed' or c[2] == 'delivered' then
  return {'gone'}
end
if tonumber(c[13] or 1) > tonumber(layout) then
  return {'newer'}
end
if c[9] == '1' and (c[10] or '') == '' then
  local key, route = routes.key(c[4], c[11]), {failed, reason, offer}
  if here == '1' then
    route = redis.call('HMGET', key, 'n', 'reason', 'offer')
  elseif not failed then
    return {'route', key}
  end
  if tonumber(route[1] or 0) >= tonumber(failures) then
    redis.call('HSET', KEYS[1], 'told', 'failed', 'toldReason', route[2], 'toldOffer', route[3])
  else
    redis.call('HSET', KEYS[1], 'told', 'sent', 'toldReason', '', 'toldOffer', '')
  end
end
if c[2] == 'sending' and repeatable ~= '1' then
  return {'unconfirmed'}
end
redis.call('HSET', KEYS[1], 'status', 'sending')
local user = (c[16] and c[16] ~= '0') and c[16] or c[17] or '0'
local unsent = (c[7] == '1' or c[8] == '1') and '1' or '0'
return {'ok', c[3], c[4], c[5], c[6], unsent, redis.call('PTTL', KEYS[1]), c[9] or '0', c[12] or '', c[15] or '', user, c[18] or '0'}
