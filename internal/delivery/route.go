package delivery

import (
	"context"
	"slices"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/circuit"
)

type (
	// Route says which providers the messages of a channel are offered to.
	Route struct {
		Channel Channel
		// Countries (ISO 3166) of the numbers it takes; empty for all.
		Countries []string
		// Via are asked in order.
		Via []Hop
	}

	// Hop is one provider of a route.
	Hop struct {
		Sender Sender
		// From is whom the provider sends as; empty for its own choice.
		From string
	}
)

// repeatable tells that a send which may be out can begin anew: the route leads
// to one sender, which sends a message once. With a second one on the way the
// message could be out through either.
func (r Route) repeatable() bool { return len(r.Via) == 1 && r.Via[0].Sender.Repeatable() }

func (r Route) takes(out Outgoing) bool {
	return r.Channel == out.Channel && (len(r.Countries) == 0 || slices.Contains(r.Countries, out.Country))
}

// via is the way of a message, empty if its channel has none.
func (c *Courier) via(out Outgoing) []Hop {
	for _, route := range c.routes {
		if route.takes(out) {
			return route.Via
		}
	}
	return nil
}

// isWaiting reports whether the message is known here to wait for circuits, and that
// there is none it could try now. It asks no store.
func (c *Courier) isWaiting(id string) bool {
	waits := false
	for _, p := range c.providers {
		for _, l := range p.lines {
			known, shutOut := l.waits(id, c.now())
			if known && !shutOut {
				return false
			}
			waits = waits || known
		}
	}
	return waits
}

// forget ends the message's wait, whatever it waited for.
func (c *Courier) forget(id string) {
	for _, p := range c.providers {
		for _, l := range p.lines {
			l.forget(id)
		}
	}
}

// walk offers the message to each hop until one accepts it, or may have, or
// knows that nobody can.
func (c *Courier) walk(ctx context.Context, j Job, m Message, via []Hop) *SendError {
	var asked, skipped []*SendError
	for _, hop := range via {
		m.From = hop.From
		failure, wasAsked := c.ask(ctx, j, m, hop.Sender)
		switch {
		case failure == nil:
			return nil
		case !wasAsked:
			skipped = append(skipped, failure)
		case failure.Class == Ambiguous || failure.Ends:
			return failure
		default:
			asked = append(asked, failure)
		}
	}
	return sum(asked, skipped)
}

// ask gives the message to one sender, and again where its answer leaves open
// whether it was accepted and asking twice does no harm. After such an answer
// the end is open for good: what a later one says is about another request.
func (c *Courier) ask(ctx context.Context, j Job, m Message, sender Sender) (failure *SendError, asked bool) {
	failure, asked = c.request(ctx, j, m, sender)
	open := failure != nil && failure.Class == Ambiguous && sender.Repeatable()
	for n := 1; open && n < maxTries; n++ {
		c.wait(ctx, c.backoff(n-1))
		again, askedAgain := c.request(ctx, j, m, sender)
		if again == nil {
			return nil, true
		}
		if !askedAgain {
			break
		}
		copied := *again
		copied.Class, copied.Retry = Ambiguous, Never
		failure = &copied
	}
	return failure, asked
}

// request is one request to a provider, if it is one to be asked now.
func (c *Courier) request(ctx context.Context, j Job, m Message, sender Sender) (failure *SendError, asked bool) {
	p := c.providers[sender.Name()]
	l := p.lines[m.Channel]
	switch {
	case c.isHeld(ctx, m, sender):
		failure, asked = FaultHeld.Err(), true
	case l.look(m, c.now()) == circuit.Reject:
		failure = faultOpen.Err()
	default:
		failure, asked = c.place(ctx, m, sender, p, l)
	}
	c.step(ctx, j, m, sender, failure)
	c.emit(ctx, j, answered(Outgoing{To: m.To, Channel: m.Channel, Decoy: isDecoy(sender)}, sender.Name(), failure))
	return failure, asked
}

// place takes a place at the provider and asks it. A hidden message goes by the
// circuit and leaves no trace there: by what the next message meets, a stranger could
// see that there was a request.
func (c *Courier) place(ctx context.Context, m Message, sender Sender, p *provider, l *line) (failure *SendError, asked bool) {
	free, ok := p.take(ctx, m.Asker)
	if !ok {
		return &SendError{Fault: FaultBusy, RetryAfter: busyPause}, false
	}
	defer free()
	t := l.enter(m, c.now())
	if t == circuit.Reject {
		return faultOpen.Err(), false
	}
	begun := c.now()
	failure = c.call(ctx, m, sender)
	if !m.Hidden {
		l.leave(ctx, m, t == circuit.Probe, failure, c.now())
	}
	if !isDecoy(sender) {
		c.outcomes.learn(m, sender.Name(), c.now().Sub(begun), failure)
		c.hold(ctx, m, sender, failure)
	}
	return failure, failure == nil || failure.Reason != ReasonBusy
}

// isHeld reports whether the provider has blocked the recipient a while ago. Where that
// cannot be known, the provider will tell.
func (c *Courier) isHeld(ctx context.Context, m Message, sender Sender) bool {
	if c.holds == nil {
		return false
	}
	held, err := c.holds.Held(ctx, sender.Name(), m)
	return err == nil && held
}

// hold remembers that the provider has blocked the recipient.
func (c *Courier) hold(ctx context.Context, m Message, sender Sender, failure *SendError) {
	if c.holds == nil || failure == nil || failure.Retry != Held {
		return
	}
	if err := c.holds.Hold(ctx, sender.Name(), m, max(HoldFor, failure.RetryAfter)); err != nil {
		logx.WithContext(ctx).Errorw("delivery: a block is not remembered", logx.Field("error", err.Error()))
	}
}

// step tells what became of one request to a provider.
func (c *Courier) step(ctx context.Context, j Job, m Message, sender Sender, failure *SendError) {
	channel, name := string(m.Channel), sender.Name()
	if isDecoy(sender) {
		sends.Inc(channel, name, answerDecoy)
		return
	}
	log := c.log(ctx, j).WithFields(logx.Field("channel", channel), logx.Field("provider", name))
	if failure == nil {
		sends.Inc(channel, name, string(StatusSent))
		log.Info("delivery: accepted")
		return
	}
	if failure.Reason != ReasonBusy && failure.Reason != ReasonOpen {
		sends.Inc(channel, name, failure.Class.String())
	}
	failures.Inc(channel, name, failure.Reason)
	log.Infow("delivery: not accepted", logx.Field("error", failure.Error()), logx.Field("of", failure.Of.String()))
}

// sum is what a walk that ended nowhere comes to. It may be walked again if
// anybody may do better then, and not before any of those who were asked wants
// to be.
func sum(asked, skipped []*SendError) *SendError {
	var failure *SendError
	for _, e := range asked {
		if !e.again() {
			continue
		}
		last := *e
		if failure != nil {
			last.RetryAfter, last.Retry = max(last.RetryAfter, failure.RetryAfter), max(last.Retry, failure.Retry)
		}
		failure = &last
	}
	switch {
	case failure != nil:
		return failure
	case len(skipped) == 0:
		return asked[len(asked)-1]
	}
	failure = skipped[0]
	for _, e := range skipped {
		if e.Reason == ReasonBusy {
			failure = e
		}
	}
	if len(asked) > 0 && failure.Reason == ReasonBusy {
		// Who refused is asked again each time, so there is to be an end.
		last := *failure
		last.Retry, failure = Soon, &last
	}
	return failure
}
