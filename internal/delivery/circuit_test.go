package delivery

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/circuit"
)

// A requester whose recipients make a provider fail opens its circuit, but does not provide the
// probe while others wait.
func TestProbeIsLeftToOthers(t *testing.T) {
	ctx, at := t.Context(), func(second int) time.Time { return time.Unix(int64(second), 0) }
	by := func(requester, id string) Message {
		return Message{ID: id, Requester: requester, ExpiresIn: 5 * time.Minute}
	}
	b := newBreaker("a", SMS)
	for range circuit.Failures {
		b.record(ctx, by("bad", "x"), false, FaultProvider.Err(), at(0))
	}
	for _, step := range []struct {
		second int
		m      Message
		want   circuit.Decision
	}{
		{1, by("bad", "bad.1"), circuit.Reject},
		{1, by("good", "good.1"), circuit.Reject},
		{5, by("bad", "bad.1"), circuit.Reject},
		{6, by("good", "good.1"), circuit.Probe},
		{7, by("bad", "bad.1"), circuit.Reject},
		{11, by("bad", "bad.1"), circuit.Probe}, // no others wait any more
	} {
		if got := b.admit(step.m, at(step.second)); got != step.want {
			t.Errorf("at %d s %s may %d, want %d", step.second, step.m.ID, got, step.want)
		}
	}
	if known, out := b.waits("bad.1", at(11)); known || out {
		t.Errorf("the probe waits: %v %v", known, out)
	}
}

func TestVerdict(t *testing.T) {
	busy := &SendError{Fault: FaultBusy, RetryAfter: busyPause}
	open := faultOpen.Err()
	limited := &SendError{Fault: FaultRateLimited, RetryAfter: 30 * time.Second}
	down, region, rejected := FaultUnreachable.Err(), FaultRegion.Err(), FaultRejected.Err()
	type errs = []*SendError
	tests := []struct {
		name           string
		asked, skipped errs
		reason         string
		after          time.Duration
		retry          Retry
	}{
		{"all refused permanently", errs{region, rejected}, nil, "rejected", 0, Never},
		{"one may do better", errs{region, down}, nil, "provider_unreachable", 0, Waits},
		{"one may do better, in any order", errs{down, region}, nil, "provider_unreachable", 0, Waits},
		{"pauses and limits of attempts are kept", errs{limited, down}, nil, "provider_unreachable", 30 * time.Second, Soon},
		{"all circuits open", nil, errs{open}, "circuit_open", 0, Waits},
		{"no slot", nil, errs{busy}, "provider_busy", time.Second, Waits},
		{"no slot and an open circuit", nil, errs{open, busy}, "provider_busy", time.Second, Waits},
		{"refused permanently, and an open circuit", errs{rejected}, errs{open}, "circuit_open", 0, Waits},
		{"refused permanently, and no slot at the next", errs{rejected}, errs{busy}, "provider_busy", time.Second, Soon},
		{"refused temporarily, and no slot at the next", errs{limited}, errs{busy}, "rate_limited", 30 * time.Second, Soon},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := verdict(tt.asked, tt.skipped)
			if got.Reason != tt.reason || got.RetryAfter != tt.after || got.Retry != tt.retry {
				t.Errorf("got %v after %s, retry %d; want %s after %s, %d", got, got.RetryAfter, got.Retry, tt.reason, tt.after, tt.retry)
			}
		})
	}
	if limited.RetryAfter != 30*time.Second || down.RetryAfter != 0 || busy.Retry != Waits {
		t.Error("a sender's own error was changed")
	}
}

type named string

func (n named) Name() string                        { return string(n) }
func (n named) Repeatable() bool                    { return false }
func (n named) Send(context.Context, Message) error { return nil }

// narrow is a sender with a capacity of two.
type narrow struct{ named }

func (narrow) Capacity() int { return 2 }

func TestSlots(t *testing.T) {
	routes := []Route{{Via: []Hop{{Sender: named("a")}, {Sender: narrow{"b"}}, {Sender: named("a"), From: "x"}}}}
	got := map[string]int{}
	for name, p := range newProviders(routes, 9) {
		got[name] = cap(p.all.taken)
	}
	if diff := cmp.Diff(map[string]int{"a": 4, "b": 2}, got); diff != "" {
		t.Errorf("slots (-want +got):\n%s", diff)
	}
	if got := cap(newProviders([]Route{{Via: []Hop{{Sender: named("a")}}}}, 9)["a"].all.taken); got != 9 {
		t.Errorf("a single provider has %d slots, want all 9", got)
	}
	if got := cap(newProviders(routes, 1)["a"].all.taken); got != 1 {
		t.Errorf("%d slots with one worker, want 1", got)
	}
}

// Three requesters whose messages hang leave slots to others.
func TestSlotsOfARequester(t *testing.T) {
	p := newProviders([]Route{{Via: []Hop{{Sender: named("a")}}}}, 16)["a"]
	for _, requester := range []string{"one", "two", "three"} {
		for n := range 5 {
			if _, ok := p.take(t.Context(), requester); ok != (n < 4) {
				t.Errorf("slot %d of %s: %v, want four", n+1, requester, ok)
			}
		}
	}
	free, ok := p.take(t.Context(), "four")
	if !ok {
		t.Fatal("another requester gets no slot")
	}
	free()
	if n := len(p.requesters); n != 3 {
		t.Errorf("%d requesters are kept, want the three with requests in progress", n)
	}
}

func TestStalledProviderIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, stalledProviderIsWaitedForOnce)
}

func stalledProviderIsWaitedForOnce(t *testing.T) {
	p := newProviders([]Route{{Via: []Hop{{Sender: named("a")}}}}, 1)["a"]
	take := func() (func(), bool, time.Duration) {
		begun := time.Now()
		free, ok := p.take(t.Context(), "")
		return free, ok, time.Since(begun)
	}
	free, ok, _ := take()
	if !ok {
		t.Fatal("the first is refused")
	}
	if _, ok, took := take(); ok || took != slotWait {
		t.Errorf("the second: %v after %s, want refused after %s", ok, took, slotWait)
	}
	if _, ok, took := take(); ok || took != 0 {
		t.Errorf("the third: %v after %s, want refused immediately", ok, took)
	}
	free()
	if free, ok, _ = take(); !ok {
		t.Error("a free slot is refused")
	}
	time.AfterFunc(slotWait/10, free)
	if _, ok, _ := take(); !ok {
		t.Error("a slot that becomes free in time is refused")
	}
}
