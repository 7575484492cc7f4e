package session

import (
	"sync"
	"time"
)

// recent is a cache that keeps a value for at least life and less than twice that, and at most
// 2*max values. It is safe for concurrent use.
type recent[V any] struct {
	life time.Duration
	max  int
	now  func() time.Time

	mu         sync.Mutex
	since      time.Time
	old, fresh map[string]V
}

func newRecent[V any](life time.Duration, most int, now func() time.Time) *recent[V] {
	return &recent[V]{life: life, max: most, now: now, since: now(), fresh: map[string]V{}}
}

func (r *recent[V]) put(key string, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire()
	r.fresh[key] = value
	if len(r.fresh) >= r.max {
		r.old, r.fresh = r.fresh, map[string]V{}
	}
}

func (r *recent[V]) get(key string) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire()
	value, found := r.fresh[key]
	if !found {
		value, found = r.old[key]
	}
	return value, found
}

// expire drops old values.
func (r *recent[V]) expire() {
	now := r.now()
	switch age := now.Sub(r.since).Abs(); {
	case age < r.life:
	case age < 2*r.life:
		r.old, r.fresh, r.since = r.fresh, map[string]V{}, now
	default:
		r.old, r.fresh, r.since = nil, map[string]V{}, now
	}
}
