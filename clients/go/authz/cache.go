package authz

import (
	"crypto/sha256"
	"sync"
)

const (
	defaultCache = 20_000
	shards       = 16
)

type (
	// digest identifies a token without containing it.
	digest [sha256.Size]byte

	// cache holds verified tokens by digest. Each shard has two generations: when the younger
	// one is full, the older one is dropped with all tokens that were not used since.
	cache struct {
		size   int // of a generation
		shards [shards]shard
	}

	shard struct {
		mu         sync.RWMutex
		young, old map[digest]*token
	}
)

func digestOf(raw string) digest { return sha256.Sum256([]byte(raw)) }

func newCache(size int) *cache {
	c := &cache{size: max(size/shards, 1)}
	for i := range c.shards {
		c.shards[i].young = map[digest]*token{}
	}
	return c
}

// get returns a cached token, or nil. A token of the older generation moves to the younger
// one.
func (c *cache) get(d digest) *token {
	s := &c.shards[d[0]%shards]
	s.mu.RLock()
	t, young := s.young[d]
	if !young {
		t = s.old[d]
	}
	s.mu.RUnlock()
	if t != nil && !young {
		c.put(t)
	}
	return t
}

func (c *cache) put(t *token) {
	s := &c.shards[t.digest[0]%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.young) >= c.size {
		s.old, s.young = s.young, make(map[digest]*token, c.size)
	}
	s.young[t.digest] = t
}
