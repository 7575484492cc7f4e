package breached

import (
	"sync"
	"time"

	"user-api/internal/circuit"
)

const (
	// failures is how many failures in a row open the circuit.
	failures = 3
	// maxWait bounds what the list may request with Retry-After.
	maxWait = 5 * time.Minute
)

// breaker keeps requests from waiting for a list that does not answer. It is safe for
// concurrent use.
type breaker struct {
	mu      sync.Mutex
	circuit circuit.Circuit
}

// admit returns how long the list must not be queried, 0 if it may be queried now.
func (b *breaker) admit(now time.Time) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next, decision := b.circuit.Admit(now, false)
	if b.circuit = next; decision == circuit.Reject {
		return next.Wait(now)
	}
	return 0
}

// after records the outcome of a query; wait is what the list has requested by Retry-After.
func (b *breaker) after(failed bool, wait time.Duration, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait = min(wait, maxWait); failed && wait > 0 {
		b.circuit = b.circuit.OpenUntil(now.Add(wait))
		return
	}
	b.circuit = b.circuit.After(failed, true, now)
}

// cancel records that the caller gave up on a query. The next probe is then due at once.
func (b *breaker) cancel() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.circuit.Open {
		b.circuit = b.circuit.OpenUntil(time.Time{})
	}
}
