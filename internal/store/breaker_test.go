package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"user-api/internal/store"
)

// wantBack waits until Redis is used again: about 3 s on an idle machine.
func wantBack(t *testing.T, r *store.Redis) {
	t.Helper()
	begin := time.Now()
	for r.Client.Incr(context.Background(), "k").Err() != nil {
		if time.Since(begin) > 10*time.Second {
			t.Fatal("not used again 10 s after it came back")
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("back after %v", time.Since(begin))
	for range 100 {
		if err := r.Client.Incr(context.Background(), "k").Err(); err != nil {
			t.Fatalf("after it came back: %v", err)
		}
	}
}

// wantFast calls a failing Redis n times after some initial calls, and checks that hardly
// any call is sent.
func wantFast(t *testing.T, r *store.Redis, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { r.Client.Incr(context.Background(), "k") })
	}
	wg.Wait()
	begin := time.Now()
	var down int
	for range n {
		if errors.Is(r.Client.Incr(context.Background(), "k").Err(), store.ErrRedisDown) {
			down++
		}
	}
	took := time.Since(begin)
	t.Logf("%d calls in %v, %d not sent", n, took, down)
	if n-down > mayProbe(took) {
		t.Errorf("%d calls took %v and %d were not sent, want nearly all", n, took, down)
	}
}

func TestDeadRedisCostsNothingAndComesBack(t *testing.T) {
	for _, kind := range []string{store.TypeNode, store.TypeCluster} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			r := openRedis(t, p.node(kind))
			p.Close()
			wantFast(t, r, 1000)
			if err := p.Restart(); err != nil {
				t.Fatal(err)
			}
			p.hook()
			wantBack(t, r)
		})
	}
}

func TestHungRedisCostsNothingAndComesBack(t *testing.T) {
	for _, kind := range []string{store.TypeNode, store.TypeCluster} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			r := openRedis(t, p.node(kind))
			p.mode.Store(hangAll)
			wantFast(t, r, 1000)
			p.mode.Store(answer)
			wantBack(t, r)
		})
	}
}

func TestTheBreakerIgnoresWhatIsNotTheServersFault(t *testing.T) {
	p := newPatient(t)
	r := openRedis(t, p.node(store.TypeNode))
	ctx := context.Background()
	gone, leave := context.WithCancel(ctx)
	leave()
	late, cancel := context.WithTimeout(ctx, time.Nanosecond)
	defer cancel()
	r.Client.Set(ctx, "text", "x", 0)
	for range 50 {
		for what, err := range map[string]error{
			"missing key":   r.Client.Get(ctx, "none").Err(),
			"server error":  r.Client.Incr(ctx, "text").Err(),
			"caller gone":   r.Client.Incr(gone, "k").Err(),
			"caller late":   r.Client.Incr(late, "k").Err(),
			"script error":  r.Client.Eval(ctx, "error('x')", nil).Err(),
			"unknown words": r.Client.Do(ctx, "NONSENSE").Err(),
		} {
			if err == nil || errors.Is(err, store.ErrRedisDown) {
				t.Fatalf("%s: got %v, want its own error", what, err)
			}
		}
	}
	for range 20 { // without a response in between
		r.Client.Incr(gone, "k")
	}
	if err := r.Client.Incr(ctx, "k").Err(); err != nil {
		t.Errorf("after callers who left: got %v, want no error", err)
	}
	p.mode.Store(hang)
	for range 20 {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		r.Client.Incr(ctx, "k")
		cancel()
	}
	p.mode.Store(answer)
	if err := r.Client.Incr(ctx, "k").Err(); err != nil {
		t.Errorf("after callers without time: got %v, want no error", err)
	}
}
