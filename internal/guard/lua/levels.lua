-- Tells how full the buckets of a plan are, in their order.
-- KEYS  the first bucket, which leads to the slot of all
-- ARGV  plan
-- reply what is counted of each rate
local sums = {}
for _, p in ipairs(cjson.decode(ARGV[1]).buckets) do
  local b = bucket.open(p.key, p.rates)
  for _, rate in ipairs(p.rates) do
    sums[#sums + 1] = bucket.total(b, rate)
  end
end
return sums
