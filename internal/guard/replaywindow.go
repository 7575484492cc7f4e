package guard

import "time"

type (
	// counted is a bucket of lua/bucket.lua. born is when it began, last when something was
	// last counted, in ms.
	counted struct {
		born, last       int64
		senders, finders series
	}

	// series holds the slots of a window and the current one.
	series [coarse + 1]struct{ slot, n int64 }
)

// slot returns the slot of a moment. A bucket whose life has ended starts over.
func (r *replay) slot(c *counted, at time.Time) int64 {
	ms := at.UnixMilli()
	if ms-c.last >= r.life {
		*c = counted{born: ms, last: c.last}
	}
	return (ms - c.born) / r.size
}

// touch is slot, and renews the bucket's life.
func (r *replay) touch(c *counted, at time.Time) int64 {
	slot := r.slot(c, at)
	c.last = at.UnixMilli()
	return slot
}

// starved mirrors the function of that name in lua/conversion.lua.
func (c *counted) starved(now int64, rule Converting) bool {
	sent := c.senders.live(now)
	return sent >= rule.MinSent && c.finders.live(now)*100 < sent*rule.MinPercent
}

func (s *series) add(now int64) {
	cell := &s[now%int64(len(s))]
	if cell.slot != now {
		cell.slot, cell.n = now, 0
	}
	cell.n++
}

func (s *series) live(now int64) (total int64) {
	for _, cell := range s {
		if cell.slot >= now-coarse {
			total += cell.n
		}
	}
	return total
}
