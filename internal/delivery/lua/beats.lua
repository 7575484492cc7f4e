-- Says which tasks this process works on, and takes back those whose process has not
-- said so for the time of a lease: it was killed. asynq does so too, but after a minute
-- or two. Judged by the clock of Redis alone.
-- When nobody has asked for a while, Redis was away, and nobody could say anything:
-- then every task is given a lease first. So is one that nobody has named yet: it was
-- taken off the queue a moment ago, or its process is of a release that says nothing.
-- KEYS  asynq's lists active, lease and pending; beats
-- ARGV  prefix of tasks, lease ms, most ms without a beat, life of beats ms, id, …
-- reply how many tasks were taken back
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local last = '.' -- the member that says when somebody asked; no id is one
local at = now()
local lease = at + ARGV[2]
local silent = math.abs(at - (redis.call('ZSCORE', KEYS[4], last) or 0)) > tonumber(ARGV[3])
redis.call('ZADD', KEYS[4], at, last)
for i = 5, #ARGV do
  redis.call('ZADD', KEYS[4], lease, ARGV[i])
end
local active, back = {}, 0
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  active[id] = true
  local till = redis.call('ZSCORE', KEYS[4], id)
  if silent or not till then
    redis.call('ZADD', KEYS[4], lease, id)
  elseif tonumber(till) < at then
    redis.call('LREM', KEYS[1], 0, id)
    redis.call('ZREM', KEYS[2], id)
    redis.call('ZREM', KEYS[4], id)
    if redis.call('EXISTS', ARGV[1] .. id) == 1 then
      redis.call('HSET', ARGV[1] .. id, 'state', 'pending')
      redis.call('RPUSH', KEYS[3], id)
      back = back + 1
    end
  end
end
for _, id in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1)) do
  if id ~= last and not active[id] then
    redis.call('ZREM', KEYS[4], id)
  end
end
redis.call('PEXPIRE', KEYS[4], ARGV[4])
return back
