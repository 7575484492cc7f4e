package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/timex"

	"user-api/internal/circuit"
)

const (
	probeEvery = 500 * time.Millisecond
	// A call that had less time than this proves nothing by failing: a client can use up
	// nearly all the time of a request before it gets here.
	minBudget = 50 * time.Millisecond
)

// The verdicts on a call. unknown says nothing about the server.
const (
	unknown verdict = iota
	alive
	dead
)

type (
	verdict int

	// breaker rejects calls to a server after several consecutive failures.
	breaker struct {
		down     error // returned for rejected calls
		classify func(error) verdict

		mu      sync.Mutex
		circuit circuit.Circuit
	}
)

func newBreaker(down error, classify func(error) verdict) *breaker {
	return &breaker{down: down, classify: classify, circuit: circuit.Circuit{ProbeEvery: probeEvery}}
}

// guard runs a call unless the circuit is open. A failure counts only if the server
// caused it, not if the caller left or had too little time.
func (b *breaker) guard(ctx context.Context, run func() error) error {
	if !b.allow() {
		return b.down
	}
	deadline, limited := ctx.Deadline()
	enoughTime := !limited || time.Until(deadline) >= minBudget
	err := run()
	v := b.classify(err)
	if v == dead && (!enoughTime || errors.Is(ctx.Err(), context.Canceled)) {
		v = unknown
	}
	b.report(v)
	return err
}

func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.circuit.Open {
		return true
	}
	var decision circuit.Decision
	b.circuit, decision = b.circuit.Admit(monotonic(), false)
	return decision != circuit.Reject
}

// report counts every call as a probe: an answer to any call proves that the server is up.
func (b *breaker) report(v verdict) {
	if v == unknown {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.circuit = b.circuit.After(v == dead, true, monotonic())
}

// monotonic is the monotonic clock as a time.
func monotonic() time.Time { return time.Time{}.Add(timex.Now()) }
