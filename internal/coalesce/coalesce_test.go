package coalesce_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"user-api/internal/coalesce"
)

type call = coalesce.Call[int, int]

// store answers after a while with twice the number, or with an error for 13.
type store struct {
	takes time.Duration
	trips atomic.Int64
	most  atomic.Int64
}

var errThirteen = errors.New("thirteen")

func double(n int) (int, error) {
	if n == 13 {
		return 0, errThirteen
	}
	return 2 * n, nil
}

func (s *store) one(ctx context.Context, n int) (int, error) {
	s.trips.Add(1)
	select {
	case <-time.After(s.takes):
		return double(n)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (s *store) many(_ context.Context, calls []*call) {
	s.trips.Add(1)
	s.most.Store(max(s.most.Load(), int64(len(calls))))
	time.Sleep(s.takes)
	for _, c := range calls {
		c.Out, c.Err = double(c.In)
	}
}

func (s *store) group() *coalesce.Group[int, int] { return coalesce.New(s.one, s.many) }

// Of concurrent calls one is made alone and the others together. Each gets its own answer.
func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{takes: time.Millisecond}
		g := s.group()
		var wait sync.WaitGroup
		for n := range 20 {
			wait.Go(func() {
				want, wantErr := double(n)
				if got, err := g.Do(t.Context(), n); got != want || !errors.Is(err, wantErr) {
					t.Errorf("Do(%d) = %d, %v, want %d, %v", n, got, err, want, wantErr)
				}
			})
		}
		wait.Wait()
		if trips := s.trips.Load(); trips > 3 {
			t.Errorf("20 concurrent calls took %d trips", trips)
		}
		// Once all have ended, calls are made alone again.
		for n := range 3 {
			if got, err := g.Do(t.Context(), n); got != 2*n || err != nil {
				t.Errorf("Do(%d) = %d, %v", n, got, err)
			}
		}
		if trips := s.trips.Load(); trips < 5 {
			t.Errorf("3 sequential calls did not take a trip each: %d in total", trips)
		}
	})
}

// The size of a trip is limited, and of two sequential calls each is made by its own goroutine.
func TestDo_bounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{takes: time.Millisecond}
		g := s.group()
		var wait sync.WaitGroup
		for n := range 200 {
			wait.Go(func() { _, _ = g.Do(t.Context(), n) })
		}
		wait.Wait()
		if most := s.most.Load(); most > 64 || most < 2 {
			t.Errorf("%d calls were one trip", most)
		}
		s.most.Store(0)
		for range 2 {
			wait.Go(func() { _, _ = g.Do(t.Context(), 1) })
		}
		wait.Wait()
		if most := s.most.Load(); most != 0 {
			t.Errorf("one waiting call was a trip of %d", most)
		}
	})
}

// While a trip hangs, later calls wait neither long nor beyond their own time limits.
func TestDo_hung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{takes: time.Millisecond}
		g := coalesce.New(func(ctx context.Context, n int) (int, error) {
			if n == 0 {
				time.Sleep(time.Minute)
			}
			return s.one(ctx, n)
		}, s.many)
		var wait sync.WaitGroup
		wait.Go(func() { _, _ = g.Do(t.Context(), 0) })
		synctest.Wait()
		begin := time.Now()
		for n := 1; n < 10; n++ {
			wait.Go(func() {
				if got, err := g.Do(t.Context(), n); got != 2*n || err != nil {
					t.Errorf("Do(%d) = %d, %v", n, got, err)
				}
				if took := time.Since(begin); took > 100*time.Millisecond {
					t.Errorf("it waited for %v", took)
				}
			})
			wait.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*time.Millisecond)
				defer cancel()
				if _, err := g.Do(ctx, n); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("past its time limit: %v", err)
				}
				if took := time.Since(begin); took > time.Duration(n)*time.Millisecond {
					t.Errorf("with %d ms it waited for %v", n, took)
				}
			})
		}
		wait.Wait()
	})
}

// A caller that leaves during a trip, or just when it becomes the leader, blocks nobody.
func TestDo_left(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{takes: time.Millisecond}
		g := s.group()
		for round := range 200 {
			var wait sync.WaitGroup
			for n := range 6 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(round*20*(n%3))*time.Microsecond)
				if n%2 == 0 {
					ctx, cancel = context.WithCancel(t.Context())
				}
				wait.Go(func() {
					defer cancel()
					if got, err := g.Do(ctx, n); ctx.Err() == nil && (got != 2*n || err != nil) {
						t.Errorf("Do(%d) = %d, %v", n, got, err)
					}
				})
			}
			wait.Wait()
			synctest.Wait()
		}
		if got, err := g.Do(t.Context(), 21); got != 42 || err != nil {
			t.Errorf("after all: %d, %v", got, err)
		}
	})
}

// A panic affects only its own trip.
func TestDo_panic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{takes: time.Millisecond}
		g := coalesce.New(s.one, func(context.Context, []*call) { panic("a fault") })
		var wait sync.WaitGroup
		var failed atomic.Int64
		for n := range 5 {
			wait.Go(func() {
				if _, err := g.Do(t.Context(), n); err != nil {
					failed.Add(1)
				}
			})
		}
		wait.Wait()
		if n := failed.Load(); n != 4 {
			t.Errorf("%d calls failed, want the 4 of the trip", n)
		}
		if got, err := g.Do(t.Context(), 1); got != 2 || err != nil {
			t.Errorf("after that: %d, %v", got, err)
		}
	})
}

// recording is a span that is recorded.
type recording struct{ trace.Span }

func (recording) IsRecording() bool { return true }

// A traced call is made alone, with its own context, and does not wait.
func TestDo_traced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{takes: time.Millisecond}
		g := s.group()
		ctx := trace.ContextWithSpan(t.Context(), recording{noop.Span{}})
		var wait sync.WaitGroup
		for n := range 5 {
			wait.Go(func() {
				if got, err := g.Do(ctx, n); got != 2*n || err != nil {
					t.Errorf("Do(%d) = %d, %v", n, got, err)
				}
			})
		}
		wait.Wait()
		if trips := s.trips.Load(); trips != 5 {
			t.Errorf("5 traced calls were %d trips", trips)
		}
	})
}

func ExampleGroup() {
	users := map[int]string{1: "ann", 2: "bob"}
	group := coalesce.New(func(_ context.Context, id int) (string, error) {
		return users[id], nil // select … where id = ?
	}, func(_ context.Context, calls []*coalesce.Call[int, string]) {
		for _, c := range calls { // select … where id in (?, ?, …)
			c.Out, c.Err = users[c.In], nil
		}
	})
	name, err := group.Do(context.Background(), 2)
	fmt.Println(name, err)
	// Output: bob <nil>
}
