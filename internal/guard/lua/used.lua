-- Counts that codes were used.
-- KEYS  any, which leads to the slot
-- ARGV  conversion, …
-- reply of each '1' if that counted, or '0'
local all, list = {}, {} -- many are the same
for i, text in ipairs(ARGV) do
  all[text] = all[text] or cjson.decode(text)
  list[i] = conversion.used(all[text]) and '1' or '0'
end
return list
