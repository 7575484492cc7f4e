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
	// MaxWait is how long an answer may be held.
	MaxWait = 20 * time.Second
	// pollPage bounds the entries of an answer.
	pollPage = 1000
	// drainHold is how long an answer may be held once the process is about to end: not
	// longer than that takes, and long enough that nobody asks again at once.
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
		// Max bounds the requests of one client that are under way, and those that it
		// makes in a second. They are counted here and not in Redis: a request costs less
		// than the question to Redis would, and goes on where there is no Redis.
		Max int
	}

	// Polls answers services that follow the feed. It is safe for concurrent use.
	Polls struct {
		PollOptions

		node uint64
		mu   sync.Mutex
		// clients are those that have asked; they are as few as their rows.
		clients map[string]*load
	}

	// load is what a client asks of this node.
	load struct {
		under, made int
		second      time.Duration // in which made were made
	}

	// Answer is a part of the feed.
	Answer struct {
		Events []Event
		// Next is the cursor of what follows; More says that there is some already.
		Next string
		More bool
		// Reset says that what follows the cursor is not known, so that this is the
		// beginning of all that is.
		Reset bool
		// Age is how long before this answer everything that was in force is in it or in
		// those before it; it counts where More is false. Waited is how long the answer was
		// held.
		Age, Waited time.Duration
		// CompleteUntil is the same as Age by the clock of the database.
		CompleteUntil time.Time
		// Keep is how far back is remembered.
		Keep time.Duration
	}
)

// NewPolls returns Polls of a node that is told from others by Rand.
func NewPolls(o PollOptions) (*Polls, error) {
	var raw [8]byte
	if _, err := io.ReadFull(o.Rand, raw[:]); err != nil {
		return nil, fmt.Errorf("revocation: polls: %w", err)
	}
	return &Polls{PollOptions: o, node: binary.BigEndian.Uint64(raw[:]), clients: map[string]*load{}}, nil
}

// Next returns what follows a cursor, "" being from the beginning, or waits for it.
// Fails with apperr.RateLimited, and with Unavailable while this node knows nothing yet.
func (p *Polls) Next(ctx context.Context, client, after string, wait time.Duration) (Answer, error) {
	began := p.Memory.fresh.elapsed()
	leave, err := p.enter(client, began)
	if err != nil {
		return Answer{}, err
	}
	defer leave()
	if !p.Memory.fresh.loaded.Load() {
		return Answer{}, apperr.New(apperr.Unavailable).WithDetail("This node does not know yet what has ended.")
	}
	from := parseCursor(after)
	number, reset := p.resume(from)
	if reset {
		from.since = 0
	}
	hold := p.hold(wait)
	defer hold.end()
	for {
		// Read first: what was known by then is in the page.
		complete, until := p.Memory.fresh.complete(), p.Memory.fresh.readUntil()
		found := p.Memory.history.after(number, pollPage)
		if len(found.events) > 0 || reset || hold.over {
			if !found.more {
				// A row has the time of its statement, and is there within overlap. What only
				// the stream has told may not be all: a later reading of the table has the
				// rest, and so must another node have.
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

// enter counts a request of a client, until leave is called.
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
	if l.under >= p.Max || l.made >= p.Max {
		next := p.Memory.now().Add(retryPoll + time.Second - 1) // rounded up to a second
		return nil, apperr.New(apperr.RateLimited).WithRetryAfter(retryPoll).WithLimit("machine", next.Unix())
	}
	l.under++
	l.made++
	polls.Add(1)
	return func() {
		p.mu.Lock()
		l.under--
		p.mu.Unlock()
		polls.Add(-1)
	}, nil
}

// resume says behind which entry of this node a cursor is, and whether that is not known.
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
