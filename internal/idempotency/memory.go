package idempotency

import (
	"context"
	"sync"
	"time"
)

// maxHeld bounds the answers that a process holds; each has at most MaxAnswer bytes.
const maxHeld = 1000

type (
	// doors let the requests of a key go one after the other. A door exists as long as
	// somebody is at it.
	doors struct {
		mu  sync.Mutex
		all map[string]*door
	}

	door struct {
		turn chan struct{}
		here int
	}

	// held are the sealed answers that Redis did not take.
	held struct {
		mu  sync.Mutex
		all map[string]heldAnswer
	}

	heldAnswer struct {
		digest string
		sealed []byte
		until  time.Time
	}
)

func newDoors() *doors { return &doors{all: map[string]*door{}} }

// enter waits for the key's turn; leave ends it. Fails when ctx ends first.
func (d *doors) enter(ctx context.Context, key string) (leave func(), err error) {
	d.mu.Lock()
	at := d.all[key]
	if at == nil {
		at = &door{turn: make(chan struct{}, 1)}
		d.all[key] = at
	}
	at.here++
	d.mu.Unlock()
	select {
	case at.turn <- struct{}{}:
		return func() { <-at.turn; d.part(key, at) }, nil
	case <-ctx.Done():
		d.part(key, at)
		return nil, ctx.Err()
	}
}

func (d *doors) part(key string, at *door) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at.here--; at.here == 0 {
		delete(d.all, key)
	}
}

func newHeld() *held { return &held{all: map[string]heldAnswer{}} }

func (h *held) add(key, digest string, sealed []byte, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for old, answer := range h.all {
		if !now.Before(answer.until) {
			delete(h.all, old)
		}
	}
	if len(h.all) < maxHeld {
		h.all[key] = heldAnswer{digest, sealed, now.Add(life)}
	}
}

// find returns a held answer and the digest of the body it is for; nil if there is none.
func (h *held) find(key string, now time.Time) (sealed []byte, digest string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	answer, ok := h.all[key]
	if !ok {
		return nil, ""
	}
	if !now.Before(answer.until) {
		delete(h.all, key)
		return nil, ""
	}
	return answer.sealed, answer.digest
}
