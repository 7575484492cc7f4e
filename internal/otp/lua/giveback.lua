-- Puts back a challenge that verify.lua set aside.
-- KEYS  challenge
-- ARGV  key prefix, id, most times
lanes.giveBack(ARGV[1], ARGV[2], tonumber(ARGV[3]))
return {}
