package tally

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/event"
)

// accepted is the reason of event.MessageAnswered for an accepted message.
const accepted = "accepted"

// Keep implements event.Sink.
func (t *Tally) Keep(_ context.Context, e event.Event) {
	switch e.Kind {
	case event.CodeAsked:
		t.Add(Asked, area(e.Address), 1)
	case event.MessageAnswered:
		if e.Reason == accepted {
			t.Add(Sent, area(e.Address), 1)
		}
	case event.MessageFailed:
		t.Add(Failed, string(e.Reason), 1)
	case event.CodeVerified:
		t.Add(Used, area(e.Address), 1)
	case event.SignIn:
		t.Add(SignIns, string(e.Reason), 1)
	}
}

// Refused counts a request that a limit refused.
func (t *Tally) Refused(limit string) { t.Add(Refused, limit, 1) }

// Spent counts the price of a message to a country, in micro-USD.
func (t *Tally) Spent(country string, price int64) { t.Add(Spend, country, price) }

// area returns the country of a number, or the word for an e-mail address.
func area(a address.Address) string {
	if a.Kind() == address.KindEmail {
		return string(address.KindEmail)
	}
	return a.Region()
}
