-- Counts uses of codes.
-- KEYS  any key, which selects the slot
-- ARGV  conversion, …
-- reply of each '1' if that counted, or '0'
local all, list = {}, {} -- many are equal
for i, text in ipairs(ARGV) do
  all[text] = all[text] or cjson.decode(text)
  list[i] = conversion.used(all[text]) and '1' or '0'
end
return list
