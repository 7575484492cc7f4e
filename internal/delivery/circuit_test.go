package delivery

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/circuit"
)

// One whose recipients make a provider fail opens its circuit, and is not its probe as
// long as others wait.
func TestProbeIsLeftToOthers(t *testing.T) {
	ctx, at := t.Context(), func(second int) time.Time { return time.Unix(int64(second), 0) }
	by := func(asker, id string) Message { return Message{ID: id, Asker: asker, ExpiresIn: 5 * time.Minute} }
	l := newLine("a", SMS)
	for range circuit.Failures {
		l.leave(ctx, by("bad", "x"), false, FaultProvider.Err(), at(0))
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
		{11, by("bad", "bad.1"), circuit.Probe}, // nobody else waits any more
	} {
		if got := l.enter(step.m, at(step.second)); got != step.want {
			t.Errorf("at %d s %s may %d, want %d", step.second, step.m.ID, got, step.want)
		}
	}
	if known, out := l.waits("bad.1", at(11)); known || out {
		t.Errorf("the probe waits: %v %v", known, out)
	}
}

func TestSum(t *testing.T) {
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
		{"all refused for good", errs{region, rejected}, nil, "rejected", 0, Never},
		{"one may do better", errs{region, down}, nil, "provider_unreachable", 0, Waits},
		{"one may do better, in whatever order", errs{down, region}, nil, "provider_unreachable", 0, Waits},
		{"nobody is asked before its time, or too often", errs{limited, down}, nil, "provider_unreachable", 30 * time.Second, Soon},
		{"all are left alone", nil, errs{open}, "circuit_open", 0, Waits},
		{"no place", nil, errs{busy}, "provider_busy", time.Second, Waits},
		{"no place and left alone", nil, errs{open, busy}, "provider_busy", time.Second, Waits},
		{"refused for good, and left alone", errs{rejected}, errs{open}, "circuit_open", 0, Waits},
		{"refused for good, and no place at the next", errs{rejected}, errs{busy}, "provider_busy", time.Second, Soon},
		{"refused for now, and no place at the next", errs{limited}, errs{busy}, "rate_limited", 30 * time.Second, Soon},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := sum(tt.asked, tt.skipped)
			if got.Reason != tt.reason || got.RetryAfter != tt.after || got.Retry != tt.retry {
				t.Errorf("got %v after %s, again %d; want %s after %s, %d", got, got.RetryAfter, got.Retry, tt.reason, tt.after, tt.retry)
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

// narrow is a sender that does two things at once.
type narrow struct{ named }

func (narrow) Capacity() int { return 2 }

func TestPlaces(t *testing.T) {
	routes := []Route{{Via: []Hop{{Sender: named("a")}, {Sender: narrow{"b"}}, {Sender: named("a"), From: "x"}}}}
	got := map[string]int{}
	for name, p := range newProviders(routes, 9) {
		got[name] = cap(p.all.taken)
	}
	if diff := cmp.Diff(map[string]int{"a": 4, "b": 2}, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	if got := cap(newProviders([]Route{{Via: []Hop{{Sender: named("a")}}}}, 9)["a"].all.taken); got != 9 {
		t.Errorf("a provider alone has %d places, want all 9", got)
	}
	if got := cap(newProviders(routes, 1)["a"].all.taken); got != 1 {
		t.Errorf("of one worker %d places, want 1", got)
	}
}

// Three askers whose messages hang leave places to others.
func TestPlacesOfAnAsker(t *testing.T) {
	p := newProviders([]Route{{Via: []Hop{{Sender: named("a")}}}}, 16)["a"]
	for _, asker := range []string{"one", "two", "three"} {
		for n := range 5 {
			if _, ok := p.take(t.Context(), asker); ok != (n < 4) {
				t.Errorf("place %d of %s: %v, want four", n+1, asker, ok)
			}
		}
	}
	free, ok := p.take(t.Context(), "four")
	if !ok {
		t.Fatal("another asker has no place")
	}
	free()
	if n := len(p.askers); n != 3 {
		t.Errorf("%d askers are remembered, want the three with something under way", n)
	}
}

func TestNoPlaceIsWaitedForOnce(t *testing.T) { synctest.Test(t, noPlaceIsWaitedForOnce) }

func noPlaceIsWaitedForOnce(t *testing.T) {
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
	if _, ok, took := take(); ok || took != placeWait {
		t.Errorf("the second: %v after %s, want refused after %s", ok, took, placeWait)
	}
	if _, ok, took := take(); ok || took != 0 {
		t.Errorf("the third: %v after %s, want refused at once", ok, took)
	}
	free()
	if free, ok, _ = take(); !ok {
		t.Error("a free place is refused")
	}
	time.AfterFunc(placeWait/10, free)
	if _, ok, _ := take(); !ok {
		t.Error("a place that comes free in time is refused")
	}
}
