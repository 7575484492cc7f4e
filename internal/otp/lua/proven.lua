-- Resets the failures in a row of an address.
-- KEYS  failures in a row
-- ARGV  key prefix, address pseudonym, retention of failures ms
-- reply {'lost', address pseudonym} or {'ok', counts of the address if that changed them}
if lanes.lost(ARGV[1], ARGV[2]) then
  return {'lost', ARGV[2]}
end
return {'ok', lanes.proven(lanes.back(ARGV[1], ARGV[2], '', ''), ARGV[3])}
