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
	// digest names a token without holding it.
	digest [sha256.Size]byte

	// cache holds verified tokens by their digest. Each shard has two halves: when the
	// younger one is full, the older one is dropped, and with it what was not asked for
	// since.
	cache struct {
		most   int // of a half
		shards [shards]shard
	}

	shard struct {
		mu         sync.RWMutex
		young, old map[digest]*token
	}
)

func digestOf(raw string) digest { return sha256.Sum256([]byte(raw)) }

func newCache(size int) *cache {
	c := &cache{most: max(size/shards, 1)}
	for i := range c.shards {
		c.shards[i].young = map[digest]*token{}
	}
	return c
}

// get returns a token that was remembered, or nil. One of the older half is as if it were
// put again.
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
	if len(s.young) >= c.most {
		s.old, s.young = s.young, make(map[digest]*token, c.most)
	}
	s.young[t.digest] = t
}
