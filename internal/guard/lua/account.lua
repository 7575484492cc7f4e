-- Charges a failure to an account before the password is compared, or returns why not and
-- changes nothing. Failures in a row are counted in total and per network.
-- KEYS  failures in a row, known networks
-- ARGV  network, '1' if it is known by other means, '1' if a captcha was solved,
--       '1' if one can be requested, maximum failures in a row, maximum of strangers, maximum
--       of one network of strangers, retention of those ms
-- reply {}, {'captcha'} or {'account', wait ms}
local network, isKnown, solved, canAsk, most, mostStrangers, mostOfOne, retention = unpack(ARGV)
local counts = redis.call('HMGET', KEYS[1], 'all', network)
local all, of = tonumber(counts[1] or 0), tonumber(counts[2] or 0)
local known = isKnown == '1' or redis.call('ZSCORE', KEYS[2], network)
local over = all >= tonumber(mostStrangers) or of >= tonumber(mostOfOne)
if all >= tonumber(most) then
  return {'account', redis.call('PTTL', KEYS[1])}
elseif over and not known and solved == '0' then
  if canAsk == '1' then
    return {'captcha'}
  end
  return {'account', redis.call('PTTL', KEYS[1])}
end
redis.call('HINCRBY', KEYS[1], 'all', 1)
redis.call('HINCRBY', KEYS[1], network, 1)
redis.call('PEXPIRE', KEYS[1], retention)
return {}
