package delivery

import (
	"context"

	"user-api/internal/event"
)

// Reasons of provider answers that are not failures.
const (
	answerAccepted = "accepted"
	answerDecoy    = "decoy"
)

// emit emits an event of a send.
func (c *Courier) emit(ctx context.Context, j Job, e event.Event) {
	e.OtpID, e.Send = j.OtpID, j.Send
	c.events.Keep(ctx, e)
}

// answered returns the event of a provider's answer.
func answered(o Outgoing, provider string, failure *SendError) event.Event {
	e := event.Event{
		Kind: event.MessageAnswered, Address: event.SentTo(string(o.Channel), o.To), Channel: string(o.Channel), Provider: provider, Reason: answerAccepted,
	}
	switch {
	case o.Decoy:
		e.Reason = answerDecoy
	case failure != nil:
		e.Reason, e.Code = event.Reason(failure.Class.String()+"/"+failure.Reason), failure.Code
	}
	return e
}
