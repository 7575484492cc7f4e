package delivery

import (
	"context"
	"slices"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/circuit"
)

type (
	// Route lists the providers for the messages of a channel.
	Route struct {
		Channel Channel
		// Countries (ISO 3166) of the numbers it matches; empty for all.
		Countries []string
		// Via are tried in order.
		Via []Hop
	}

	// Hop is one provider of a route.
	Hop struct {
		Sender Sender
		// From is the sender id; empty means the provider's default.
		From string
	}
)

// repeatable reports whether an unconfirmed send can be restarted: the route has one sender,
// which sends a message once. With two senders, either one could already have sent it.
func (r Route) repeatable() bool { return len(r.Via) == 1 && r.Via[0].Sender.Repeatable() }

func (r Route) takes(out Outgoing) bool {
	return r.Channel == out.Channel && (len(r.Countries) == 0 || slices.Contains(r.Countries, out.Country))
}

// via returns the hops of a message, or none if no route matches.
func (c *Courier) via(out Outgoing) []Hop {
	for _, route := range c.routes {
		if route.takes(out) {
			return route.Via
		}
	}
	return nil
}

// isWaiting reports whether the message is known to wait for circuits and none of them admits
// it now. It calls no store.
func (c *Courier) isWaiting(id string) bool {
	waits := false
	for _, p := range c.providers {
		for _, b := range p.breakers {
			known, shut := b.waits(id, c.now())
			if known && !shut {
				return false
			}
			waits = waits || known
		}
	}
	return waits
}

// forget ends the message's wait at all circuits.
func (c *Courier) forget(id string) {
	for _, p := range c.providers {
		for _, b := range p.breakers {
			b.forget(id)
		}
	}
}

// walk tries each hop until one accepts the message, or may have accepted it, or reports that
// no provider can.
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
	return verdict(asked, skipped)
}

// ask gives the message to one sender, and again after an ambiguous answer if the sender is
// Repeatable. After an ambiguous answer the result stays ambiguous: later answers are about
// other requests.
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

// request makes one request to a provider, unless it must not be called now.
func (c *Courier) request(ctx context.Context, j Job, m Message, sender Sender) (failure *SendError, asked bool) {
	p := c.providers[sender.Name()]
	b := p.breakers[m.Channel]
	switch {
	case c.isBlocked(ctx, m, sender):
		failure, asked = FaultRecipientBlocked.Err(), true
	case b.peek(m, c.now()) == circuit.Reject:
		failure = faultOpen.Err()
	default:
		failure, asked = c.requestInSlot(ctx, m, sender, p, b)
	}
	c.record(ctx, j, m, sender, failure)
	c.emit(ctx, j, answered(Outgoing{To: m.To, Channel: m.Channel, Decoy: isDecoy(sender)}, sender.Name(), failure))
	return failure, asked
}

// requestInSlot takes a slot and makes the request. A hidden message obeys the circuit but does
// not affect it: otherwise the next message would disclose that there was a request.
func (c *Courier) requestInSlot(ctx context.Context, m Message, sender Sender, p *provider, b *breaker) (failure *SendError, asked bool) {
	free, ok := p.take(ctx, m.Requester)
	if !ok {
		return &SendError{Fault: FaultBusy, RetryAfter: busyPause}, false
	}
	defer free()
	t := b.admit(m, c.now())
	if t == circuit.Reject {
		return faultOpen.Err(), false
	}
	begun := c.now()
	failure = c.call(ctx, m, sender)
	if !m.Hidden {
		b.record(ctx, m, t == circuit.Probe, failure, c.now())
	}
	if !isDecoy(sender) {
		c.outcomes.learn(m, sender.Name(), c.now().Sub(begun), failure)
		c.block(ctx, m, sender, failure)
	}
	return failure, failure == nil || failure.Reason != ReasonBusy
}

// isBlocked reports whether the provider has blocked the recipient recently. If that cannot be
// determined, the provider will say so.
func (c *Courier) isBlocked(ctx context.Context, m Message, sender Sender) bool {
	if c.blocklist == nil {
		return false
	}
	blocked, err := c.blocklist.Blocked(ctx, sender.Name(), m)
	return err == nil && blocked
}

// block records that the provider has blocked the recipient.
func (c *Courier) block(ctx context.Context, m Message, sender Sender, failure *SendError) {
	if c.blocklist == nil || failure == nil || failure.Retry != Blocks {
		return
	}
	if err := c.blocklist.Block(ctx, sender.Name(), m, max(BlockFor, failure.RetryAfter)); err != nil {
		logx.WithContext(ctx).Errorw("delivery: cannot record a block", logx.Field("error", err.Error()))
	}
}

// record logs and counts the result of one request to a provider.
func (c *Courier) record(ctx context.Context, j Job, m Message, sender Sender, failure *SendError) {
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

// verdict is the result of a walk that no provider ended. It may be repeated if any provider
// may do better then, and not before all who demand a pause permit it.
func verdict(asked, skipped []*SendError) *SendError {
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
		// The provider that refused is called again each time, so the number of attempts is
		// limited.
		last := *failure
		last.Retry, failure = Soon, &last
	}
	return failure
}
