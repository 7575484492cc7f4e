package delivery

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Each row is a life of a circuit: what happens, at which second, and what a message
// may then do.
func TestCircuit(t *testing.T) {
	type event struct {
		at int // seconds
		// do is ask, or back for one that stands back, or the end of a request: fine,
		// fault; with ! that of a probe.
		do   string
		want turn // of ask and back
	}
	trip := []event{{0, "fault", 0}, {1, "fault", 0}, {2, "fault", 0}, {3, "fault", 0}, {4, "fault", 0}}
	after := func(more ...event) []event { return append(trip[:5:5], more...) }
	tests := []struct {
		name   string
		events []event
	}{
		{"four faults in a row", append(trip[:4:4], event{9, "ask", passes})},
		{"five faults with an answer between", append(trip[:4:4], event{4, "fine", 0}, event{5, "fault", 0}, event{6, "ask", passes})},
		{"five faults in a row", after(event{5, "ask", shut}, event{8, "ask", shut})},
		{"one probe after 5 s", after(event{9, "ask", probes}, event{9, "ask", shut}, event{13, "ask", shut})},
		{"a probe that is answered", after(event{9, "ask", probes}, event{10, "fine!", 0}, event{10, "ask", passes})},
		{"a probe that fails, and the next 5 s after it began", after(event{9, "ask", probes}, event{10, "fault!", 0}, event{13, "ask", shut}, event{14, "ask", probes})},
		{"after half an hour still", after(event{1800, "ask", probes}, event{1801, "fault!", 0}, event{1804, "ask", shut}, event{1805, "ask", probes})},
		{"a probe that hangs keeps no other waiting", after(event{9, "ask", probes}, event{14, "ask", probes}, event{15, "fine!", 0}, event{15, "ask", passes}, event{39, "fault!", 0}, event{39, "ask", passes})},
		{"who stands back comes later", after(event{9, "back", shut}, event{11, "back", shut}, event{12, "back", probes}, event{12, "ask", shut})},
		{"after a recovery all begins anew", after(event{9, "ask", probes}, event{9, "fine!", 0},
			event{10, "fault", 0}, event{10, "fault", 0}, event{10, "fault", 0}, event{10, "fault", 0}, event{10, "ask", passes})},
		{"what began before it opened tells nothing", after(event{5, "fine", 0}, event{6, "fault", 0}, event{7, "ask", shut})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c circuit
			for _, e := range tt.events {
				now := time.Unix(int64(e.at), 0)
				switch e.do {
				case "ask", "back":
					next, got := c.admit(now, e.do == "back")
					if c = next; got != e.want {
						t.Errorf("at %d s a message may %d, want %d", e.at, got, e.want)
					}
				default:
					c = c.after(e.do[:4] == "faul", e.do[len(e.do)-1] == '!', now)
				}
			}
		})
	}
}

// One whose recipients make a provider fail opens its circuit, and is not its probe as
// long as others wait.
func TestProbeIsLeftToOthers(t *testing.T) {
	ctx, at := t.Context(), func(second int) time.Time { return time.Unix(int64(second), 0) }
	by := func(asker, id string) Message { return Message{ID: id, Asker: asker, ExpiresIn: 5 * time.Minute} }
	l := newLine("a", SMS)
	for range tripAt {
		l.leave(ctx, by("bad", "x"), false, FaultProvider.Err(), at(0))
	}
	for _, step := range []struct {
		second int
		m      Message
		want   turn
	}{
		{1, by("bad", "bad.1"), shut},
		{1, by("good", "good.1"), shut},
		{5, by("bad", "bad.1"), shut},
		{6, by("good", "good.1"), probes},
		{7, by("bad", "bad.1"), shut},
		{11, by("bad", "bad.1"), probes}, // nobody else waits any more
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
