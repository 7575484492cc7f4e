package authz

import (
	"fmt"
	"testing"
)

func put(c *cache, i int) *token {
	t := &token{digest: digestOf(fmt.Sprint(i))}
	c.put(t)
	return t
}

// However many tokens come, the cache stays small and keeps those that are used.
func TestCache(t *testing.T) {
	c := newCache(320)
	wanted := put(c, -1)
	for i := range 10_000 {
		if last := put(c, i); c.get(last.digest) != last {
			t.Fatalf("token %d is missing", i)
		}
		if c.get(wanted.digest) != wanted {
			t.Fatalf("a token that is used is gone after %d others", i)
		}
	}
	held := 0
	for i := range c.shards {
		held += len(c.shards[i].young) + len(c.shards[i].old)
	}
	if held > 640 || held < 320 {
		t.Errorf("%d tokens are cached", held)
	}
	if c.get(digestOf("0")) != nil {
		t.Error("the first token is still cached")
	}
}

func TestCache_smallest(t *testing.T) {
	c := newCache(1)
	if last := put(c, 1); c.get(last.digest) != last {
		t.Error("not even one token is cached")
	}
}
