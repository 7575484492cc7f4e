package guard

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	// rememberFor limits the caching of a refusal that may end early, on any node: a captcha
	// is solved, a charge is refunded, an address is proven.
	rememberFor = time.Second
	// rememberLasting limits the caching of a refusal that only time ends, in case an
	// operator edits Redis by hand.
	rememberLasting = 15 * time.Minute
	maxRemembers    = 10_000

	// The number of sign-ins per minute that a process admits without Redis: in total, per
	// network and per name.
	localAll     = 60
	localNetwork = 15
	localName    = 5
	localCells   = 1024
)

type (
	// memory caches refusals by their bucket.
	memory struct {
		mu   sync.Mutex
		list map[string]refusal
	}

	refusal struct {
		class Class
		// forget is when the cache entry expires, until when the refusal itself ends.
		forget, until time.Time
	}

	// local counts per minute in fixed memory. Names that share a cell share its limit, and
	// so do networks. A network can only use a part of the total, so no stranger can lock out
	// everybody.
	local struct {
		mu              sync.Mutex
		seed            maphash.Seed
		since           time.Time
		all             int
		names, networks [localCells]int
	}
)

func newMemory() *memory { return &memory{list: map[string]refusal{}} }

func (m *memory) add(p Plan, key string, class Class, wait time.Duration, now time.Time) {
	key, life := p.memoryKey(key)
	if key == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.list) >= maxRemembers {
		m.makeRoom(now)
	}
	m.list[key] = refusal{class, now.Add(min(wait, life)), now.Add(wait)}
}

// makeRoom drops expired entries and then arbitrary ones. Losing an entry costs one more
// request to Redis.
func (m *memory) makeRoom(now time.Time) {
	for key, r := range m.list {
		if !now.Before(r.forget) {
			delete(m.list, key)
		}
	}
	for key := range m.list {
		if len(m.list) <= maxRemembers*9/10 {
			return
		}
		delete(m.list, key)
	}
}

// drop forgets the refusals of a plan whose charge was refunded.
func (m *memory) drop(p Plan) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.list, p.self)
	for _, b := range p.Buckets {
		delete(m.list, b.Key)
	}
}

// find returns the longest cached wait for the plan's buckets.
func (m *memory) find(p Plan, now time.Time) (class Class, wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.list) == 0 {
		return "", 0
	}
	look := func(key string) {
		r, ok := m.list[key]
		if !ok {
			return
		}
		if !now.Before(r.forget) {
			delete(m.list, key)
		} else if left := r.until.Sub(now); left > wait {
			class, wait = r.class, left
		}
	}
	look(p.self)
	for _, b := range p.Buckets {
		look(b.Key)
	}
	return class, wait
}

// memoryKey returns the cache key of a refusal, and how long to cache it. A refusal without a
// bucket applies to this address and network only.
func (p Plan) memoryKey(key string) (string, time.Duration) {
	for _, b := range p.Buckets {
		if b.Key == key && b.lasting {
			return key, rememberLasting
		} else if b.Key == key {
			return key, rememberFor
		}
	}
	return p.self, rememberFor
}

// spend counts an attempt and returns how long it has to wait, 0 if it is admitted.
func (l *local) spend(name, network string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seed == (maphash.Seed{}) {
		l.seed = maphash.MakeSeed()
	}
	if now.Sub(l.since) >= time.Minute {
		l.since, l.all = now, 0
		l.names, l.networks = [localCells]int{}, [localCells]int{}
	}
	ofName := &l.names[maphash.String(l.seed, name)%localCells]
	ofNetwork := &l.networks[maphash.String(l.seed, network)%localCells]
	if l.all >= localAll || *ofName >= localName || *ofNetwork >= localNetwork {
		return l.since.Add(time.Minute).Sub(now)
	}
	l.all++
	*ofName++
	*ofNetwork++
	return 0
}
