package password_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/password"
)

// shared is a gate with one slot, which is in use, and its waiting callers.
type shared struct {
	t *testing.T
	h *password.Hasher
	v *valve

	mu     sync.Mutex
	served []string
	busy   map[string]int
	other  map[string]error
}

func share(t *testing.T, queue int) *shared {
	h, v := newDryHasher(t, password.Options{Concurrency: 1, Queue: queue, Wait: time.Hour})
	s := &shared{t: t, h: h, v: v, busy: map[string]int{}, other: map[string]error{}}
	s.call("first", nil)
	return s
}

// call starts a caller and waits until it runs, is queued or is refused.
func (s *shared) call(network string, recheck func() error) {
	go func() {
		_, err := s.h.For(password.Payer{Network: network, Recheck: recheck}).Hash(s.t.Context(), phrase)
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case err == nil:
			s.served = append(s.served, network)
		case errors.Is(err, apperr.ErrBusy) && apperr.Is(err, apperr.Unavailable):
			s.busy[network]++
		default:
			s.other[network] = err
		}
	}()
	synctest.Wait()
}

func (s *shared) run() []string {
	for s.v.waiting.Load() > 0 {
		s.v.open <- struct{}{} // one hash after the other
		synctest.Wait()
	}
	return s.served
}

// A network that wants every place gets half of them, and other networks are served after at most
// one of its hashes.
func TestGate_share(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := share(t, 8)
		for range 160 {
			s.call("flood", nil)
		}
		for i := range 4 {
			s.call(fmt.Sprint("honest ", i), nil)
		}
		if s.busy["flood"] != 156 || len(s.busy) != 1 {
			t.Errorf("refused: %v, want all of the flood but four", s.busy)
		}
		want := []string{"first", "flood", "honest 0", "honest 1", "honest 2", "honest 3", "flood", "flood", "flood"}
		if got := s.run(); !slices.Equal(got, want) {
			t.Errorf("served in the order %q, want %q", got, want)
		}
	})
}

// If the queue is full, the network with the most callers gives a place to the one with the fewest.
func TestGate_fullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := share(t, 8)
		for range 10 {
			s.call("a", nil)
			s.call("b", nil)
		}
		s.call("honest", nil)
		s.call("honest", nil)
		s.call("honest", nil) // a third would leave another network with fewer
		if got := s.busy["a"] + s.busy["b"]; got != 12+2 || s.busy["honest"] != 1 {
			t.Errorf("refused: %v, want two more of the flood and one honest caller", s.busy)
		}
		if got := s.run(); len(got) != 9 || got[3] != "honest" {
			t.Errorf("served: %q", got)
		}
	})
}

// A caller whose Recheck fails after waiting gets no hash and blocks nobody.
func TestGate_recheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, over, calls := share(t, 8), errors.New("the limit is reached"), 0
		for range 3 {
			s.call("flood", func() error { calls++; return over })
		}
		s.call("honest", func() error { return nil })
		if calls > 0 {
			t.Error("Recheck was called before the turn")
		}
		if got := s.run(); !slices.Equal(got, []string{"first", "honest"}) || s.other["flood"] != over || calls != 3 {
			t.Errorf("served %q, the others got %v", got, s.other)
		}
	})
}

// A caller that gives up frees its place and its turn.
func TestGate_givenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, v := newDryHasher(t, password.Options{Concurrency: 1, Queue: 4, Wait: time.Second})
		go h.Hash(t.Context(), phrase)
		synctest.Wait()
		for round := range 3 {
			for i := range 6 {
				go h.For(network(i%2)).Hash(t.Context(), phrase)
			}
			time.Sleep(2 * time.Second) // of the bubble's clock: all have given up
			if n := v.waiting.Load(); n != 1 {
				t.Fatalf("round %d: %d hashes run, want the first", round, n)
			}
		}
		close(v.open)
		synctest.Wait()
		for i := range 3 {
			if _, err := h.For(network(i)).Hash(t.Context(), phrase); err != nil {
				t.Errorf("the gate stays blocked: %v", err)
			}
		}
	})
}
