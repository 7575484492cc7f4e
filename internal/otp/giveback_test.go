package otp_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/otp"
)

func (f fixture) giveBack(id string) {
	f.t.Helper()
	if err := f.GiveBack(context.Background(), id); err != nil {
		f.t.Fatal(err)
	}
}

// A right code that is given back works once more, for what was left of its life
// and with the tries it had.
func TestGiveBack(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, code := f.issue(otp.Request{})
		_ = f.verify(ticket.ID, wrong(code))
		if err := f.verify(ticket.ID, code); err != nil {
			t.Fatal(err)
		}
		if err := f.verify(ticket.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("a used code: %v, want otp_invalid", err)
		}
		f.giveBack(ticket.ID)
		if err := f.verify(ticket.ID, wrong(code)); !apperr.Is(err, apperr.OtpInvalid) || *apperr.From(err).AttemptsLeft != 2 {
			t.Errorf("a wrong code: %v, want otp_invalid with 2 attempts left", err)
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

// Of any number of parallel right answers, one is accepted each time the code is
// given back, and it is not given back for ever.
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
				t.Fatalf("round %d: %d right answers, want 1", round, right.Load())
			}
			parallel(3, func() { _ = f.GiveBack(context.Background(), ticket.ID) })
		}
		if err := f.verify(ticket.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("given back too often: %v, want otp_invalid", err)
		}
	})
}

// What is not set aside is not given back: a code that is unknown, unused, set
// aside too long ago, or followed by a newer one.
func TestGiveBack_nothing(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.giveBack("AAAAAAAAAAAAAAAAAAAAAAAA")
		ticket, code := f.issue(otp.Request{})
		f.giveBack(ticket.ID)
		if err := f.verify(ticket.ID, code); err != nil {
			t.Errorf("an unused code: %v", err)
		}
		f.Advance(t, time.Minute)
		f.giveBack(ticket.ID)
		if err := f.verify(ticket.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("given back too late: %v, want otp_invalid", err)
		}

		older, oldCode := f.issue(otp.Request{})
		if err := f.verify(older.ID, oldCode); err != nil {
			t.Fatal(err)
		}
		f.Advance(t, 20*time.Second)
		_ = f.Client.Del(t.Context(), f.Client.Keys(t.Context(), "*:cool:*").Val()...).Err()
		newer, newCode := f.issue(otp.Request{})
		f.giveBack(older.ID)
		if err := f.verify(older.ID, oldCode); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("behind a newer code: %v, want otp_invalid", err)
		}
		if err := f.verify(newer.ID, newCode); err != nil {
			t.Errorf("the newer code: %v", err)
		}
	})
}
