package delivery

import (
	"context"
	"slices"

	"github.com/zeromicro/go-zero/core/logx"
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

// walk offers the message to each hop until one accepts it, or may have, or
// knows that nobody can.
func (c *Courier) walk(ctx context.Context, j job, m Message, via []Hop) (failure *SendError, counted bool) {
	var asked, skipped []*SendError
	for _, hop := range via {
		m.From = hop.From
		failure, wasAsked := c.ask(ctx, j, m, hop.Sender)
		switch {
		case failure == nil:
			return nil, true
		case !wasAsked:
			skipped = append(skipped, failure)
		case failure.Class == Ambiguous || aboutRecipient(failure.Reason):
			return failure, true
		default:
			asked = append(asked, failure)
		}
	}
	return sum(asked, skipped)
}

// ask gives the message to one sender, and again where its answer leaves open
// whether it was accepted and asking twice does no harm. After such an answer
// the end is open for good: what a later one says is about another request.
func (c *Courier) ask(ctx context.Context, j job, m Message, sender Sender) (failure *SendError, asked bool) {
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
		copied.Class, failure = Ambiguous, &copied
	}
	return failure, asked
}

// request is one request to a provider, if it is one to be asked now. A hidden one
// goes by the provider's circuit and leaves no trace there: by what the next message
// meets, a stranger could see that there was a request.
func (c *Courier) request(ctx context.Context, j job, m Message, sender Sender) (failure *SendError, asked bool) {
	p := c.providers[sender.Name()]
	probe, failure := p.enter(ctx, m.Hidden, c.now())
	if asked = failure == nil; asked {
		begun := c.now()
		failure = c.call(ctx, m, sender)
		if m.Hidden {
			p.free()
		} else {
			p.leave(ctx, probe, failure, c.now())
		}
		if !isDecoy(sender) {
			c.outcomes.learn(m, sender.Name(), c.now().Sub(begun), failure)
		}
	}
	c.step(ctx, j, m, sender, failure)
	c.emit(ctx, j, answered(Outgoing{To: m.To, Channel: m.Channel, Decoy: isDecoy(sender)}, sender.Name(), failure))
	return failure, asked
}

// step tells what became of one request to a provider.
func (c *Courier) step(ctx context.Context, j job, m Message, sender Sender, failure *SendError) {
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
	log.Infow("delivery: not accepted", logx.Field("error", failure.Error()))
}

// aboutRecipient tells that no other provider would do better, or that none
// should: a number blocked for fraud is not to be reached by a detour.
func aboutRecipient(reason string) bool {
	return slices.Contains([]string{ReasonNumber, ReasonNotMobile, ReasonOptedOut, ReasonBlocked}, reason)
}

// sum is what a walk that ended nowhere comes to. It may be walked again if
// anybody may do better then, and not before any of those who were asked wants
// to be. It counts as a try unless all it lacked was a free place.
func sum(asked, skipped []*SendError) (failure *SendError, counted bool) {
	for _, e := range asked {
		if e.Class != Retryable {
			continue
		}
		last := *e
		if failure != nil {
			last.RetryAfter = max(last.RetryAfter, failure.RetryAfter)
		}
		failure = &last
	}
	if failure != nil {
		return failure, true
	}
	if len(skipped) == 0 {
		return asked[len(asked)-1], true
	}
	failure, counted = skipped[0], true
	for _, e := range skipped {
		if e.RetryAfter < failure.RetryAfter {
			failure = e
		}
		counted = counted && e.Reason != ReasonBusy
	}
	return failure, counted || len(asked) > 0
}
