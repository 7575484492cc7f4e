package breached

import (
	"sync"
	"time"
)

const (
	// tripAt is how many failures in a row open the circuit.
	tripAt = 3
	// probeEvery is the least time between two questions while it is open: one that is
	// well again is used within it.
	probeEvery = 5 * time.Second
	// mostWait bounds what the list may ask for by Retry-After.
	mostWait = 5 * time.Minute
)

// circuit keeps requests from waiting for a list that does not answer. The zero circuit
// is closed. It is safe for concurrent use.
type circuit struct {
	mu     sync.Mutex
	faults int
	// until is when the list may be asked next; the zero time is at once.
	until time.Time
}

// admit is for how long the list must not be asked; 0 is now. Of an open circuit one
// question goes through, whether the one before has ended or not.
func (c *circuit) admit(now time.Time) (left time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until.IsZero() {
		return 0
	}
	if left = c.until.Sub(now); left > 0 {
		return left
	}
	c.until = now.Add(probeEvery)
	return 0
}

// after notes how a question has ended; wait is for how long the list wants to be left
// alone.
func (c *circuit) after(fault bool, wait time.Duration, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !fault {
		c.faults, c.until = 0, time.Time{}
		return
	}
	c.faults++
	if wait = min(wait, mostWait); wait > 0 {
		c.faults, c.until = tripAt, now.Add(wait)
	} else if c.faults >= tripAt {
		c.until = now.Add(probeEvery)
	}
}

// leave notes that a question was broken off by whoever asked: the next one may be put at
// once.
func (c *circuit) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.until.IsZero() {
		c.until = time.Unix(0, 0)
	}
}
