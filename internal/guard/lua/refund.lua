-- KEYS  the first bucket
-- ARGV  plan
guard.refund(cjson.decode(ARGV[1]))
return {}
