package delivery

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// slotWait is how long a send waits for a slot. A provider that works frees one sooner;
	// waiting for one that does not work is pointless.
	slotWait = 100 * time.Millisecond
	// busyPause is the pause before a send without a slot is retried.
	busyPause = time.Second
	// requesterShare is the part of a provider's slots that the messages of one requester
	// may occupy: three requesters whose recipients hang leave a quarter.
	requesterShare = 4
)

type (
	// Limited is a Sender with limited concurrency.
	Limited interface {
		// Capacity returns how many calls of Send do not wait for each other.
		Capacity() int
	}

	// provider is the state of one provider in this process: its running requests, and a
	// circuit breaker per channel. Two senders with one name are one provider.
	provider struct {
		name     string
		breakers map[Channel]*breaker

		all *slots

		mu sync.Mutex
		// requesters holds the slots of each requester with requests in progress.
		requesters map[string]*slots
	}

	// Circuit is the state of a circuit in this process.
	Circuit struct {
		Provider string
		Channel  Channel
		Open     bool
	}

	// slots limit concurrent requests.
	slots struct {
		// taken holds a token for each request.
		taken chan struct{}
		// users is the number of requests that hold or wait for a slot.
		users int

		mu sync.Mutex
		// stalled means that a send has waited for a slot in vain, and that no request has
		// ended since. Others do not need to wait then.
		stalled bool
	}
)

// newProviders gives each provider of the routes half of the workers, or all of them if there
// is only one provider, but no more than its capacity.
func newProviders(routes []Route, concurrency int) map[string]*provider {
	providers := map[string]*provider{}
	capacity := map[string]int{}
	for _, route := range routes {
		for _, hop := range route.Via {
			name := hop.Sender.Name()
			p := providers[name]
			if p == nil {
				p = &provider{name: name, breakers: map[Channel]*breaker{}, requesters: map[string]*slots{}}
				providers[name] = p
			}
			if p.breakers[route.Channel] == nil {
				p.breakers[route.Channel] = newBreaker(name, route.Channel)
			}
			if limited, ok := hop.Sender.(Limited); ok {
				capacity[name] = limited.Capacity()
			}
		}
	}
	share := concurrency
	if len(providers) > 1 {
		share = max(1, concurrency/2)
	}
	for name, p := range providers {
		n := share
		if c := capacity[name]; c > 0 {
			n = min(n, c)
		}
		p.all = newSlots(n)
	}
	return providers
}

// Circuits returns the circuits of this process, by provider and channel.
func (c *Courier) Circuits() []Circuit {
	var all []Circuit
	for _, p := range c.providers {
		for _, b := range p.breakers {
			all = append(all, Circuit{Provider: b.provider, Channel: b.channel, Open: b.open()})
		}
	}
	slices.SortFunc(all, func(a, b Circuit) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Channel, b.Channel))
	})
	return all
}

// take takes a slot for a message; free releases it.
func (p *provider) take(ctx context.Context, requester string) (free func(), ok bool) {
	own := p.of(requester)
	if !own.take(ctx) {
		p.drop(requester, own)
		return nil, false
	}
	if !p.all.take(ctx) {
		own.free()
		p.drop(requester, own)
		return nil, false
	}
	return func() {
		p.all.free()
		own.free()
		p.drop(requester, own)
	}, true
}

// of returns the slots of a requester. An unknown requester may use all of them.
func (p *provider) of(requester string) *slots {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.requesters[requester]
	if own == nil {
		n := cap(p.all.taken)
		if requester != "" {
			n = max(1, n/requesterShare)
		}
		own = newSlots(n)
		p.requesters[requester] = own
	}
	own.users++
	return own
}

// drop removes a requester without requests in progress.
func (p *provider) drop(requester string, own *slots) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if own.users--; own.users == 0 {
		delete(p.requesters, requester)
	}
}

func newSlots(n int) *slots { return &slots{taken: make(chan struct{}, n)} }

// take waits briefly for a slot.
func (s *slots) take(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case s.taken <- struct{}{}:
		return true
	default:
	}
	if s.isStalled() {
		return false
	}
	timer := time.NewTimer(slotWait)
	defer timer.Stop()
	select {
	case s.taken <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	case <-timer.C:
		s.mu.Lock()
		s.stalled = true
		s.mu.Unlock()
		return false
	}
}

// free releases a slot.
func (s *slots) free() {
	<-s.taken
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stalled = false
}

func (s *slots) isStalled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stalled
}
