-- Reports whether the user has signed in from the network, or never from any network.
-- KEYS  networks of the user
-- ARGV  network
-- reply 1 or 0
if redis.call('ZCARD', KEYS[1]) == 0 or redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return 1
end
return 0
