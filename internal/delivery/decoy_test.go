package delivery_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/delivery"
)

func hiddenDecoy(o *delivery.Outgoing) { o.Decoy, o.Hidden = true, true }

// short is a code that expires before a provider could be waited for.
func short(o *delivery.Outgoing) { o.ExpiresIn = 1500 * time.Millisecond }

func hidden(o *delivery.Outgoing) { o.Hidden = true }

// settle runs a send to its end, and returns its reports and how long it took.
func settle(t *testing.T, c *delivery.Courier, store *challenges, otpID string, change ...func(*delivery.Outgoing)) ([]string, time.Duration) {
	t.Helper()
	before := store.settled()
	id := store.add(otpID, 1, change...)
	begun := time.Now()
	enqueue(t, c, otpID, 1)
	eventually(t, "the end of "+otpID, func() bool { return store.settled() > before })
	return store.reports(id), time.Since(begun)
}

// quickest returns the time of the fastest of several hidden decoys that appear to be sent,
// because a busy machine delays some of them.
func quickest(t *testing.T, c *delivery.Courier, store *challenges, change ...func(*delivery.Outgoing)) time.Duration {
	t.Helper()
	best := time.Hour
	for i := range 5 {
		reports, lasted := settle(t, c, store, fmt.Sprint("quick", i, len(change)), append(change, hiddenDecoy)...)
		if diff := cmp.Diff([]string{"sent"}, reports); len(change) > 0 && diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
		best = min(best, lasted)
	}
	return best
}

// A hidden decoy occupies its worker as long as the last message of its kind did, and is
// retried as often, so that messages behind it disclose nothing.
func TestHiddenDecoyWorksAsTheLastMessageDid(t *testing.T) {
	const took = 400 * time.Millisecond
	for name, c := range map[string]struct {
		err   error
		want  []string
		least time.Duration
	}{
		"accepted":      {nil, []string{"sent"}, took},
		"refused":       {delivery.FaultRegion.Err(), []string{"failed region_disabled"}, took},
		"broken":        {delivery.FaultConnection.Err(), []string{"failed connection_lost"}, took},
		"throttled":     {delivery.FaultThrottled.Err(), []string{"failed throttled"}, took},
		"no such phone": {delivery.FaultNumber.Err(), []string{"sent"}, 0}, // says nothing of another's
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sender{send: func(context.Context, delivery.Message, int) error {
				time.Sleep(took)
				return c.err
			}}
			store := newChallenges()
			courier := newCourier(t, embedded(t), store, s)
			start(t, courier)
			settle(t, courier, store, "real", short)
			reports, lasted := settle(t, courier, store, "decoy", hiddenDecoy, short)
			if diff := cmp.Diff(c.want, reports); diff != "" {
				t.Errorf("reports (-want +got):\n%s", diff)
			}
			if least := c.least * 8 / 10; lasted < least {
				t.Errorf("it took %s, want at least %s", lasted, least)
			}
			if got := len(s.callsOf(key("decoy", 1))); got != 0 {
				t.Errorf("the decoy was sent %d times, want 0", got)
			}
			abroad := func(o *delivery.Outgoing) { o.Country = "NP" }
			if lasted = quickest(t, courier, store, abroad); lasted > took {
				t.Errorf("another country's took %s", lasted)
			}
			if c.least > 0 {
				return
			}
			if lasted = quickest(t, courier, store); lasted > took {
				t.Errorf("it took %s, want none", lasted)
			}
		})
	}
}

// Failures of hidden messages open no circuit, because an open circuit is visible to everybody.
func TestHiddenMessagesOpenNoCircuit(t *testing.T) {
	down := delivery.FaultProvider.Err()
	var failed atomic.Bool
	failed.Store(true)
	s := &sender{send: func(context.Context, delivery.Message, int) error {
		if failed.Load() {
			return down
		}
		return nil
	}}
	store := newChallenges()
	c := newCourier(t, embedded(t), store, s)
	start(t, c)
	settle(t, c, store, "real")
	for _, id := range []string{"h1", "h2", "h3", "h4", "h5"} {
		settle(t, c, store, id, hidden)
		settle(t, c, store, id+"d", hiddenDecoy)
	}
	failed.Store(false)
	if got, _ := settle(t, c, store, "next"); got[0] != "sent" {
		t.Errorf("after ten hidden failures: %q, want the next message sent", got)
	}
}

// An open circuit also delays hidden messages, decoys included, but the probe is never one of
// them.
func TestHiddenMessagesWaitForTheCircuit(t *testing.T) {
	var now atomic.Int64
	s := &sender{send: always(delivery.FaultUnreachable)}
	store := newChallenges()
	c := newCourier(t, embedded(t), store, s, func(o *delivery.Options) {
		o.Now = func() time.Time { return time.Unix(now.Load(), 0) }
	})
	start(t, c)
	want := func(otpID, reason string, kind func(*delivery.Outgoing)) {
		t.Helper()
		if got, _ := settle(t, c, store, otpID, kind, short); got[0] != "failed "+reason {
			t.Errorf("%s: %q, want failed %s", otpID, got, reason)
		}
	}
	for i := range 5 {
		want(fmt.Sprint("real", i), "provider_unreachable", nil)
	}
	for i, kind := range []func(*delivery.Outgoing){nil, hidden, hiddenDecoy} {
		want(fmt.Sprint("while it is open", i), "circuit_open", kind)
	}
	now.Add(5)
	want("one that leaves the probe to others", "circuit_open", hidden)
	now.Add(3)
	for i, kind := range []func(*delivery.Outgoing){hidden, hiddenDecoy, hidden} {
		want(fmt.Sprint("nobody came for it", i), "provider_unreachable", kind)
	}
	want("the probe", "provider_unreachable", nil)
	want("after the probe", "circuit_open", hiddenDecoy)
}
