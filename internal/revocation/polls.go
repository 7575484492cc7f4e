package revocation

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"

	"user-api/internal/apperr"
)

const (
	// MaxWait is the longest time for which an answer may be held.
	MaxWait = 20 * time.Second
	// pollPage bounds the entries of an answer.
	pollPage = 1000
	// drainHold bounds holding once the process is about to end: short enough for the
	// shutdown, and long enough that clients do not retry immediately.
	drainHold = time.Second
	retryPoll = time.Second
)

type (
	// PollOptions configure Polls.
	PollOptions struct {
		Memory *Memory
		Rand   io.Reader
		// Draining is closed once the process is about to end.
		Draining <-chan struct{}
		// Max bounds the concurrent requests of a client and its requests per second. They
		// are counted in this process: a request costs less than a query to Redis would, and
		// works without Redis.
		Max int
	}

	// Polls answers the requests of services that follow the feed. It is safe for
	// concurrent use.
	Polls struct {
		PollOptions

		node uint64
		mu   sync.Mutex
		// clients are the clients that have sent requests. There are only as many as there
		// are registered clients.
		clients map[string]*load
	}

	// load counts the requests of a client to this node.
	load struct {
		active, made int
		second       time.Duration // in which made were made
	}

	// Answer is a part of the feed.
	Answer struct {
		Events []Event
		// Next is the cursor of what follows; More reports whether there already is more.
		Next string
		More bool
		// Reset reports that the entries after the cursor are not known, so that the answer
		// starts from the beginning of the history.
		Reset bool
		// Age is how long ago the node's knowledge was complete: this answer and those before
		// it contain everything until then. It is meaningful if More is false. Waited is how
		// long the answer was held.
		Age, Waited time.Duration
		// CompleteUntil is the same point in time by the database clock.
		CompleteUntil time.Time
		// Keep is how far back the history goes.
		Keep time.Duration
	}
)

// NewPolls returns Polls whose node id is read from Rand.
func NewPolls(o PollOptions) (*Polls, error) {
	var raw [8]byte
	if _, err := io.ReadFull(o.Rand, raw[:]); err != nil {
		return nil, fmt.Errorf("revocation: polls: %w", err)
	}
	return &Polls{PollOptions: o, node: binary.BigEndian.Uint64(raw[:]), clients: map[string]*load{}}, nil
}

// Next returns the entries after a cursor, or waits for some; "" is the beginning. It fails
// with apperr.RateLimited, and with Unavailable until this node has read the table.
func (p *Polls) Next(ctx context.Context, client, after string, wait time.Duration) (Answer, error) {
	began := p.Memory.fresh.elapsed()
	leave, err := p.enter(client, began)
	if err != nil {
		return Answer{}, err
	}
	defer leave()
	if !p.Memory.fresh.loaded.Load() {
		return Answer{}, apperr.New(apperr.Unavailable).WithDetail("This node has not loaded the revocations yet.")
	}
	from := parseCursor(after)
	number, reset := p.resume(from)
	if reset {
		from.since = 0
	}
	hold := p.hold(wait)
	defer hold.end()
	for {
		// Read these first: everything known by then is in the page.
		complete, until := p.Memory.fresh.complete(), p.Memory.fresh.readUntil()
		found := p.Memory.history.after(number, pollPage)
		if len(found.events) > 0 || reset || hold.over {
			if !found.more {
				// A row carries the time of its statement and is visible within overlap. What
				// came from the stream alone may be incomplete: a later read of the table, here
				// or on another node, supplies the rest.
				from.since = until - overlap.Milliseconds()
			}
			a := p.answer(found, from.since, complete)
			a.Reset, a.Waited = reset, p.Memory.fresh.elapsed()-began
			return a, nil
		}
		if err := hold.until(ctx, found.changed); err != nil {
			return Answer{}, err
		}
	}
}

// enter counts a request of a client until leave is called.
func (p *Polls) enter(client string, now time.Duration) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.clients[client]
	if l == nil {
		l = &load{}
		p.clients[client] = l
	}
	if second := now.Truncate(time.Second); second != l.second {
		l.second, l.made = second, 0
	}
	if l.active >= p.Max || l.made >= p.Max {
		next := p.Memory.now().Add(retryPoll + time.Second - 1) // rounded up to a second
		return nil, apperr.New(apperr.RateLimited).WithRetryAfter(retryPoll).WithLimit("machine", next.Unix())
	}
	l.active++
	l.made++
	polls.Add(1)
	return func() {
		p.mu.Lock()
		l.active--
		p.mu.Unlock()
		polls.Add(-1)
	}, nil
}

// resume returns the number of the entry after which a cursor continues on this node, or
// reports that the reader must start from the beginning.
func (p *Polls) resume(c cursor) (number uint64, reset bool) {
	h := p.Memory.history
	if c.node == p.node && h.holds(c.number) {
		return c.number, false
	}
	now := p.Memory.fresh.databaseNow()
	if c.node == p.node || c.since < now-p.Memory.keep().Milliseconds() || c.since > now {
		return 0, true
	}
	return h.before(c.since), false
}

func (p *Polls) answer(found page, since int64, complete time.Duration) Answer {
	fresh := &p.Memory.fresh
	age := fresh.elapsed() - complete
	return Answer{
		Events: found.events, Next: cursor{p.node, found.last, since}.String(), More: found.more,
		Age: age, CompleteUntil: time.UnixMilli(fresh.databaseAt(complete)), Keep: p.Memory.window,
	}
}
