package guard

import (
	"context"
	"sync"
	"time"
)

const (
	// gatherMost is how many go together: they keep one core for some milliseconds.
	gatherMost = 64
	// gatherTime is what a store may take that has no limit of its own.
	gatherTime = 10 * time.Second
)

type (
	// gather does together what many ask for at the same time. Nobody waits for others to
	// come: those that ask while some are under way go next, all in one. What bounds all
	// asks is thus asked the less often, the more there is to do. It is safe for
	// concurrent use.
	gather[Q, A any] struct {
		do func(ctx context.Context, all []Q) ([]A, error)

		mu      sync.Mutex
		waiting []*gathered[Q, A]
		busy    bool
	}

	gathered[Q, A any] struct {
		question Q
		answer   A
		err      error
		done     chan struct{}
	}
)

// ask returns the answer to a question. Where ctx ends first, nobody knows whether it
// was asked.
func (g *gather[Q, A]) ask(ctx context.Context, question Q) (A, error) {
	mine := &gathered[Q, A]{question: question, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, mine)
	begin := !g.busy
	g.busy = true
	g.mu.Unlock()
	if begin {
		go g.work(context.WithoutCancel(ctx))
	}
	select {
	case <-mine.done:
		return mine.answer, mine.err
	case <-ctx.Done():
		var none A
		return none, ctx.Err()
	}
}

func (g *gather[Q, A]) work(ctx context.Context) {
	for {
		g.mu.Lock()
		next := g.waiting[:min(len(g.waiting), gatherMost)]
		g.waiting = g.waiting[len(next):]
		g.busy = len(next) > 0
		g.mu.Unlock()
		if len(next) == 0 {
			return
		}
		g.together(ctx, next)
	}
}

func (g *gather[Q, A]) together(ctx context.Context, next []*gathered[Q, A]) {
	ctx, cancel := context.WithTimeout(ctx, gatherTime)
	defer cancel()
	questions := make([]Q, len(next))
	for i, one := range next {
		questions[i] = one.question
	}
	answers, err := g.do(ctx, questions)
	for i, one := range next {
		if one.err = err; err == nil {
			one.answer = answers[i]
		}
		close(one.done)
	}
}
