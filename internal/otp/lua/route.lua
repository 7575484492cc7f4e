-- Records the result of a message for its route, if report.lua could not.
-- KEYS  route
-- ARGV  the first ones of report.lua
routes.learn(KEYS[1], unpack(ARGV))
return {}
