-- Judges plans and charges them. decide only reads, so a refused request changes nothing.
--
-- A rate has up to three limits: from soft on, a captcha is required if one can be solved;
-- limit applies to everybody; most applies to networks known for an account, so the
-- difference is reserved for them. An amount of 0 is neither judged nor counted: the rate
-- belongs to another kind of message that shares the bucket.
local guard = {}

-- Makes the verdict a refusal, if it is the longest so far.
function guard.worse(verdict, class, ms, key)
  if ms > verdict.wait then
    verdict.class, verdict.wait, verdict.key = class, ms, key
  end
end

local function limitOf(rate, known)
  return known and rate.most or rate.limit
end

-- A refusal names the bucket if it applies to everybody, and otherwise none.
local function judge(verdict, p, b, rate, known)
  local ms, total = bucket.wait(b, rate, limitOf(rate, known))
  local everybody = total + rate.amount > (rate.most or rate.limit)
  guard.worse(verdict, rate.class, ms, everybody and p.key or '')
  if rate.soft and not known and total + rate.amount > rate.soft then
    verdict.soft = true
  end
end

local function convert(verdict, plan, c, known)
  if known or plan.solved or c.key == '' then
    return
  end
  local ms = conversion.starved(c)
  if ms > 0 and not c.enforce then
    verdict.shadow[#verdict.shadow + 1] = c.scope
  elseif ms > 0 and plan.captcha then
    verdict.soft = true
  else
    guard.worse(verdict, 'conversion', ms, '')
  end
end

-- Judges a plan. known says that the request is from a known network. verdict.wait is 0 if
-- nothing refuses; soft says that a captcha is required, if one can be solved; shadow lists
-- what enforce mode would have refused.
function guard.decide(plan, known)
  local verdict = {wait = 0, soft = false, shadow = {}, open = {}}
  for i, p in ipairs(plan.buckets) do
    local b = bucket.open(p.key, p.rates)
    verdict.open[i] = b
    for _, rate in ipairs(p.rates) do
      if rate.amount > 0 then
        judge(verdict, p, b, rate, known)
      end
    end
  end
  for _, c in ipairs(plan.conversion) do
    convert(verdict, plan, c, known)
  end
  return verdict
end

-- Warns once per window that the next request will be refused or needs a captcha.
local function alarm(b, rate, alerts)
  local total = bucket.total(b, rate)
  local level
  if total + rate.amount > rate.limit then
    level = 'hard'
  elseif rate.soft and total > rate.soft then
    level = 'soft'
  end
  local mark = level and level .. rate.series
  if level and (not b.marks[mark] or b.now - b.marks[mark] >= rate.slots * rate.size) then
    b.changed[mark], b.marks[mark] = b.now, b.now
    alerts[#alerts + 1] = {rate.class, rate.scope, level}
  end
end

-- Charges a plan that decide has admitted. Returns how long the same request would now have
-- to wait for the limits of its address, the alerts that are due, and which conversions
-- counted, for refund.
function guard.charge(plan, verdict, known)
  local ms, alerts = 0, {}
  for i, p in ipairs(plan.buckets) do
    local b = verdict.open[i]
    for _, rate in ipairs(p.rates) do
      if rate.amount > 0 then
        bucket.add(b, rate, rate.amount)
        if rate.own then
          ms = math.max(ms, (bucket.wait(b, rate, limitOf(rate, known))))
        end
        if rate.alert then
          alarm(b, rate, alerts)
        end
      end
    end
    bucket.keep(b, p.rates)
  end
  local counted = ''
  for _, c in ipairs(plan.conversion) do
    counted = counted .. (conversion.sent(c) and '1' or '0')
  end
  return ms, alerts, counted
end

-- Counts that a code was used.
function guard.used(list)
  for _, c in ipairs(list) do
    conversion.used(c)
  end
end

-- Reverts a charge that was no failure or could not be served. counted says which conversions
-- counted, as charge returned it; without it none did.
function guard.refund(plan, counted)
  for _, p in ipairs(plan.buckets) do
    local b = bucket.open(p.key, p.rates)
    for _, rate in ipairs(p.rates) do
      bucket.take(b, rate, rate.amount)
    end
  end
  for i, c in ipairs(plan.conversion) do
    if string.sub(counted or '', i, i) == '1' then
      conversion.unsent(c)
    end
  end
end
