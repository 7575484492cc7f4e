-- Marks a try of a send as begun. A send that began and never reported belongs
-- to a process that was killed: the provider may have accepted the message, so
-- it is begun again only where repeating it has no second effect.
-- KEYS  challenge
-- ARGV  send number, '1' if the sender may repeat
-- reply {'gone'}, {'unconfirmed'} or {'ok', sealed address, channel, purpose, locale,
--       '1' if nothing is sent, life left ms}: a decoy, or a test identity
local c = redis.call('HMGET', KEYS[1], 'sends', 'status', 'address', 'channel', 'purpose', 'locale', 'decoy', 'mute')
if c[1] ~= ARGV[1] or c[2] == 'sent' or c[2] == 'failed' or c[2] == 'delivered' then
  return {'gone'}
end
if c[2] == 'sending' and ARGV[2] ~= '1' then
  return {'unconfirmed'}
end
redis.call('HSET', KEYS[1], 'status', 'sending')
local unsent = (c[7] == '1' or c[8] == '1') and '1' or '0'
return {'ok', c[3], c[4], c[5], c[6], unsent, redis.call('PTTL', KEYS[1])}
