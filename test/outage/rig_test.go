// Package outage shows, over real HTTP and SMTP, the effect of each provider failure, and
// that neither an outage nor a provider's answers about some recipients prevent a usable
// code from being sent. Time is simulated: a list of due times replaces the queue.
package outage

import (
	"bytes"
	"container/heap"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
	"user-api/internal/event"
	"user-api/internal/testkit"
)

// codeLife is the lifetime of a code.
const codeLife = 5 * time.Minute

type (
	// code is a requested code in the store of a rig.
	code struct {
		out     delivery.Outgoing
		asked   time.Time
		until   time.Time
		reports []string
		// reasons are for the operator.
		reasons []string
		settled bool
		// ended is when it was settled.
		ended time.Time
	}

	// due is a send in the queue.
	due struct {
		at    time.Time
		job   delivery.Job
		tried int
	}

	queue []due

	// rig is the nodes, store and queue of a service, with a simulated clock.
	rig struct {
		t     *testing.T
		clock *testkit.Clock
		nodes []*delivery.Courier
		queue queue
		turns int

		mu    sync.Mutex
		codes map[string]*code
	}
)

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(due)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// newRig returns a rig with n nodes, each with its own senders.
func newRig(t *testing.T, nodes int, channel delivery.Channel, senders func() []delivery.Sender, change ...func(*delivery.Options)) *rig {
	t.Helper()
	r := &rig{t: t, clock: testkit.NewClock(), codes: map[string]*code{}}
	held := &holds{r: r, until: map[string]time.Time{}}
	// The queue's own Redis is never used: nothing is enqueued or started.
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() { _ = client.Close() })
	for range nodes {
		route := delivery.Route{Channel: channel}
		for _, s := range senders() {
			route.Via = append(route.Via, delivery.Hop{Sender: s})
		}
		o := delivery.Options{
			Redis: client, Challenges: r, Events: event.New(), AppName: "Acme", Now: r.clock.Now,
			Rand: bytes.NewReader(bytes.Repeat([]byte{127}, 1<<20)), Routes: []delivery.Route{route}, Blocklist: held,
		}
		for _, f := range change {
			f(&o)
		}
		c, err := delivery.NewCourier(o)
		if err != nil {
			t.Fatal(err)
		}
		r.nodes = append(r.nodes, c)
	}
	return r
}

// patience is the timeout of a provider that the test knows does not answer.
const patience = time.Second

// ask makes a code due now.
func (r *rig) ask(id, to string, channel delivery.Channel, asker string) {
	now := r.clock.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.codes[id] = &code{asked: now, until: now.Add(codeLife), out: delivery.Outgoing{
		To: to, Channel: channel, Country: "IN", Purpose: "login", Code: "739184", Requester: asker,
	}}
	heap.Push(&r.queue, due{at: now, job: delivery.Job{OtpID: id, Send: 1}})
}

// next runs the next attempt if it is due by then, and reports whether there was one. The
// nodes alternate.
func (r *rig) next(until time.Time) bool {
	if len(r.queue) == 0 || r.queue[0].at.After(until) {
		return false
	}
	d := heap.Pop(&r.queue).(due)
	if ahead := d.at.Sub(r.clock.Now()); ahead > 0 {
		r.clock.Add(ahead)
	}
	r.turns++
	err := r.nodes[r.turns%len(r.nodes)].Try(r.t.Context(), d.job, d.tried)
	var later *delivery.Later
	if !errors.As(err, &later) {
		return true
	}
	// As asynq does: retry times in whole seconds, checked each 0.2 s.
	d.at = r.clock.Now().Add(later.After).Truncate(time.Second)
	if d.at.Before(r.clock.Now()) {
		d.at = r.clock.Now()
	}
	d.at = d.at.Add(200 * time.Millisecond)
	if later.Counted {
		d.tried++
	}
	heap.Push(&r.queue, d)
	return true
}

// run lets time pass.
func (r *rig) run(d time.Duration) {
	end := r.clock.Now().Add(d)
	for r.next(end) {
	}
	if rest := end.Sub(r.clock.Now()); rest > 0 {
		r.clock.Add(rest)
	}
}

// of returns the current state of a code.
func (r *rig) of(id string) code {
	r.mu.Lock()
	defer r.mu.Unlock()
	return *r.codes[id]
}

// last returns the last report on a code, as shown to clients.
func (r *rig) last(id string) string {
	reports := r.of(id).reports
	if len(reports) == 0 {
		return ""
	}
	return reports[len(reports)-1]
}

// Claim implements delivery.Challenges.
func (r *rig) Claim(_ context.Context, id string, _ int, _ bool) (delivery.Outgoing, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.codes[id]
	left := c.until.Sub(r.clock.Now())
	if c.settled || left <= 0 {
		return delivery.Outgoing{}, delivery.ErrGone
	}
	out := c.out
	out.ExpiresIn = left
	return out, nil
}

// Report implements delivery.Challenges.
func (r *rig) Report(_ context.Context, id string, _ int, status delivery.Status, reason string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.codes[id]
	c.reports = append(c.reports, strings.TrimSpace(string(status)+" "+delivery.ClientReason(reason)))
	c.reasons = append(c.reasons, reason)
	if status != delivery.StatusQueued {
		c.settled, c.ended = true, r.clock.Now()
	}
	return nil
}

// holds remembers the recipients blocked by a provider, with the rig's clock.
type holds struct {
	r     *rig
	until map[string]time.Time
}

func (h *holds) Blocked(_ context.Context, provider string, m delivery.Message) (bool, error) {
	return h.r.clock.Now().Before(h.until[provider+string(m.Channel)+m.To]), nil
}

func (h *holds) Block(_ context.Context, provider string, m delivery.Message, d time.Duration) error {
	h.until[provider+string(m.Channel)+m.To] = h.r.clock.Now().Add(d)
	return nil
}

// other is a second provider, which accepts everything.
type other struct {
	mu    sync.Mutex
	taken []string
}

func (o *other) Name() string     { return "other" }
func (o *other) Repeatable() bool { return false }
func (o *other) Send(_ context.Context, m delivery.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.taken = append(o.taken, m.To)
	return nil
}
