package otp_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/otp"
)

// reserved is how long a code stays reserved if its use never ends, patience how long a second
// answer waits for that.
const (
	reserved = 10 * time.Second
	patience = 3 * time.Second
)

func (f fixture) giveBack(id string) {
	f.t.Helper()
	if err := f.GiveBack(context.Background(), id); err != nil {
		f.t.Fatal(err)
	}
}

// A correct code that is given back works again, for the rest of its life and with the
// remaining attempts.
func TestGiveBack(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, code := f.issue(otp.Request{})
		_ = f.verify(ticket.ID, wrong(code))
		if err := f.verify(ticket.ID, code); err != nil {
			t.Fatal(err)
		}
		err := f.verify(ticket.ID, code)
		if wait := apperr.From(err).RetryAfter; !apperr.Is(err, apperr.Unavailable) || wait > reserved || wait < reserved-patience-2*time.Second {
			t.Errorf("while it is reserved: %v in %v, want unavailable until the reservation ends", err, wait)
		}
		if err := f.verify(ticket.ID, wrong(code)); !apperr.Is(err, apperr.OtpInvalid) || apperr.From(err).AttemptsLeft != nil {
			t.Errorf("a wrong code while it is reserved: %v, want otp_invalid alone", err)
		}
		f.giveBack(ticket.ID)
		if err := f.verify(ticket.ID, wrong(code)); !apperr.Is(err, apperr.OtpInvalid) || *apperr.From(err).AttemptsLeft != 1 {
			t.Errorf("a wrong code: %v, want otp_invalid with 1 attempt left", err)
		}
		if err := f.verify(ticket.ID, code); err != nil {
			t.Errorf("a code that was given back: %v", err)
		}
		f.giveBack(ticket.ID)
		f.Advance(t, expire)
		if err := f.verify(ticket.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("after its life: %v, want otp_invalid", err)
		}
	})
}

// A code whose use was neither ended nor given back, because the process was killed or Redis
// did not respond, works again after a while, and no more often than any other.
func TestGiveBack_byItself(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, code := f.issue(otp.Request{})
		for range 11 {
			v, err := f.Verify(t.Context(), otp.Answer{ID: ticket.ID, Code: code, Purpose: otp.PurposeLogin})
			if err != nil {
				t.Fatal(err)
			}
			if v.Address.IsZero() {
				t.Error("no address")
			}
			f.Advance(t, reserved)
		}
		if err := f.verify(ticket.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("too often: %v, want otp_invalid", err)
		}
		again, code := f.issueAnew(t)
		if err := f.verify(again.ID, code); err != nil {
			t.Fatal(err)
		}
		f.Advance(t, reserved)
		newer, newCode := f.issueAnew(t)
		if err := f.verify(again.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("after a newer code: %v, want otp_invalid", err)
		}
		if err := f.verify(newer.ID, newCode); err != nil {
			t.Errorf("the newer code: %v", err)
		}
	})
}

// issueAnew requests another code after the cooldown.
func (f fixture) issueAnew(t *testing.T) (otp.Ticket, string) {
	t.Helper()
	_ = f.Client.Del(t.Context(), f.Client.Keys(t.Context(), "*:cool:*").Val()...).Err()
	return f.issue(otp.Request{})
}

// Of parallel correct answers, one is accepted each time the code is given back, and that is
// limited.
func TestGiveBack_parallel(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, code := f.issue(otp.Request{})
		for round := range 11 {
			var right atomic.Int64
			parallel(50, func() {
				if f.verify(ticket.ID, code) == nil {
					right.Add(1)
				}
			})
			if right.Load() != 1 {
				t.Fatalf("round %d: %d correct answers were accepted, want 1", round, right.Load())
			}
			parallel(3, func() { _ = f.GiveBack(context.Background(), ticket.ID) })
		}
		if err := f.verify(ticket.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("given back too often: %v, want otp_invalid", err)
		}
	})
}

// Only a reserved code can be given back, not one that is unknown, unused, used up, or replaced
// by a newer one.
func TestGiveBack_nothing(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.giveBack("AAAAAAAAAAAAAAAAAAAAAAAA")
		ticket, code := f.issue(otp.Request{})
		f.giveBack(ticket.ID)
		if err := f.verify(ticket.ID, code); err != nil {
			t.Errorf("an unused code: %v", err)
		}
		f.done(ticket.ID)
		f.giveBack(ticket.ID)
		f.Advance(t, time.Minute)
		if err := f.verify(ticket.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("given back after it was used: %v, want otp_invalid", err)
		}

		older, oldCode := f.issue(otp.Request{})
		if err := f.verify(older.ID, oldCode); err != nil {
			t.Fatal(err)
		}
		newer, newCode := f.issueAnew(t)
		f.giveBack(older.ID)
		if err := f.verify(older.ID, oldCode); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("after a newer code: %v, want otp_invalid", err)
		}
		if err := f.verify(newer.ID, newCode); err != nil {
			t.Errorf("the newer code: %v", err)
		}
	})
}
