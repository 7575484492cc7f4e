package delivery_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
)

func TestKilledWorker(t *testing.T) {
	retryable := delivery.FaultRateLimited.Err()
	tests := []struct {
		name       string
		repeatable bool
		claimed    bool // before the worker was killed
		send       func(context.Context, delivery.Message, int) error
		want       []string
		wantCalls  int
	}{
		{name: "a message that may be out is not sent again", claimed: true, want: []string{"failed unconfirmed"}},
		{
			name: "a repeatable message is sent again", claimed: true, repeatable: true,
			want: []string{"sent"}, wantCalls: 1,
		},
		{
			name: "an attempt that did not start uses up none", send: failing(retryable, retryable),
			want: []string{"queued rate_limited", "queued rate_limited", "sent"}, wantCalls: 3,
		},
	}
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				s, store := &sender{repeatable: tt.repeatable, send: tt.send}, newChallenges()
				c := newCourier(t, client, store, s)
				id := store.add("otp", 1)
				enqueue(t, c, "otp", 1)
				abandon(t, client, id)
				if tt.claimed {
					if _, err := store.Claim(t.Context(), "otp", 1, tt.repeatable); err != nil {
						t.Fatalf("Claim: %v", err)
					}
				}
				start(t, c)
				eventually(t, "the send", func() bool { return store.settled() == 1 })
				if diff := cmp.Diff(tt.want, store.reports(id)); diff != "" {
					t.Errorf("reports (-want +got):\n%s", diff)
				}
				if got := len(s.callsOf(id)); got != tt.wantCalls {
					t.Errorf("sent %d times, want %d", got, tt.wantCalls)
				}
				if err := c.Drain(t.Context()); err != nil {
					t.Errorf("Drain: %v", err)
				}
			})
		}
	})
}

// abandon takes a queued task, as asynq does for a worker that is then killed.
func abandon(t *testing.T, client redis.UniversalClient, id string) {
	t.Helper()
	const prefix = "asynq:{ua:delivery}:"
	took, err := client.RPopLPush(t.Context(), prefix+"pending", prefix+"active").Result()
	if err != nil || took != id {
		t.Fatalf("took task %q (%v), want %q", took, err, id)
	}
	client.HSet(t.Context(), prefix+"t:"+id, "state", "active")
	lapse(t, client, id)
}

// lapse makes the process of a running task miss its heartbeats for longer than a lease, while
// others continued.
func lapse(t *testing.T, client redis.UniversalClient, id string) {
	t.Helper()
	now := client.Time(t.Context()).Val()
	beats := []redis.Z{{Score: float64(now.UnixMilli()), Member: "."}, {Score: float64(now.Add(-time.Millisecond).UnixMilli()), Member: id}}
	if err := client.ZAdd(t.Context(), "ua:beats:{ua:delivery}", beats...).Err(); err != nil {
		t.Fatalf("ZADD beats: %v", err)
	}
}

// A task stays with a process that sends heartbeats for it, however long it takes, and after a
// time without any heartbeats all tasks stay where they are.
func TestWorkerThatLivesKeepsItsTasks(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		release := make(chan struct{})
		slow := &sender{send: func(context.Context, delivery.Message, int) error {
			<-release
			return nil
		}}
		store := newChallenges()
		first := newCourier(t, client, store, slow)
		id := store.add("otp", 1)
		start(t, first)
		enqueue(t, first, "otp", 1)
		eventually(t, "the call", func() bool { return len(slow.callsOf(id)) == 1 })
		// Its last heartbeat is old, and there was no other one since.
		long := float64(client.Time(t.Context()).Val().Add(-time.Minute).UnixMilli())
		client.ZAdd(t.Context(), "ua:beats:{ua:delivery}", redis.Z{Score: long, Member: "."}, redis.Z{Score: long, Member: id})
		start(t, newCourier(t, client, store, &sender{}))
		eventually(t, "a beat", func() bool { return client.ZScore(t.Context(), "ua:beats:{ua:delivery}", id).Val() > long })
		for range 3 { // both continue to send heartbeats
			was := client.ZScore(t.Context(), "ua:beats:{ua:delivery}", id).Val()
			eventually(t, "a beat", func() bool { return client.ZScore(t.Context(), "ua:beats:{ua:delivery}", id).Val() > was })
		}
		if got := store.reports(id); len(got) > 0 {
			t.Errorf("reports %v of a running send, want none", got)
		}
		close(release)
		eventually(t, "the send", func() bool { return store.settled() == 1 })
		if diff := cmp.Diff([]string{"sent"}, store.reports(id)); diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
	})
}

func TestWorkerKilledAtItsLastTryIsNotForgotten(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		retryable := delivery.FaultRateLimited.Err()
		third, release := make(chan struct{}), make(chan struct{})
		stuck := &sender{send: func(_ context.Context, _ delivery.Message, n int) error {
			if n < 3 {
				return retryable
			}
			close(third)
			<-release
			return delivery.FaultTimeout.Err()
		}}
		store := newChallenges()
		first := newCourier(t, client, store, stuck)
		// Runs before the couriers are closed.
		t.Cleanup(func() { close(release) })
		id := store.add("otp", 1)
		start(t, first)
		enqueue(t, first, "otp", 1)
		<-third

		s := &sender{}
		start(t, newCourier(t, client, store, s))
		eventually(t, "the report of the second courier", func() bool {
			if store.settled() == 1 {
				return true
			}
			lapse(t, client, id) // the first courier still sends heartbeats
			return false
		})
		want := []string{"queued rate_limited", "queued rate_limited", "failed unconfirmed"}
		if diff := cmp.Diff(want, store.reports(id)); diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
		if got := len(s.callsOf(id)); got != 0 {
			t.Errorf("the second courier sent %d times, want 0", got)
		}
		eventually(t, "the end of the task", func() bool {
			n, _ := client.Exists(t.Context(), "asynq:{ua:delivery}:t:"+id, "asynq:{ua:delivery}:archived").Result()
			return n == 0
		})
	})
}
