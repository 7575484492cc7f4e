package idempotency_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/idempotency"
	"user-api/internal/testkit"
)

var errBroken = errors.New("broken")

// broken makes a Redis client fail after a number of commands, for a number of commands, as if the
// server refused writes or was gone.
type broken struct {
	left, fails atomic.Int64
	// after executes a command and loses its reply.
	after bool
}

func (b *broken) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (b *broken) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if b.left.Add(-1) >= 0 || b.fails.Add(-1) < 0 {
			return next(ctx, cmd)
		}
		if b.after {
			next(ctx, cmd)
		}
		cmd.SetErr(errBroken)
		return errBroken
	}
}

func (b *broken) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// breaking returns a client of the store that can be made to fail.
func breaking(t testing.TB, r *testkit.Redis) (redis.UniversalClient, *broken) {
	t.Helper()
	o := *r.Client.(*redis.Client).Options()
	client := redis.NewClient(&o)
	t.Cleanup(func() { client.Close() })
	b := &broken{}
	b.left.Store(1 << 40)
	b.fails.Store(1 << 40)
	client.AddHook(b)
	return client, b
}

// warm loads the scripts, so that each call is one command.
func warm(t testing.TB, a *idempotency.Answers) {
	t.Helper()
	request := first
	request.Key = "key-that-warms-the-scripts"
	ask(t, a, request, "x", "x")
	request.Key += "2"
	if _, _, err := work(t.Context(), a, request, func() []byte { return nil }); err != nil {
		t.Fatal(err)
	}
}

// Without Redis the work is done, and the guarantee holds on this node only.
func TestBegin_withoutRedis(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		client, b := breaking(t, r)
		here, there := newAnswers(t, client, r.Clock), newAnswers(t, client, r.Clock)
		b.left.Store(0)
		ask(t, here, first, "first", "first")
		ask(t, here, first, "second", "first")
		ask(t, there, first, "elsewhere", "elsewhere")
		other := first
		other.Body = []byte("{}")
		if _, _, err := here.Begin(t.Context(), other); !apperr.Is(err, apperr.KeyMismatch) {
			t.Errorf("another body: %v, want idempotency_mismatch", err)
		}
		r.Advance(t, 61*time.Second)
		ask(t, here, first, "third", "third")
	})
}

// Redis stores the claim but not the answer. This node repeats the answer; another one waits until
// the claim expires and repeats the work.
func TestKeep_refused(t *testing.T) {
	for name, after := range map[string]bool{"refused": false, "the reply is lost": true} {
		t.Run(name, func(t *testing.T) {
			testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
				client, b := breaking(t, r)
				b.after = after
				here, there := newAnswers(t, client, r.Clock), newAnswers(t, r.Client, r.Clock)
				warm(t, here)
				b.left.Store(1)
				ask(t, here, first, "first", "first")
				ask(t, here, first, "second", "first")
				if after {
					ask(t, there, first, "elsewhere", "first") // it was stored after all
					return
				}
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				_, _, err := there.Begin(ctx, first)
				if !apperr.Is(err, apperr.Unavailable) || apperr.From(err).RetryAfter < time.Second {
					t.Errorf("%v, want unavailable with Retry-After", err)
				}
				r.Advance(t, 4*time.Second)
				ask(t, there, first, "elsewhere", "elsewhere")
				ask(t, here, first, "third", "first")
			})
		})
	}
}

// Redis fails only for the command that stores the answer.
func TestKeep_refusedOnce(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		client, b := breaking(t, r)
		here, there := newAnswers(t, client, r.Clock), newAnswers(t, r.Client, r.Clock)
		warm(t, here)
		b.fails.Store(1)
		b.left.Store(1)
		ask(t, here, first, "first", "first")
		ask(t, there, first, "second", "first")
	})
}

