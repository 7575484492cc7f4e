package guard

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// Requests that arrive while a batch is running form the next one. Each gets its own reply, and
// an error goes to the whole batch.
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
				t.Errorf("the reply to %d is %d, %v", n, answer, err)
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
		t.Fatalf("the first batch has %d requests, want 1", n)
	}
	for n := range 70 {
		ask(10+n, nil)
	}
	waiting(70)
	goOn <- nil
	if n := <-begun; n != batchSize {
		t.Errorf("the second batch has %d requests, want %d", n, batchSize)
	}
	goOn <- nil
	if n := <-begun; n != 70-batchSize {
		t.Errorf("the third batch has %d requests, want %d", n, 70-batchSize)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := g.ask(ended, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled request: %v", err)
	}
	goOn <- nil
	if n := <-begun; n != 1 {
		t.Errorf("the batch of the canceled request has %d requests, want 1", n)
	}
	broken := errors.New("broken")
	goOn <- broken
	all.Wait()
	ask(3, broken)
	<-begun
	goOn <- broken
	all.Wait()
}
