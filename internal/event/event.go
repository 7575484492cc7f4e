// Package event is the one way by which parts of the service report what
// happened. A part emits an Event; a Spine hands it to every sink: the audit
// trail, the timelines of messages, the notices to owners, and the metrics. The
// kinds of events are a closed list, and Kinds says which sink keeps which.
//
// Emitting takes the same short moment whatever the event is, and never fails
// what happened: sinks work in the background.
package event

import (
	"context"
	"time"

	"github.com/zeromicro/go-zero/core/metric"

	"user-api/internal/address"
)

// OfAddress as an Event's UserID stands for the user who has the address when
// the event is written, or for nobody. The sink looks it up in the background, so
// that no request takes longer for an address that has an account.
const OfAddress = -1

var (
	total = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Name:      "events_total",
		Help:      "what happened, by kind of event",
		Labels:    []string{"kind"},
	})
	signIns = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Name:      "sign_ins_total",
		Help:      "sessions that were opened, by what the user was proven",
		Labels:    []string{"by"},
	})
)

type (
	// Event is one thing that happened. The sinks add the time, the client's
	// network and the request from the context.
	Event struct {
		Kind Kind
		// UserID is whom it is about: a user, OfAddress, or 0 for nobody.
		UserID int64
		// SessionID is the session it is about.
		SessionID string
		// Address is the address it is about. Sinks keep no more than a pseudonym.
		Address address.Address
		// Replaced is the address whose place Address took.
		Replaced address.Address
		// Proven are the user's addresses before it happened, for notices. They are
		// part of the event because whoever acts may change them in the next moment.
		Proven []address.Address
		Reason Reason
		// Limit is which limit it was, where one refused.
		Limit string

		// The rest is about a message.

		// OtpID is the challenge; empty where a limit refused it. Send is the number
		// of the message; 0 means the last one, for what happens to a code.
		OtpID    string
		Send     int
		Channel  string
		Provider string
		// Code is the provider's number for its answer.
		Code int
		// After is how long from now it happens.
		After time.Duration
		// Price is in millionths of the provider's currency; nil if unknown.
		Price *int64
	}

	// Sink keeps events. Keep returns soon and may be called by many goroutines.
	Sink interface {
		Keep(context.Context, Event)
	}

	// Spine hands events to its sinks, in their order. It is a Sink itself.
	Spine struct {
		sinks []Sink
	}

	// Metrics is the sink that counts.
	Metrics struct{}
)

// New returns a Spine of the sinks.
func New(sinks ...Sink) *Spine { return &Spine{sinks: sinks} }

// Keep implements Sink.
func (s *Spine) Keep(ctx context.Context, e Event) {
	for _, sink := range s.sinks {
		sink.Keep(ctx, e)
	}
}

// Keep implements Sink.
func (Metrics) Keep(_ context.Context, e Event) {
	total.Inc(string(e.Kind))
	if e.Kind == SignIn {
		signIns.Inc(string(e.Reason))
	}
}

// Step is the event's step in the timeline of a message; empty if it has none.
func (e Event) Step() Step {
	if e.Kind != Limited {
		return Kinds[e.Kind].Step
	}
	// A limit refused a message, or a try of a code, or something without a message.
	switch e.Reason {
	case WhenAsking, ForNotice:
		return StepLimited
	case WhenTrying:
		return StepTried
	}
	return ""
}

// SentTo is the address that a message by a channel goes to: of the channel named
// email it is one of e-mail, and of every other a number.
func SentTo(channel, text string) address.Address {
	if channel == string(address.KindEmail) {
		return address.Stored(address.KindEmail, text)
	}
	return address.Stored(address.KindPhone, text)
}
