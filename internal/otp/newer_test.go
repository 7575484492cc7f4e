package otp_test

import (
	"testing"

	"user-api/internal/delivery"
	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

// A challenge written by a newer release is left untouched and not reported as gone.
func TestClaim_newerLayout(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, err := f.Issue(t.Context(), otp.Request{Address: phone(t, "+919876543210"), Purpose: otp.PurposeLogin, Channel: "sms"})
		if err != nil {
			t.Fatal(err)
		}
		key := "ua:otp:{ua}:c:" + ticket.ID
		f.Client.HSet(t.Context(), key, "layout", 2)
		for _, repeatable := range []bool{false, true} {
			if _, err := f.Claim(t.Context(), ticket.ID, 1, repeatable); err != delivery.ErrNewer {
				t.Errorf("a newer layout: %v, want ErrNewer", err)
			}
		}
		if got := f.Client.HGet(t.Context(), key, "status").Val(); got != "queued" {
			t.Errorf("its status is %q, want queued", got)
		}
		f.Client.HSet(t.Context(), key, "layout", 1)
		if _, err := f.Claim(t.Context(), ticket.ID, 1, false); err != nil {
			t.Errorf("this layout: %v", err)
		}
	})
}

// A process that lacks the pepper of a challenge leaves its send to one that has it.
func TestClaim_otherPepper(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	off := guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}
	has := newNode(t, r, off, false, keyring.Secrets{Pepper: pepper("1")})
	lacks := newNode(t, r, off, false, keyring.Secrets{Pepper: pepper("3")})
	ticket, err := has.ask(number, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lacks.Claim(t.Context(), ticket.ID, ticket.Send, false); err != delivery.ErrNewer {
		t.Errorf("without the pepper: %v, want ErrNewer", err)
	}
	if _, err := has.Claim(t.Context(), ticket.ID, ticket.Send, false); err != nil {
		t.Errorf("with it: %v", err)
	}
}
