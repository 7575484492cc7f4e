package idempotency

import (
	"context"
	"sync"
	"time"
)

// maxInMemory bounds the number of answers in memory; each has at most MaxAnswer bytes.
const maxInMemory = 1000

type (
	// keyedMutex serializes the requests of a key. A lock exists only while it is in use.
	keyedMutex struct {
		mu  sync.Mutex
		all map[string]*lock
	}

	lock struct {
		sem   chan struct{}
		users int
	}

	// memory holds the sealed answers that Redis did not store.
	memory struct {
		mu  sync.Mutex
		all map[string]memoryAnswer
	}

	memoryAnswer struct {
		digest string
		sealed []byte
		until  time.Time
	}
)

func newKeyedMutex() *keyedMutex { return &keyedMutex{all: map[string]*lock{}} }

// lock waits for the key's lock. It fails if ctx ends first.
func (m *keyedMutex) lock(ctx context.Context, key string) (leave func(), err error) {
	m.mu.Lock()
	l := m.all[key]
	if l == nil {
		l = &lock{sem: make(chan struct{}, 1)}
		m.all[key] = l
	}
	l.users++
	m.mu.Unlock()
	select {
	case l.sem <- struct{}{}:
		return func() { <-l.sem; m.release(key, l) }, nil
	case <-ctx.Done():
		m.release(key, l)
		return nil, ctx.Err()
	}
}

func (m *keyedMutex) release(key string, l *lock) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l.users--; l.users == 0 {
		delete(m.all, key)
	}
}

func newMemory() *memory { return &memory{all: map[string]memoryAnswer{}} }

func (m *memory) add(key, digest string, sealed []byte, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for old, answer := range m.all {
		if !now.Before(answer.until) {
			delete(m.all, old)
		}
	}
	if len(m.all) < maxInMemory {
		m.all[key] = memoryAnswer{digest, sealed, now.Add(life)}
	}
}

// find returns a sealed answer and the digest of its request body; nil if there is none.
func (m *memory) find(key string, now time.Time) (sealed []byte, digest string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer, ok := m.all[key]
	if !ok {
		return nil, ""
	}
	if !now.Before(answer.until) {
		delete(m.all, key)
		return nil, ""
	}
	return answer.sealed, answer.digest
}
