-- Learns how a message fared, where report.lua could not.
-- KEYS  route
-- ARGV  as the first of report.lua
routes.learn(KEYS[1], unpack(ARGV))
return {}
