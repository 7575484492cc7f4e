package types

import "time"

const (
	// defaultStep is in seconds.
	defaultStep = 3600
	// defaultRange is the range without from.
	defaultRange = 24 * time.Hour
	// maxPoints limits a response: a month by the hour.
	maxPoints = 750
	// maxTime is in Unix milliseconds, in the year 19808.
	maxTime = 1 << 49
)

// Range returns the requested range of time, extended to whole steps, and the step.
func (r *StatsReq) Range(now time.Time) (from, to time.Time, step time.Duration) {
	step = time.Duration(r.step()) * time.Second
	to = now
	if r.To != 0 {
		to = time.UnixMilli(r.To)
	}
	from = to.Add(-defaultRange)
	if r.From != 0 {
		from = time.UnixMilli(r.From)
	}
	end := to.Truncate(step)
	if end.Before(to) {
		end = end.Add(step)
	}
	from = from.Truncate(step)
	// Validate does not check a range with only one end.
	if first := end.Add(-maxPoints * step); from.Before(first) {
		from = first
	}
	if last := end.Add(-step); from.After(last) {
		from = last
	}
	return from, end, step
}

func (r *StatsReq) step() int64 {
	if r.Step == 0 {
		return defaultStep
	}
	return r.Step
}

// Validate requires a supported step and limits the number of steps.
func (r *StatsReq) Validate() error {
	step := r.step()
	switch {
	case step != 600 && step != 3600 && step != 86400:
		return malformed("step", "step is 600, 3600 or 86400.")
	case r.From < 0 || r.From > maxTime:
		return malformed("from", "from is a time in Unix milliseconds.")
	case r.To < 0 || r.To > maxTime:
		return malformed("to", "to is a time in Unix milliseconds.")
	case r.From != 0 && r.To != 0 && r.From >= r.To:
		return malformed("to", "to is after from.")
	case r.From != 0 && r.To != 0 && (r.To-r.From)/1000/step >= maxPoints:
		return malformed("step", "The range has more than 750 steps.")
	}
	return nil
}
