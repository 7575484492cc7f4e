-- Records the running tasks of this process, and requeues those whose process has not sent a
-- heartbeat for the time of a lease because it was killed. asynq does the same, but only after
-- a minute or two. All times are those of Redis's clock.
-- If there was no heartbeat at all for a while, Redis was down and nobody could send one. Then
-- every task gets a new lease first. So does a task without a lease: it was taken off the queue
-- a moment ago, or its process runs a release without heartbeats.
-- KEYS  asynq's lists active, lease and pending; heartbeats
-- ARGV  prefix of tasks, lease ms, maximum ms without a heartbeat, life of heartbeats ms, id, …
-- reply number of requeued tasks
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local last = '.' -- the member with the time of the last heartbeat; no id looks like this
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
