package delivery

import (
	"context"
	"time"
)

type (
	// Receipt tells what became of a message after the provider had accepted it.
	Receipt struct {
		// Ref is what Receipts.Ref gave for the message.
		Ref string
		// ID is the provider's own name for the message.
		ID string
		// Status is StatusSent, StatusDelivered or StatusFailed.
		Status Status
		// Reason is why it failed, of the same words as a SendError's.
		Reason string
		// Code is the provider's number for the error, 0 if it gave none.
		Code int
		// Hold is for how long the provider blocks the recipient, 0 if it does not.
		Hold time.Duration
		// Unbilled says that the provider does not bill the message, which failed.
		Unbilled bool
		// After is how long from now the receipt counts; of a made-up one only.
		After time.Duration
	}

	// Receipts takes receipts, in any order and any number of times.
	Receipts interface {
		// Ref gives what the provider is to hand back with the receipts of m. It
		// can stand in a URL, and tells nothing of the message.
		Ref(m Message, provider string) (string, error)
		// Take records a receipt. What it cannot place it ignores; an error says
		// that the store could not be asked.
		Take(ctx context.Context, r Receipt) error
	}
)
