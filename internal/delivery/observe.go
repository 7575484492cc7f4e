package delivery

import (
	"context"
	"fmt"
	"io"
)

// What happens to a send, for who keeps records of it.
const (
	// StepQueued: it is in Redis.
	StepQueued = "queued"
	// StepProvider: a provider answered.
	StepProvider = "provider"
	// StepDelivered: a provider told that the message arrived.
	StepDelivered = "delivered"
	// StepFailed: it is given up.
	StepFailed = "failed"
)

// What a provider's answer is told as when it is no failure.
const (
	answerAccepted = "accepted"
	answerDecoy    = "decoy"
)

// Event is one step of a send. To and Channel are empty where the queue does not
// know them. It prints masked, as Outgoing does.
type Event struct {
	OtpID string
	Send  int
	// To is in clear: whoever keeps it, masks it first.
	To       string
	Channel  Channel
	Step     string
	Provider string
	// Reason is a word: of an answer, "accepted" or its class and reason.
	Reason string
	// Code is the provider's number for its answer.
	Code int
}

// Format implements fmt.Formatter: masked under every verb.
func (e Event) Format(f fmt.State, _ rune) {
	io.WriteString(f, e.Step+" of message "+job{e.OtpID, e.Send}.id())
}

// observe tells of a step.
func (c *Courier) observe(ctx context.Context, j job, e Event) {
	if c.observer != nil {
		e.OtpID, e.Send = j.OtpID, j.Send
		c.observer(ctx, e)
	}
}

// answered is the step of a provider's answer.
func answered(o Outgoing, provider string, failure *SendError) Event {
	e := Event{Step: StepProvider, To: o.To, Channel: o.Channel, Provider: provider, Reason: answerAccepted}
	switch {
	case failure != nil:
		e.Reason, e.Code = failure.Class.String()+"/"+failure.Reason, failure.Code
	case o.Decoy:
		e.Reason = answerDecoy
	}
	return e
}
