package guard

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// Those that ask while others are under way go together, each gets its own answer, and
// an error is that of all who went.
func TestBatcher(t *testing.T) {
	begun, goOn := make(chan int), make(chan error)
	g := batcher[int, int]{do: func(_ context.Context, all []int) ([]int, error) {
		begun <- len(all)
		if err := <-goOn; err != nil {
			return nil, err
		}
		answers := make([]int, len(all))
		for i, n := range all {
			answers[i] = -n
		}
		return answers, nil
	}}
	var all sync.WaitGroup
	ask := func(n int, want error) {
		all.Go(func() {
			answer, err := g.ask(t.Context(), n)
			if !errors.Is(err, want) || err == nil && answer != -n {
				t.Errorf("%d is answered %d, %v", n, answer, err)
			}
		})
	}
	waiting := func(n int) {
		for have := -1; have != n; {
			g.mu.Lock()
			have = len(g.waiting)
			g.mu.Unlock()
		}
	}
	ask(1, nil)
	if n := <-begun; n != 1 {
		t.Fatalf("%d went first, want one that waits for nobody", n)
	}
	for n := range 70 {
		ask(10+n, nil)
	}
	waiting(70)
	goOn <- nil
	if n := <-begun; n != batchSize {
		t.Errorf("%d went together, want %d", n, batchSize)
	}
	goOn <- nil
	if n := <-begun; n != 70-batchSize {
		t.Errorf("%d went last, want %d", n, 70-batchSize)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := g.ask(ended, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("of a client that has gone: %v", err)
	}
	goOn <- nil
	if n := <-begun; n != 1 {
		t.Errorf("%d went for the client that has gone, want 1", n)
	}
	broken := errors.New("broken")
	goOn <- broken
	all.Wait()
	ask(3, broken)
	<-begun
	goOn <- broken
	all.Wait()
}
