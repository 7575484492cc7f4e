package signin

import (
	"context"
	"hash/maphash"
)

// turns lets those who ask for the same key go one after the other. Keys share a
// fixed number of doors, so it holds no memory of them.
type turns struct {
	seed  maphash.Seed
	doors [64]chan struct{}
}

func newTurns() *turns {
	t := &turns{seed: maphash.MakeSeed()}
	for i := range t.doors {
		t.doors[i] = make(chan struct{}, 1)
	}
	return t
}

// enter waits for the key's turn; leave ends it. Fails when ctx ends first.
func (t *turns) enter(ctx context.Context, key string) (leave func(), err error) {
	door := t.doors[maphash.String(t.seed, key)%uint64(len(t.doors))]
	select {
	case door <- struct{}{}:
		return func() { <-door }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
