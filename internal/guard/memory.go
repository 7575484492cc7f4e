package guard

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	// A refusal is remembered no longer, so that what was freed elsewhere is not
	// withheld.
	rememberFor  = time.Second
	maxRemembers = 10_000

	// Without Redis a process lets so many sign-ins pass in a minute.
	localAll   = 60
	localPer   = 5
	localCells = 1024
)

type (
	// memory holds the refusals of the last second by their bucket.
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
	// limit.
	local struct {
		mu    sync.Mutex
		seed  maphash.Seed
		since time.Time
		all   int
		cells [localCells]int
	}
)

func newMemory() *memory { return &memory{list: map[string]refusal{}} }

func (m *memory) add(p Plan, key string, class Class, wait time.Duration, now time.Time) {
	key = p.memoryKey(key)
	if key == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.list) >= maxRemembers {
		clear(m.list) // costs each of them one more question to Redis
	}
	m.list[key] = refusal{class, now.Add(min(wait, rememberFor)), now.Add(wait)}
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
	for _, c := range p.Conversion {
		look(c.Key)
	}
	return class, wait
}

// memoryKey keeps to this address and network what may be otherwise in another
// lane.
func (p Plan) memoryKey(key string) string {
	for _, b := range p.Buckets {
		if b.Key == key && !b.Lane {
			return key
		}
	}
	for _, c := range p.Conversion {
		if c.Key == key {
			return key
		}
	}
	return p.self
}

// spend counts a try and gives how long it has to wait, 0 if it may pass.
func (l *local) spend(name string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seed == (maphash.Seed{}) {
		l.seed = maphash.MakeSeed()
	}
	if now.Sub(l.since) >= time.Minute {
		l.since, l.all, l.cells = now, 0, [localCells]int{}
	}
	cell := &l.cells[maphash.String(l.seed, name)%localCells]
	if l.all >= localAll || *cell >= localPer {
		return l.since.Add(time.Minute).Sub(now)
	}
	l.all++
	*cell++
	return 0
}
