// Package event is the one way in which parts of the service report what happened. A part
// emits an Event, and a Spine passes it to every sink: the audit trail, the timelines of
// messages, the notices to owners, and the metrics. The kinds of events are a closed list;
// Kinds says which sink keeps which.
//
// Emitting takes the same short time for every event and never fails the caller: sinks work
// in the background.
package event

import (
	"context"
	"time"

	"user-api/internal/address"
	"user-api/internal/metrics"
)

// OfAddress as an Event's UserID stands for the user who has the address when the event is
// written, or for nobody. The sink looks the user up in the background, so that requests for
// addresses with an account take no longer than others.
const OfAddress = -1

var (
	total = metrics.Counter("user_api_events_total",
		"events, by kind", "kind")
	signIns = metrics.Counter("user_api_sign_ins_total",
		"sessions opened, by method of authentication", "by")
)

type (
	// Event is one thing that happened. Sinks add the time and, from the context, the
	// client's network and the request.
	Event struct {
		Kind Kind
		// UserID is the user concerned, OfAddress, or 0 for nobody.
		UserID int64
		// SessionID is the session concerned.
		SessionID string
		// Address is the address concerned. Sinks store only a pseudonym.
		Address address.Address
		// Replaced is the address that Address replaced.
		Replaced address.Address
		// Proven are the user's addresses before the event, for notices. They are part of
		// the event because the actor may change them a moment later.
		Proven []address.Address
		Reason Reason
		// Limit is the name of the limit that rejected a request.
		Limit string
		// The remaining fields concern a message.

		// OtpID is the challenge; empty if a limit rejected it. Send is the number of the
		// message; 0 means the last one, for events of a code.
		OtpID    string
		Send     int
		Channel  string
		Provider string
		// Code is the provider's code for its response.
		Code int
		// After is how long from now the event takes place.
		After time.Duration
		// Price is in millionths of the provider's currency; nil if it is unknown.
		Price *int64
	}

	// Sink stores events. Keep returns quickly and is safe for concurrent use.
	Sink interface {
		Keep(context.Context, Event)
	}

	// Spine passes events to its sinks, in order. It is a Sink itself.
	Spine struct {
		sinks []Sink
	}

	// Metrics is the sink that counts events.
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

// Step returns the event's step in the timeline of a message, or "" if it has none.
func (e Event) Step() Step {
	if e.Kind != Limited {
		return Kinds[e.Kind].Step
	}
	// A limit rejects a message, an attempt at a code, or something without a message.
	switch e.Reason {
	case WhenAsking, ForNotice:
		return StepLimited
	case WhenTrying:
		return StepTried
	}
	return ""
}

// SentTo returns the address that a message by a channel goes to: an e-mail address for the
// channel named email, a phone number for every other.
func SentTo(channel, text string) address.Address {
	if channel == string(address.KindEmail) {
		return address.Stored(address.KindEmail, text)
	}
	return address.Stored(address.KindPhone, text)
}
