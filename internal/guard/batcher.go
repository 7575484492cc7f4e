package guard

import (
	"context"
	"sync"
	"time"
)

const (
	// batchSize bounds the time that one batch keeps Redis busy, some milliseconds.
	batchSize = 64
	// batchTimeout is for a store without a timeout of its own.
	batchTimeout = 10 * time.Second
)

type (
	// batcher combines concurrent requests into batches. It never waits for more: requests
	// that arrive while a batch is running form the next one. So the higher the load, the
	// fewer calls per request. It is safe for concurrent use.
	batcher[Q, A any] struct {
		do func(ctx context.Context, all []Q) ([]A, error)

		mu      sync.Mutex
		waiting []*pending[Q, A]
		busy    bool
	}

	pending[Q, A any] struct {
		request Q
		reply   A
		err     error
		done    chan struct{}
	}
)

// ask returns the reply to a request. If ctx ends first, the request may or may not run.
func (b *batcher[Q, A]) ask(ctx context.Context, request Q) (A, error) {
	mine := &pending[Q, A]{request: request, done: make(chan struct{})}
	b.mu.Lock()
	b.waiting = append(b.waiting, mine)
	begin := !b.busy
	b.busy = true
	b.mu.Unlock()
	if begin {
		go b.work(context.WithoutCancel(ctx))
	}
	select {
	case <-mine.done:
		return mine.reply, mine.err
	case <-ctx.Done():
		var none A
		return none, ctx.Err()
	}
}

func (b *batcher[Q, A]) work(ctx context.Context) {
	for {
		b.mu.Lock()
		next := b.waiting[:min(len(b.waiting), batchSize)]
		b.waiting = b.waiting[len(next):]
		b.busy = len(next) > 0
		b.mu.Unlock()
		if len(next) == 0 {
			return
		}
		b.run(ctx, next)
	}
}

func (b *batcher[Q, A]) run(ctx context.Context, batch []*pending[Q, A]) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	requests := make([]Q, len(batch))
	for i, one := range batch {
		requests[i] = one.request
	}
	replies, err := b.do(ctx, requests)
	for i, one := range batch {
		if one.err = err; err == nil {
			one.reply = replies[i]
		}
		close(one.done)
	}
}
