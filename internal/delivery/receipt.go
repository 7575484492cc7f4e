package delivery

import (
	"context"
	"time"
)

type (
	// Receipt is the fate of a message after the provider had accepted it.
	Receipt struct {
		// Ref is the reference that Receipts.Ref returned for the message.
		Ref string
		// ID is the provider's id of the message.
		ID string
		// Status is StatusSent, StatusDelivered or StatusFailed.
		Status Status
		// Reason is why it failed, one of the reasons of SendError.
		Reason string
		// Code is the provider's error code, 0 if it gave none.
		Code int
		// BlockFor is how long the provider blocks the recipient, 0 if it does not.
		BlockFor time.Duration
		// Unbilled reports whether the provider does not bill the failed message.
		Unbilled bool
		// After delays the receipt; only simulated receipts have it.
		After time.Duration
	}

	// Receipts accepts receipts in any order, any number of times.
	Receipts interface {
		// Ref returns the reference that the provider hands back with the receipts of m. It
		// is safe in a URL and discloses nothing about the message.
		Ref(m Message, provider string) (string, error)
		// Take records a receipt. It ignores a receipt that it cannot assign to a message. An
		// error means that the store is unavailable.
		Take(ctx context.Context, r Receipt) error
	}
)

// Ref returns a message's reference, or "" if there are no receipts. A message is sent even if it
// gets no reference.
func Ref(receipts Receipts, m Message, provider string) string {
	if receipts == nil {
		return ""
	}
	ref, err := receipts.Ref(m, provider)
	if err != nil {
		return ""
	}
	return ref
}
