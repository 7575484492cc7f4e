package session

import (
	"sync"
	"time"
)

// recent remembers values for at least life and less than twice that, and at most
// twice max of them, the newest. It is safe for concurrent use.
type recent[V any] struct {
	life time.Duration
	max  int
	now  func() time.Time

	mu        sync.Mutex
	since     time.Time
	old, news map[string]V
}

func newRecent[V any](life time.Duration, most int, now func() time.Time) *recent[V] {
	return &recent[V]{life: life, max: most, now: now, since: now(), news: map[string]V{}}
}

func (r *recent[V]) put(key string, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	r.news[key] = value
	if len(r.news) >= r.max {
		r.old, r.news = r.news, map[string]V{}
	}
}

func (r *recent[V]) get(key string) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	value, found := r.news[key]
	if !found {
		value, found = r.old[key]
	}
	return value, found
}

// turn forgets what is too old.
func (r *recent[V]) turn() {
	now := r.now()
	switch age := now.Sub(r.since).Abs(); {
	case age < r.life:
	case age < 2*r.life:
		r.old, r.news, r.since = r.news, map[string]V{}, now
	default:
		r.old, r.news, r.since = nil, map[string]V{}, now
	}
}
