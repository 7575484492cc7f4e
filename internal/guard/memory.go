package guard

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	// A refusal that may end before its time is remembered no longer: a captcha is
	// solved, a charge taken back, an address proven, on whatever node.
	rememberFor = time.Second
	// One that only time ends is remembered as long as it lasts, but for what an
	// operator takes out of Redis by hand.
	rememberLasting = 15 * time.Minute
	maxRemembers    = 10_000

	// Without Redis a process lets so many sign-ins pass in a minute: in all, from a
	// network, and to a name.
	localAll     = 60
	localNetwork = 15
	localName    = 5
	localCells   = 1024
)

type (
	// memory holds refusals by their bucket.
	memory struct {
		mu   sync.Mutex
		list map[string]refusal
	}

	refusal struct {
		class Class
		// forget is when the memory ends, until when the bucket refuses.
		forget, until time.Time
	}

	// local counts by the minute in fixed memory; names that share a cell share its
	// limit, and so do networks. A network has a part of the whole, so that no
	// stranger keeps everybody out.
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

// makeRoom forgets what is over, and else any: that costs one more question to
// Redis.
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

// drop forgets the refusals of a plan, of which a charge was taken back.
func (m *memory) drop(p Plan) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.list, p.self)
	for _, b := range p.Buckets {
		delete(m.list, b.Key)
	}
}

// find gives the longest wait that is remembered of the plan's buckets.
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

// memoryKey is where a refusal is remembered, and for how long: that of no bucket
// is of this address and network alone.
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

// spend counts a try and gives how long it has to wait, 0 if it may pass.
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
