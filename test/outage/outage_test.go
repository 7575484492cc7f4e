package outage

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/delivery/gatewaytest"
	"user-api/internal/testkit"
)

// outage is a way in which a provider can be down.
type outage struct {
	name    string
	channel delivery.Channel
	// open starts the provider, which is down while the switch is on.
	open func(t *testing.T, down *atomic.Bool) (newSender func() delivery.Sender, asked func() int, accepted func(to string) int)
	// risky says that its answers do not show whether a message was accepted, so the
	// message of a probe is not sent again.
	risky bool
}

var outages = []outage{
	{name: "no connection to the mail server", channel: delivery.Email, open: mailDown("", cut)},
	{name: "a mail server that takes nothing", channel: delivery.Email, open: mailDown("MAIL", "451 4.3.0 later")},
	{name: "a gateway that throttles everything", channel: delivery.SMS, open: gatewayDown(gatewaytest.Result("throttled"))},
	{name: "wrong credentials", channel: delivery.SMS, open: gatewayDown(gatewaytest.Result("auth_failed"))},
	{name: "503", channel: delivery.SMS, open: gatewayDown(plain(http.StatusServiceUnavailable)), risky: true},
}

// mailDown returns a mail server that gives this answer at a step, or at any.
func mailDown(step, answer string) func(*testing.T, *atomic.Bool) (func() delivery.Sender, func() int, func(string) int) {
	return func(t *testing.T, down *atomic.Bool) (func() delivery.Sender, func() int, func(string) int) {
		s := newMailServer(t)
		s.set(func(at, _ string) string {
			if (at == step || step == "") && down.Load() {
				return answer
			}
			return ""
		})
		return func() delivery.Sender { return s.sender(t) }, s.requests, s.accepted
	}
}

func gatewayDown(answer gatewaytest.Answer) func(*testing.T, *atomic.Bool) (func() delivery.Sender, func() int, func(string) int) {
	return func(t *testing.T, down *atomic.Bool) (func() delivery.Sender, func() int, func(string) int) {
		var mu sync.Mutex
		taken := map[string]int{}
		p := byService(func(w http.ResponseWriter, r *http.Request, to string) bool {
			if down.Load() {
				answer(w, r)
				return true
			}
			mu.Lock()
			defer mu.Unlock()
			taken[to]++
			return false
		})(t)
		return func() delivery.Sender { return p.sender }, p.requests, func(to string) int {
			mu.Lock()
			defer mu.Unlock()
			return taken[to]
		}
	}
}

// A provider is down for a minute, ten and thirty: no usable code is lost, none is sent
// twice, and the provider is used again within ten seconds.
func TestOutages(t *testing.T) {
	testkit.NotInRace(t, "many simulated minutes, each asked one after the other")
	for _, o := range outages {
		for _, length := range []time.Duration{time.Minute, 10 * time.Minute, 30 * time.Minute} {
			for _, nodes := range []int{1, 2} {
				if nodes == 2 && length != 10*time.Minute {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%d", o.name, length, nodes), func(t *testing.T) {
					t.Parallel()
					o.run(t, length, nodes)
				})
			}
		}
	}
}

func (o outage) run(t *testing.T, length time.Duration, nodes int) {
	var down atomic.Bool
	newSender, asked, accepted := o.open(t, &down)
	r := newRig(t, nodes, o.channel, func() []delivery.Sender { return []delivery.Sender{newSender()} })
	const every = 3 * time.Second
	n := 0
	live := func(d time.Duration) {
		for ; d > 0; d -= every {
			r.ask(fmt.Sprint(n), recipient(o.channel, n), o.channel, fmt.Sprint("network ", n%40))
			n++
			r.run(every)
		}
	}
	live(15 * time.Second)
	down.Store(true)
	before := asked()
	live(length)
	probes := asked() - before
	down.Store(false)
	well := r.clock.Now()
	live(codeLife + 15*time.Second)

	var lost, twice, dead, risked int
	first, last := time.Hour, time.Duration(0)
	for id := range n {
		c, got := r.of(fmt.Sprint(id)), accepted(recipient(o.channel, id))
		switch {
		case got > 1:
			twice++
		case got == 1 && c.asked.Before(well) && !c.ended.Before(well):
			first, last = min(first, c.ended.Sub(well)), max(last, c.ended.Sub(well))
		case got == 1:
			if c.ended.After(c.until) {
				dead++
			}
		case o.risky && slices.Contains(c.reasons, delivery.ReasonProvider):
			risked++
		case c.until.After(well.Add(10 * time.Second)):
			lost++
		}
	}
	most := nodes * (5 + int(length/(5*time.Second)))
	t.Logf("%d codes, down for %s: %d requests meanwhile (at most %d), the first sent %s after, the last that waited %s after; %d lost, %d twice, %d dead, %d in doubt",
		n, length, probes, most, first, last, lost, twice, dead, risked)
	if lost+twice+dead > 0 {
		t.Errorf("%d usable codes lost, %d sent twice, %d sent dead; want none", lost, twice, dead)
	}
	if waited := first < time.Hour; !waited && !o.risky {
		t.Error("no message waited")
	} else if waited && first > 10*time.Second || last > 10*time.Second {
		t.Errorf("the provider is used %s after it is back, the last waiting message is sent %s after; want 10s", first, last)
	}
	if probes > most || risked > most {
		t.Errorf("%d requests and %d codes in doubt during the outage, want no more than %d", probes, risked, most)
	}
}

func recipient(channel delivery.Channel, n int) string {
	if channel == delivery.Email {
		return fmt.Sprintf("user%d@example.com", n)
	}
	return fmt.Sprintf("+91987%07d", n)
}
