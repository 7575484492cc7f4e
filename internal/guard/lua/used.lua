-- Counts that a code was used.
-- KEYS  any, which leads to the slot
-- ARGV  conversion
-- reply {'1'} if that counted, or {}
return conversion.used(cjson.decode(ARGV[1])) and {'1'} or {}
