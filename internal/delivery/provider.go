package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
)

const (
	// placeWait is how long a send waits for a place at a provider. One that
	// works frees a place sooner; one that does not is no use waiting for.
	placeWait = 100 * time.Millisecond
	// busyPause is after how long a send that got no place comes again.
	busyPause = time.Second
)

// provider is what this process knows of one provider: how many requests to it
// run, and whether it works. Two senders of one name are one provider.
type provider struct {
	name string
	// places holds a token for every request that runs.
	places chan struct{}

	mu      sync.Mutex
	circuit circuit
	// stalled means that a send waited for a place in vain, and that no request
	// has ended since: nobody else need wait.
	stalled bool
}

// newProviders gives each provider of the routes half of the workers, or all of
// them where there is no other to keep any for.
func newProviders(routes []Route, concurrency int) map[string]*provider {
	providers := map[string]*provider{}
	for _, route := range routes {
		for _, hop := range route.Via {
			providers[hop.Sender.Name()] = nil
		}
	}
	places := concurrency
	if len(providers) > 1 {
		places = max(1, concurrency/2)
	}
	for name := range providers {
		providers[name] = &provider{name: name, places: make(chan struct{}, places)}
		circuits.Set(float64(circuitClosed), name)
	}
	return providers
}

// enter takes a place for one request, or tells why there is none now. Whoever
// enters leaves; a hidden request is never the probe, and only frees its place.
func (p *provider) enter(ctx context.Context, hidden bool, now time.Time) (probe bool, refusal *SendError) {
	if !p.take(ctx) {
		return false, &SendError{Class: Retryable, Reason: ReasonBusy, RetryAfter: busyPause}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	next, ok := p.circuit.admit(now)
	if ok && hidden {
		return false, nil
	}
	if ok {
		p.set(next)
		return next.state == circuitHalfOpen, nil
	}
	<-p.places
	if p.circuit.state == circuitHalfOpen {
		return false, &SendError{Class: Retryable, Reason: ReasonBusy, RetryAfter: busyPause}
	}
	return false, &SendError{Class: Retryable, Reason: ReasonOpen, RetryAfter: p.circuit.until.Sub(now)}
}

// free gives a place back.
func (p *provider) free() {
	<-p.places
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = false
}

// leave gives the place back and learns from the request's end.
func (p *provider) leave(ctx context.Context, probe bool, failure *SendError, now time.Time) {
	p.free()
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.circuit
	p.set(before.after(blameOf(failure), probe, now))
	if before.state == circuitClosed && p.circuit.state == circuitOpen {
		// Once per opening: a failing probe is no news.
		logx.WithContext(ctx).Errorw("delivery: the provider is left alone for a while",
			logx.Field("provider", p.name), logx.Field("reason", failure.Reason))
	}
}

// set must be called with the lock held.
func (p *provider) set(c circuit) {
	p.circuit = c
	circuits.Set(float64(c.state), p.name)
}

// take waits for a place, for a moment.
func (p *provider) take(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case p.places <- struct{}{}:
		return true
	default:
	}
	if p.isStalled() {
		return false
	}
	timer := time.NewTimer(placeWait)
	defer timer.Stop()
	select {
	case p.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	case <-timer.C:
		p.mu.Lock()
		p.stalled = true
		p.mu.Unlock()
		return false
	}
}

func (p *provider) isStalled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stalled
}
