package delivery

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Each row is a life of a circuit: what happens, at which second, and whether a
// request is then let through.
func TestCircuit(t *testing.T) {
	type event struct {
		at     int    // seconds
		do     string // ask, probe, or the end of a request: fine, fault, shut; with ! that of the probe
		wanted bool   // ask and probe: let through
	}
	trip := []event{{0, "fault", false}, {1, "fault", false}, {2, "fault", false}, {3, "fault", false}, {4, "fault", false}}
	tests := []struct {
		name   string
		events []event
		state  circuitState
	}{
		{"four faults in a row", append(trip[:4:4], event{9, "ask", true}), circuitClosed},
		{"five faults with an answer between", append(append(trip[:4:4], event{4, "fine", false}), event{5, "fault", false}, event{6, "ask", true}), circuitClosed},
		{"five faults in a row", append(trip[:5:5], event{5, "ask", false}, event{13, "ask", false}), circuitOpen},
		{"wrong credentials once", []event{{0, "shut", false}, {1, "ask", false}}, circuitOpen},
		{"a single probe after 10 s", append(trip[:5:5], event{14, "probe", true}, event{14, "ask", false}, event{50, "ask", false}), circuitHalfOpen},
		{"a probe that is answered", append(trip[:5:5], event{14, "probe", true}, event{15, "fine!", false}, event{15, "ask", true}), circuitClosed},
		{
			"a probe that fails doubles the rest",
			append(trip[:5:5], event{14, "probe", true}, event{15, "fault!", false}, event{34, "ask", false}, event{35, "probe", true}),
			circuitHalfOpen,
		},
		{
			"the rest is at most a minute",
			append(trip[:5:5],
				event{14, "probe", true}, event{14, "fault!", false}, event{34, "probe", true}, event{34, "fault!", false},
				event{74, "probe", true}, event{74, "fault!", false}, event{134, "probe", true}, event{134, "fault!", false},
				event{193, "ask", false}, event{194, "probe", true}), circuitHalfOpen,
		},
		{
			"after a recovery all begins anew",
			append(append(trip[:5:5], event{14, "probe", true}, event{14, "fine!", false}),
				event{15, "fault", false}, event{15, "fault", false}, event{15, "fault", false}, event{15, "fault", false}, event{15, "ask", true}),
			circuitClosed,
		},
		{"what began before it opened tells nothing", append(trip[:5:5], event{5, "fine", false}, event{6, "fault", false}, event{7, "ask", false}), circuitOpen},
		{
			"nor while the probe runs",
			append(trip[:5:5], event{14, "probe", true}, event{15, "fine", false}, event{15, "fault", false}, event{16, "ask", false}),
			circuitHalfOpen,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c circuit
			for _, e := range tt.events {
				now := time.Unix(int64(e.at), 0)
				end, probe := e.do, false
				if last := len(end) - 1; end[last] == '!' {
					end, probe = end[:last], true
				}
				switch end {
				case "ask", "probe":
					next, ok := c.admit(now)
					if c = next; ok != e.wanted {
						t.Errorf("at %d s a request is let through: %v, want %v", e.at, ok, e.wanted)
					}
				default:
					c = c.after(map[string]blame{"fine": fine, "fault": fault, "shut": shut}[end], probe, now)
				}
			}
			if c.state != tt.state {
				t.Errorf("state %d, want %d", c.state, tt.state)
			}
		})
	}
}

