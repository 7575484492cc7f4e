package outage

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/testkit"
)

// play is a provider that gives one answer for some recipients and accepts the messages to
// others, unless it fails for all.
type play struct {
	channel delivery.Channel
	// bad and good are recipients by number.
	bad, good func(n int) string
	sender    delivery.Sender
	// requests returns the number of messages the provider was asked to accept, if known.
	requests func() int
	// silent means that the missing answer is only detected by a timeout.
	silent bool
	// everybody means that it fails before the provider knows the recipient.
	everybody bool
}

// examples returns answers of each row, by table and row.
var examples = map[string]map[string][]func(t *testing.T) play{
	"every provider that speaks HTTP": wireExamples(),
	"http":                            gatewayExamples(),
	"twilio":                          twilioExamples(),
	"alibaba":                         alibabaExamples(),
	"msg91":                           msg91Examples(),
	"meta":                            metaExamples(),
	"smtp":                            smtpExamples(),
	"inbox":                           inboxExamples(),
}

// Each row of the fault table is what its answers cause.
func TestRows(t *testing.T) {
	testkit.NotInRace(t, "many simulated minutes, each asked one after the other")
	for _, table := range tables {
		if strings.Contains(table.Name, "callback") {
			continue // TestReceiptRows
		}
		for _, row := range table.Rows {
			plays := examples[table.Name][row.Answer]
			if len(plays) == 0 {
				t.Errorf("%s: no example of %s", table.Name, row.Answer)
			}
			for n, open := range plays {
				t.Run(fmt.Sprintf("%s/%s/%d", table.Name, row.Answer, n+1), func(t *testing.T) {
					t.Parallel()
					follows(t, row.Fault, open)
				})
			}
		}
	}
}

func follows(t *testing.T, f delivery.Fault, open func(t *testing.T) play) {
	t.Helper()
	p := open(t)
	alone := func() []delivery.Sender { return []delivery.Sender{p.sender} }
	hurry := func(o *delivery.Options) {
		if p.silent {
			o.Timeout = patience
		}
	}
	r := newRig(t, 1, p.channel, alone, hurry)
	r.ask("first", p.bad(0), p.channel, "")
	r.run(0)
	told := delivery.ClientReason(f.Reason)
	want := "queued " + told
	if f.Retry == delivery.Never || f.Retry == delivery.Blocks {
		want = "failed " + told
	}
	if got := r.last("first"); got != want || r.of("first").reasons[0] != f.Reason {
		t.Errorf("a message: %q, for the operator %q; want %q, %q", got, r.of("first").reasons, want, f.Reason)
	}
	if !p.sender.Repeatable() {
		comesAgain(t, r, f)
	}
	holdsBack(t, r, p, f)

	p = open(t)
	r = newRig(t, 1, p.channel, alone, hurry)
	for n := range 5 {
		r.ask(fmt.Sprint("bad", n), p.bad(n+1), p.channel, "")
		r.run(0)
	}
	r.ask("good", p.good(1), p.channel, "good")
	r.run(0)
	if got := r.of("good").reasons[0]; (got == delivery.ReasonOpen) != f.Moves() {
		t.Errorf("after five, the circuit breaker says %q to others; it is charged to the %s", got, f.Of)
	}

	p = open(t)
	second := &other{}
	r = newRig(t, 1, p.channel, func() []delivery.Sender { return []delivery.Sender{p.sender, second} }, hurry)
	r.ask("routed", p.bad(9), p.channel, "")
	r.run(0)
	if got, want := len(second.taken) == 1, !f.Ends && f.Class != delivery.Ambiguous; got != want {
		t.Errorf("the next provider was asked: %v, want %v", got, want)
	}
}

// comesAgain checks that the message is due when its fault says so.
func comesAgain(t *testing.T, r *rig, f delivery.Fault) {
	t.Helper()
	if f.Retry == delivery.Never || f.Retry == delivery.Blocks {
		if len(r.queue) != 0 {
			t.Errorf("it is due again")
		}
		return
	}
	if len(r.queue) != 1 {
		t.Fatal("it is not due again")
	}
	after, tries := r.queue[0].at.Sub(r.clock.Now()), r.queue[0].tried
	bounds := map[delivery.Retry][2]time.Duration{
		delivery.Waits: {0, 4 * time.Second}, delivery.Soon: {0, time.Second}, delivery.Spread: {30 * time.Second, 32 * time.Second},
	}[f.Retry]
	if after < bounds[0] || after > bounds[1] || (tries == 0) != (f.Retry == delivery.Waits) {
		t.Errorf("it is due after %s, as try %d; want %v", after, tries, bounds)
	}
}

// holdsBack checks that a blocked recipient is not tried for a quarter of an hour.
func holdsBack(t *testing.T, r *rig, p play, f delivery.Fault) {
	t.Helper()
	if f.Retry != delivery.Blocks || p.requests == nil {
		return
	}
	before := p.requests()
	for _, step := range []struct {
		pass  time.Duration
		asked int
	}{{time.Minute, 0}, {13 * time.Minute, 0}, {time.Minute, 1}} {
		r.run(step.pass)
		id := r.clock.Now().String()
		r.ask(id, p.bad(0), p.channel, "")
		r.run(0)
		if got := p.requests() - before; got != step.asked {
			t.Errorf("%s: %d requests for a blocked number, want %d", step.pass, got, step.asked)
		}
		if got := r.last(id); got != "failed "+delivery.ReasonBlocked {
			t.Errorf("%s: a blocked number gets %q", step.pass, got)
		}
	}
}
