-- Returns the usage of the buckets of a plan, in their order.
-- KEYS  the first bucket, which selects the slot
-- ARGV  plan
-- reply the sum of each rate
local sums = {}
for _, p in ipairs(cjson.decode(ARGV[1]).buckets) do
  local b = bucket.open(p.key, p.rates)
  for _, rate in ipairs(p.rates) do
    sums[#sums + 1] = bucket.total(b, rate)
  end
end
return sums
