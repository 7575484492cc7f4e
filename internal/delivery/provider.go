package delivery

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// placeWait is how long a send waits for a place at a provider. One that
	// works frees a place sooner; one that does not is no use waiting for.
	placeWait = 100 * time.Millisecond
	// busyPause is after how long a send that got no place comes again.
	busyPause = time.Second
	// askerShare is the part of a provider's places that the messages of one asker
	// may take at once: three of them, whose recipients hang, leave a quarter.
	askerShare = 4
)

type (
	// Limited is a Sender that can do no more than so much at once.
	Limited interface {
		// Capacity is how many calls of Send do not wait for one another.
		Capacity() int
	}

	// provider is what this process knows of one provider: how many requests to it
	// run, and how each of its channels works. Two senders of one name are one
	// provider.
	provider struct {
		name  string
		lines map[Channel]*line

		all *places

		mu sync.Mutex
		// askers are the places of each asker that has a request under way.
		askers map[string]*places
	}

	// Circuit tells whether this process leaves a provider alone in a channel.
	Circuit struct {
		Provider string
		Channel  Channel
		Open     bool
	}

	// places bound what runs at once.
	places struct {
		// taken holds a token for every request that runs.
		taken chan struct{}
		// users is how many hold these places or wait for one.
		users int

		mu sync.Mutex
		// stalled means that a send waited for a place in vain, and that no request
		// has ended since: nobody else need wait.
		stalled bool
	}
)

// newProviders gives each provider of the routes half of the workers, or all of
// them where there is no other to keep any for; and none more than it can use.
func newProviders(routes []Route, concurrency int) map[string]*provider {
	providers := map[string]*provider{}
	capacity := map[string]int{}
	for _, route := range routes {
		for _, hop := range route.Via {
			name := hop.Sender.Name()
			p := providers[name]
			if p == nil {
				p = &provider{name: name, lines: map[Channel]*line{}, askers: map[string]*places{}}
				providers[name] = p
			}
			if p.lines[route.Channel] == nil {
				p.lines[route.Channel] = newLine(name, route.Channel)
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
		p.all = newPlaces(n)
	}
	return providers
}

// Circuits are those of this process, by provider and channel.
func (c *Courier) Circuits() []Circuit {
	var all []Circuit
	for _, p := range c.providers {
		for _, l := range p.lines {
			all = append(all, Circuit{Provider: l.provider, Channel: l.channel, Open: l.open()})
		}
	}
	slices.SortFunc(all, func(a, b Circuit) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Channel, b.Channel))
	})
	return all
}

// take takes a place for a message, for a moment; free gives it back.
func (p *provider) take(ctx context.Context, asker string) (free func(), ok bool) {
	own := p.of(asker)
	if !own.take(ctx) {
		p.drop(asker, own)
		return nil, false
	}
	if !p.all.take(ctx) {
		own.free()
		p.drop(asker, own)
		return nil, false
	}
	return func() {
		p.all.free()
		own.free()
		p.drop(asker, own)
	}, true
}

// of are the places of an asker. Where it is not known who asks, they are all.
func (p *provider) of(asker string) *places {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.askers[asker]
	if own == nil {
		n := cap(p.all.taken)
		if asker != "" {
			n = max(1, n/askerShare)
		}
		own = newPlaces(n)
		p.askers[asker] = own
	}
	own.users++
	return own
}

// drop forgets an asker with nothing under way.
func (p *provider) drop(asker string, own *places) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if own.users--; own.users == 0 {
		delete(p.askers, asker)
	}
}

func newPlaces(n int) *places { return &places{taken: make(chan struct{}, n)} }

// take waits for a place, for a moment.
func (p *places) take(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case p.taken <- struct{}{}:
		return true
	default:
	}
	if p.isStalled() {
		return false
	}
	timer := time.NewTimer(placeWait)
	defer timer.Stop()
	select {
	case p.taken <- struct{}{}:
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

// free gives a place back.
func (p *places) free() {
	<-p.taken
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = false
}

func (p *places) isStalled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stalled
}