// A claim whose reply is lost is still used by its owner.
func TestBegin_replyLost(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		client, b := breaking(t, r)
		b.after = true
		here, there := newAnswers(t, client, r.Clock), newAnswers(t, r.Client, r.Clock)
		warm(t, here)
		b.left.Store(0)
		answer, turn, err := here.Begin(t.Context(), first)
		if err != nil || answer != nil {
			t.Fatalf("%q, %v", answer, err)
		}
		b.left.Store(1 << 40)
		turn.Keep([]byte("first"))
		turn.End()
		ask(t, there, first, "second", "first")
	})
}

// The owner is killed: it neither answers nor renews its claim. A waiting request takes over.
func TestBegin_ownerKilled(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		t.Parallel() // it waits
		var doomed redis.UniversalClient
		if node, ok := r.Client.(*redis.Client); ok {
			doomed = redis.NewClient(node.Options())
		} else {
			doomed = redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{r.Addr}})
		}
		killed, there := newAnswers(t, doomed, r.Clock), newAnswers(t, r.Client, r.Clock)
		if _, _, err := killed.Begin(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		doomed.Close()
		taken := make(chan error, 1)
		go func() {
			answer, _, err := work(t.Context(), there, first, func() []byte { return []byte("second") })
			if err == nil && string(answer) != "second" {
				err = errors.New(string(answer))
			}
			taken <- err
		}()
		r.Advance(t, 2*time.Second)
		select {
		case err := <-taken:
			t.Fatalf("taken over from a live owner: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		r.Advance(t, 2*time.Second)
		if err := <-taken; err != nil {
			t.Fatal(err)
		}
	})
}

// An owner that lost its claim does not overwrite the answer of its successor.
func TestKeep_takenOver(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		slow, there := newAnswers(t, r.Client, r.Clock), newAnswers(t, r.Client, r.Clock)
		_, turn, err := slow.Begin(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		r.Advance(t, 4*time.Second)
		ask(t, there, first, "successor", "successor")
		turn.Keep([]byte("too late"))
		turn.End()
		ask(t, there, first, "again", "successor")
		ask(t, slow, first, "again", "successor")
	})
}

// An owner that works longer than a claim lasts keeps it.
func TestBegin_longWork(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		t.Parallel() // it waits
		here, there := newAnswers(t, r.Client, r.Clock), newAnswers(t, r.Client, r.Clock)
		_, turn, err := here.Begin(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		claim := func() time.Duration {
			for _, key := range r.Client.Keys(ctx, "*").Val() {
				if r.Client.Type(ctx, key).Val() == "hash" {
					return r.Client.PTTL(ctx, key).Val()
				}
			}
			t.Fatal("the claim is gone")
			return 0
		}
		for range 3 {
			r.Advance(t, 1200*time.Millisecond)
			renewed := false
			for range 500 {
				if renewed = claim() > 2800*time.Millisecond; renewed {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if !renewed {
				t.Fatalf("the claim is not renewed: it has %v left", claim())
			}
		}
		turn.Keep([]byte("first"))
		turn.End()
		ask(t, there, first, "second", "first")
		if left := claim(); left < 50*time.Second {
			t.Errorf("the TTL of the answer is %v", left)
		}
	})
}

// Redis fails while another request is working: the work is not done concurrently.
func TestBegin_failsWhileWaiting(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		client, b := breaking(t, r)
		here, there := newAnswers(t, r.Client, r.Clock), newAnswers(t, client, r.Clock)
		warm(t, there)
		_, turn, err := here.Begin(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		defer turn.End()
		b.left.Store(1)
		if _, _, err := there.Begin(t.Context(), first); !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("%v, want unavailable", err)
		}
	})
}

// Waiting requests end with their context.
func TestBegin_waitsWithinItsTime(t *testing.T) {
	a := newAnswers(t, testkit.EmbeddedRedis(t).Client, testkit.NewClock())
	_, turn, err := a.Begin(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := a.Begin(ctx, first); !apperr.Is(err, apperr.Unavailable) || apperr.From(err).RetryAfter == 0 {
		t.Errorf("%v, want unavailable with Retry-After", err)
	}
	turn.Keep([]byte("first"))
	turn.End()
	ask(t, a, first, "second", "first")
}
