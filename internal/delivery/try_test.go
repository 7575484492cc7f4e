package delivery_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/delivery"
)

// failing returns a sender's function that fails with errs in turn and then succeeds.
func failing(errs ...error) func(context.Context, delivery.Message, int) error {
	return func(_ context.Context, _ delivery.Message, n int) error {
		if n <= len(errs) {
			return errs[n-1]
		}
		return nil
	}
}

// always returns a sender's function that always fails.
func always(fault delivery.Fault) func(context.Context, delivery.Message, int) error {
	return func(context.Context, delivery.Message, int) error { return fault.Err() }
}

func TestTry(t *testing.T) {
	retryable := delivery.FaultRateLimited.Err()
	ambiguous := delivery.FaultTimeout.Err()
	tests := []struct {
		name       string
		repeatable bool
		send       func(context.Context, delivery.Message, int) error
		out        func(*delivery.Outgoing) // change of what is to be sent
		wantCalls  int
		want       []string
	}{
		{name: "an accepted message is sent once", wantCalls: 1, want: []string{"sent"}},
		{
			name: "a temporary refusal is retried", send: failing(retryable),
			wantCalls: 2, want: []string{"queued rate_limited", "sent"},
		},
		{
			name: "the third refusal is the last", send: failing(retryable, retryable, retryable),
			wantCalls: 3, want: []string{"queued rate_limited", "queued rate_limited", "failed rate_limited"},
		},
		{
			name: "a permanent refusal is not retried", send: failing(delivery.FaultNumber.Err()),
			wantCalls: 1, want: []string{"failed invalid_number"},
		},
		{
			name: "a message that may have been accepted is not retried", send: failing(ambiguous),
			wantCalls: 1, want: []string{"failed timeout"},
		},
		{
			name: "a message that may have been accepted is retried by a repeatable sender", repeatable: true,
			send: failing(ambiguous), wantCalls: 2, want: []string{"sent"},
		},
		{
			name: "what may have been accepted stays open, whatever comes after", repeatable: true,
			send:      failing(ambiguous, retryable, delivery.FaultNumber.Err()),
			wantCalls: 3, want: []string{"failed invalid_number"},
		},
		{
			name: "an error without a class may have been accepted", send: failing(errors.New("to " + secretNumber)),
			wantCalls: 1, want: []string{"failed internal"},
		},
		{
			name:      "a panic may have been accepted",
			send:      func(_ context.Context, m delivery.Message, _ int) error { panic(m.Body) },
			wantCalls: 1, want: []string{"failed internal"},
		},
		{
			name:      "a pause longer than the code's life ends the send",
			send:      failing(&delivery.SendError{Fault: delivery.FaultRateLimited, RetryAfter: 5 * time.Minute}),
			wantCalls: 1, want: []string{"failed rate_limited"},
		},
		{
			name: "a sender gets no more time than the code has",
			send: func(ctx context.Context, _ delivery.Message, _ int) error {
				if end, ok := ctx.Deadline(); ok && time.Until(end) <= 3*time.Second {
					return nil
				}
				return ambiguous
			},
			out:       func(o *delivery.Outgoing) { o.ExpiresIn = 3 * time.Second },
			wantCalls: 1, want: []string{"sent"},
		},
		{name: "a decoy is not sent and looks sent", out: func(o *delivery.Outgoing) { o.Decoy = true }, want: []string{"sent"}},
		{name: "a hidden decoy too", out: hiddenDecoy, want: []string{"sent"}},
		{
			name: "a channel without a sender fails", out: func(o *delivery.Outgoing) { o.Channel = "voice" },
			want: []string{"failed channel_unavailable"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, store := &sender{repeatable: tt.repeatable, send: tt.send}, newChallenges()
			c := newCourier(t, embedded(t), store, s)
			id := store.add("otp", 1, tt.out)
			start(t, c)
			enqueue(t, c, "otp", 1)
			eventually(t, "the last report", func() bool { return len(store.reports(id)) >= len(tt.want) })
			if err := c.Drain(t.Context()); err != nil {
				t.Errorf("Drain: %v", err)
			}
			if diff := cmp.Diff(tt.want, store.reports(id)); diff != "" {
				t.Errorf("reports (-want +got):\n%s", diff)
			}
			if got := len(s.callsOf(id)); got != tt.wantCalls {
				t.Errorf("the sender was called %d times, want %d", got, tt.wantCalls)
			}
		})
	}
}

func TestTriesKeepTheirDistance(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		chance chance
		want   []time.Duration // least distances
	}{
		{
			"backoff with the least jitter", delivery.FaultRateLimited.Err(), 0,
			[]time.Duration{80 * time.Millisecond, 160 * time.Millisecond},
		},
		{
			"backoff with the most jitter", delivery.FaultRateLimited.Err(), 255,
			[]time.Duration{120 * time.Millisecond, 240 * time.Millisecond},
		},
		{
			"the provider's Retry-After",
			&delivery.SendError{Fault: delivery.FaultRateLimited, RetryAfter: time.Second}, 0,
			[]time.Duration{time.Second},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			errs := make([]error, len(tt.want))
			for i := range errs {
				errs[i] = tt.err
			}
			s, store := &sender{send: failing(errs...)}, newChallenges()
			c := newCourier(t, embedded(t), store, s, func(o *delivery.Options) { o.Rand = tt.chance })
			id := store.add("otp", 1)
			start(t, c)
			enqueue(t, c, "otp", 1)
			eventually(t, "the send", func() bool { return store.settled() == 1 })
			calls := s.callsOf(id)
			if len(calls) != len(tt.want)+1 {
				t.Fatalf("got %d tries, want %d", len(calls), len(tt.want)+1)
			}
			for i, least := range tt.want {
				if got := calls[i+1].Sub(calls[i]); got < least || got > least+2*time.Second {
					t.Errorf("attempt %d came %s after the previous one, want %s to %s", i+2, got, least, least+2*time.Second)
				}
			}
		})
	}
}

func TestStoreThatFailsForAMomentLosesNothing(t *testing.T) {
	s, store := &sender{}, newChallenges()
	c := newCourier(t, embedded(t), store, s)
	id := store.add("otp", 1)
	start(t, c)
	// The first claim fails, and so do the first reports.
	s.send = func(context.Context, delivery.Message, int) error {
		store.mu.Lock()
		defer store.mu.Unlock()
		store.outages = 3
		return nil
	}
	store.mu.Lock()
	store.outages = 1
	store.mu.Unlock()
	enqueue(t, c, "otp", 1)
	eventually(t, "the report", func() bool { return store.settled() == 1 })
	if diff := cmp.Diff([]string{"sent"}, store.reports(id)); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	if got := len(s.callsOf(id)); got != 1 {
		t.Errorf("sent %d times, want 1", got)
	}
}
