package delivery_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
)

func TestMessageIsComposedOfTheSend(t *testing.T) {
	s, store := &sender{}, newChallenges()
	c := newCourier(t, embedded(t), store, s)
	store.add("otp", 2)
	start(t, c)
	enqueue(t, c, "otp", 2)
	eventually(t, "the send", func() bool { return store.settled() == 1 })
	want := delivery.Message{
		ID: "otp.2", To: secretNumber, Channel: delivery.SMS, Purpose: "login", Code: secretCode, ExpiresIn: 5 * time.Minute, Language: "en",
		Body: secretCode + " is your Acme code to sign in. Never share it: we will never ask you for it.",
	}
	if s.last != want {
		t.Errorf("sent:\n%s to %s\nwant:\n%s to %s", s.last.Body, s.last.To, want.Body, want.To)
	}
}

func TestSendIsQueuedOnce(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s, store := &sender{}, newChallenges()
		c := newCourier(t, client, store, s)
		const sends, times = 50, 8
		var wg sync.WaitGroup
		for n := range sends {
			store.add("otp", n)
			for range times {
				wg.Go(func() {
					if err := c.Enqueue(t.Context(), "otp", n); err != nil {
						t.Errorf("Enqueue: %v", err)
					}
				})
			}
		}
		wg.Wait()
		if got := client.LLen(t.Context(), "asynq:{ua:delivery}:pending").Val(); got != sends {
			t.Errorf("%d tasks are queued, want %d", got, sends)
		}
		noSecrets(t, client)
		if keys := lasting(t, client); len(keys) > 0 && !cmp.Equal(keys, []string{"asynq:queues"}) { // a running courier renews that one
			t.Errorf("no expiry: %v", keys)
		}
		start(t, c)
		start(t, newCourier(t, client, store, s))
		eventually(t, "all sends", func() bool { return store.settled() == sends })
		// A settled send is gone even if it is queued again.
		enqueue(t, c, "otp", 0)
		eventually(t, "an empty queue", func() bool { return tasks(t, client) == 0 })
		if messages, most := s.acceptedTotal(); messages != sends || most != 1 {
			t.Errorf("%d messages were accepted, one %d times; want %d, each once", messages, most, sends)
		}
	})
}

func TestDrainLeavesTheQueueToTheNext(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		const sends = 200
		begun, store := make(chan struct{}, sends), newChallenges()
		s := &sender{send: func(context.Context, delivery.Message, int) error {
			begun <- struct{}{}
			time.Sleep(20 * time.Millisecond)
			return nil
		}}
		first := newCourier(t, client, store, s, func(o *delivery.Options) { o.Concurrency = 8 })
		for n := range sends {
			store.add("otp", n)
			enqueue(t, first, "otp", n)
		}
		start(t, first)
		for range 20 {
			<-begun
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := first.Drain(ctx); err != nil {
			t.Fatalf("Drain: %v", err)
		}
		if err := first.Ready(); err == nil {
			t.Error("a drained courier is ready, want an error")
		}
		done, queued := store.settled(), tasks(t, client)
		if done == sends || done+queued != sends {
			t.Errorf("after the drain %d are sent and %d queued, want some of each and %d in total", done, queued, sends)
		}
		start(t, newCourier(t, client, store, s))
		eventually(t, "the rest", func() bool { return store.settled() == sends })
		if messages, most := s.acceptedTotal(); messages != sends || most != 1 {
			t.Errorf("%d messages were accepted, one %d times; want %d, each once", messages, most, sends)
		}
	})
}

func TestDrainCutsWhatDoesNotEnd(t *testing.T) {
	client, store, begun := embedded(t), newChallenges(), make(chan struct{})
	s := &sender{send: func(ctx context.Context, _ delivery.Message, _ int) error {
		close(begun)
		<-ctx.Done()
		return delivery.FaultTimeout.Err()
	}}
	c := newCourier(t, client, store, s, func(o *delivery.Options) { o.Timeout = time.Hour })
	id := store.add("otp", 1)
	start(t, c)
	enqueue(t, c, "otp", 1)
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := c.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Drain: %v, want %v", err, context.DeadlineExceeded)
	}
	if diff := cmp.Diff([]string{"failed timeout"}, store.reports(id)); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	if got := tasks(t, client); got != 0 {
		t.Errorf("%d tasks are left, want 0", got)
	}
}

func TestNoKeyLacksAnExpiryWhenIdle(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := newChallenges()
		c := newCourier(t, client, store, &sender{send: failing(delivery.FaultRateLimited.Err())})
		store.add("otp", 1)
		start(t, c)
		enqueue(t, c, "otp", 1)
		eventually(t, "the send", func() bool { return store.settled() == 1 })
		eventually(t, "an expiry on every key", func() bool { return len(lasting(t, client)) == 0 })
		if err := c.Drain(t.Context()); err != nil {
			t.Fatalf("Drain: %v", err)
		}
		if keys := lasting(t, client); len(keys) != 0 {
			t.Errorf("keys without an expiry: %q, want none", keys)
		}
		if n := client.DBSize(t.Context()).Val(); n == 0 {
			t.Error("Redis is empty, so this test shows nothing")
		}
	})
}

func TestEnqueueWithoutRedisIsUnavailable(t *testing.T) {
	c := newCourier(t, noRedis(t), newChallenges(), &sender{})
	err := c.Enqueue(t.Context(), "otp", 1)
	if e := apperr.From(err); e.Code != apperr.Unavailable || e.RetryAfter <= 0 {
		t.Errorf("Enqueue: %v, want %s with a time to wait", err, apperr.Unavailable)
	}
}

func TestRedisThatFailsIsAskedPatiently(t *testing.T) {
	const polls = 20
	server := miniredis.RunT(t)
	server.SetError("LOADING Redis is loading the dataset in memory")
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	var asked atomic.Int64
	enough := make(chan struct{})
	client.AddHook(watch(func(cmd string) {
		if strings.HasPrefix(cmd, "eval") && asked.Add(1) == polls {
			close(enough)
		}
	}))
	before := time.Now()
	start(t, newCourier(t, client, newChallenges(), &sender{}))
	<-enough
	if took, least := time.Since(before), 500*time.Millisecond; took < least {
		t.Errorf("%d failed polls took %s, want at least %s", polls, took, least)
	}
}

func TestStartHappensOnce(t *testing.T) {
	c := newCourier(t, embedded(t), newChallenges(), &sender{})
	if err := c.Ready(); err == nil {
		t.Error("ready before the start, want an error")
	}
	start(t, c)
	if err := c.Ready(); err != nil {
		t.Errorf("Ready: %v, want nil", err)
	}
	if err := c.Start(); err == nil {
		t.Error("a second start, want an error")
	}
	for range 2 {
		if err := c.Drain(t.Context()); err != nil {
			t.Errorf("Drain: %v, want nil", err)
		}
	}
	if err := c.Start(); err == nil {
		t.Error("a start after the drain, want an error")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	values := []any{
		delivery.Outgoing{To: secretNumber, Channel: delivery.SMS, Code: secretCode},
		&delivery.Message{ID: "otp.1", To: secretNumber, Body: secretCode, Code: secretCode},
		struct{ O delivery.Outgoing }{delivery.Outgoing{To: secretNumber, Code: secretCode}},
	}
	for _, v := range values {
		if got, err := json.Marshal(v); err != nil || strings.Contains(string(got), secretCode) {
			t.Errorf("%T as JSON is %s (%v), want it masked", v, got, err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, secretCode) || strings.Contains(got, secretNumber) {
				t.Errorf("%s of %T prints %s, want it masked", verb, v, got)
			}
		}
	}
}