func TestSum(t *testing.T) {
	busy := &SendError{Class: Retryable, Reason: ReasonBusy, RetryAfter: busyPause}
	open := &SendError{Class: Retryable, Reason: ReasonOpen, RetryAfter: 8 * time.Second}
	limited := &SendError{Class: Retryable, Reason: ReasonRateLimited, RetryAfter: 30 * time.Second}
	down := &SendError{Class: Retryable, Reason: ReasonUnreachable}
	region := &SendError{Class: Permanent, Reason: ReasonRegion}
	rejected := &SendError{Class: Permanent, Reason: ReasonRejected}
	type errs = []*SendError
	tests := []struct {
		name           string
		asked, skipped errs
		class          Class
		reason         string
		after          time.Duration
		counted        bool
	}{
		{"all refused for good", errs{region, rejected}, nil, Permanent, "rejected", 0, true},
		{"one may do better", errs{region, down}, nil, Retryable, "provider_unreachable", 0, true},
		{"one may do better, in whatever order", errs{down, region}, nil, Retryable, "provider_unreachable", 0, true},
		{"nobody is asked before its time", errs{limited, down}, nil, Retryable, "provider_unreachable", 30 * time.Second, true},
		{"all are left alone", nil, errs{open}, Retryable, "circuit_open", 8 * time.Second, true},
		{"no place", nil, errs{busy}, Retryable, "provider_busy", time.Second, false},
		{"no place and left alone", nil, errs{open, busy}, Retryable, "provider_busy", time.Second, false},
		{"refused for good, and no place at the next", errs{rejected}, errs{busy}, Retryable, "provider_busy", time.Second, true},
		{"refused for now, and no place at the next", errs{limited}, errs{busy}, Retryable, "rate_limited", 30 * time.Second, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, counted := sum(tt.asked, tt.skipped)
			want := SendError{Class: tt.class, Reason: tt.reason, RetryAfter: tt.after}
			if got.Class != want.Class || got.Reason != want.Reason || got.RetryAfter != want.RetryAfter || counted != tt.counted {
				t.Errorf("got %v after %s, counted %v; want %v after %s, %v", got, got.RetryAfter, counted, &want, want.RetryAfter, tt.counted)
			}
		})
	}
	if limited.RetryAfter != 30*time.Second || down.RetryAfter != 0 {
		t.Error("a sender's own error was changed")
	}
}

type named string

func (n named) Name() string                        { return string(n) }
func (n named) Repeatable() bool                    { return false }
func (n named) Send(context.Context, Message) error { return nil }

func TestPlaces(t *testing.T) {
	routes := []Route{{Via: []Hop{{Sender: named("a")}, {Sender: named("b")}, {Sender: named("a"), From: "x"}}}}
	got := map[string]int{}
	for name, p := range newProviders(routes, 9) {
		got[name] = cap(p.places)
	}
	if diff := cmp.Diff(map[string]int{"a": 4, "b": 4}, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	if got := cap(newProviders([]Route{{Via: []Hop{{Sender: named("a")}}}}, 9)["a"].places); got != 9 {
		t.Errorf("a provider alone has %d places, want all 9", got)
	}
	if got := cap(newProviders(routes, 1)["a"].places); got != 1 {
		t.Errorf("of one worker %d places, want 1", got)
	}
}

func TestNoPlaceIsWaitedForOnce(t *testing.T) { synctest.Test(t, noPlaceIsWaitedForOnce) }

func noPlaceIsWaitedForOnce(t *testing.T) {
	ctx, now := t.Context(), time.Unix(0, 0)
	p := newProviders([]Route{{Via: []Hop{{Sender: named("a")}}}}, 1)["a"]
	enter := func() (string, time.Duration) {
		begun := time.Now()
		_, refusal := p.enter(ctx, false, now)
		if refusal == nil {
			return "", time.Since(begun)
		}
		return refusal.Reason, time.Since(begun)
	}
	if reason, _ := enter(); reason != "" {
		t.Fatalf("the first is refused: %s", reason)
	}
	if reason, took := enter(); reason != ReasonBusy || took != placeWait {
		t.Errorf("the second: %q after %s, want %s after %s", reason, took, ReasonBusy, placeWait)
	}
	if reason, took := enter(); reason != ReasonBusy || took != 0 {
		t.Errorf("the third: %q after %s, want %s at once", reason, took, ReasonBusy)
	}
	p.leave(ctx, false, nil, now)
	if reason, _ := enter(); reason != "" {
		t.Errorf("a free place is refused: %s", reason)
	}
	time.AfterFunc(placeWait/10, func() { p.leave(ctx, false, nil, now) })
	if reason, _ := enter(); reason != "" {
		t.Errorf("a place that comes free in time is refused: %s", reason)
	}
}
