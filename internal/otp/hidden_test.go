package otp_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/otp"
)

// ask opens a challenge for the nth number of a country and leaves its message in the queue.
func (f fixture) ask(n int, purpose otp.Purpose, decoy bool) string {
	f.t.Helper()
	ticket, err := f.Issue(context.Background(), otp.Request{
		Address: phone(f.t, fmt.Sprintf("+9198765%05d", n)), Channel: "sms", Purpose: purpose, Decoy: decoy,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return ticket.ID
}

// ends lets a new message end with the given outcome.
func (f fixture) ends(n int, purpose otp.Purpose, decoy bool, what string) {
	f.t.Helper()
	id := f.ask(n, purpose, decoy)
	f.claim(id, 1)
	f.tell(id, 1, what)
}

func (f fixture) claim(id string, send int) {
	f.t.Helper()
	if _, err := f.Claim(context.Background(), id, send, true); err != nil {
		f.t.Fatal(err)
	}
}

// The status of a reset message does not depend on its fate, which would disclose whether a
// message exists.
func TestStatus_hidden(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		for i, c := range []struct {
			decoy bool
			what  []string
		}{
			{false, []string{"queued rate_limited", "failed rejected", "*sent", "*failed filtered", "*delivered"}},
			{false, []string{"failed provider_error"}},
			{false, []string{"sent"}},
			{true, []string{"queued circuit_open", "failed timeout"}},
			{true, []string{"sent"}},
		} {
			id := f.ask(i, otp.PurposeReset, c.decoy)
			f.wants(id, "queued")
			f.claim(id, 1)
			f.wants(id, "sent")
			for _, what := range c.what {
				f.tell(id, 1, what)
				f.wants(id, "sent")
			}
			if err := f.Receive(context.Background(), id, 1, time.Second, delivery.StatusDelivered, ""); err != nil {
				t.Fatal(err)
			}
			f.Advance(t, 2*time.Second)
			f.wants(id, "sent")
		}
	})
}

// The status discloses that a route fails, which is known from messages sent to any address.
func TestStatus_hiddenTellsOfTheRoute(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.Challenges.Channels = map[address.Kind][]string{address.KindPhone: {"sms", "voice"}}
		n := 0
		// told checks the status of a decoy and of a message after a step.
		told := func(step, want string) {
			t.Helper()
			for _, decoy := range []bool{true, false} {
				n++
				id := f.ask(n, otp.PurposeReset, decoy)
				f.claim(id, 1)
				s := f.status(id)
				if got := fmt.Sprint(s.Status, " ", s.Reason, " ", s.Offer); got != want {
					t.Errorf("%s: %q (decoy %v), want %q", step, got, decoy, want)
				}
			}
		}
		fails := func(purpose otp.Purpose, what string) {
			t.Helper()
			n++
			f.ends(n, purpose, false, what)
		}
		const sent, unreachable = "sent  []", "failed unavailable [voice]"
		told("nothing is known", sent)
		for range 3 {
			fails(otp.PurposeReset, "failed provider_unreachable")
			fails(otp.PurposeLogin, "failed not_mobile")
			fails(otp.PurposeLogin, "queued provider_busy")
			fails(otp.PurposeLogin, "queued rate_limited")
			fails(otp.PurposeLogin, "*failed provider_unreachable")
		}
		told("only hidden messages, recipients and attempts have failed", sent)
		fails(otp.PurposeLogin, "failed provider_unreachable")
		told("one has failed", sent)
		fails(otp.PurposeBindPhone, "failed provider_unreachable")
		told("two have failed", unreachable)
		n++
		f.ends(n, otp.PurposeReset, false, "sent")
		told("a hidden one is sent", unreachable)
		fails(otp.PurposeLogin, "failed region_disabled")
		told("for another reason", unreachable)
		early := f.ask(90000, otp.PurposeReset, true)
		f.claim(early, 1)
		fails(otp.PurposeLogin, "sent")
		told("one is sent", sent)
		f.wants(early, "failed unavailable") // a disclosed status stays
		fails(otp.PurposeLogin, "queued circuit_open")
		fails(otp.PurposeLogin, "queued circuit_open")
		told("two wait for their provider", unreachable)
		fails(otp.PurposeLogin, "sent")
		fails(otp.PurposeLogin, "failed timeout")
		told("one has failed since", sent)
		fails(otp.PurposeLogin, "failed timeout")
		told("two since", "failed timeout []")
		abroad, err := f.Issue(context.Background(), otp.Request{Address: phone(t, "+12025550100"), Channel: "sms", Purpose: otp.PurposeReset})
		if err != nil {
			t.Fatal(err)
		}
		f.claim(abroad.ID, 1)
		f.wants(abroad.ID, "sent")
		f.Advance(t, 2*time.Minute)
		told("nothing for two minutes", sent)
	})
}

// Another channel skips the cooldown only if the first message is reported as failed. Otherwise
// the end of the cooldown would disclose the fate of the message.
func TestResend_hidden(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		other := func(id string) error {
			_, err := f.Resend(context.Background(), id, otp.Request{Address: whose(t, f.Challenges, id), Channel: "voice"})
			return err
		}
		for i, decoy := range []bool{false, true} {
			id := f.ask(i, otp.PurposeReset, decoy)
			f.claim(id, 1)
			f.tell(id, 1, "failed rejected")
			if err := other(id); !apperr.Is(err, apperr.RateLimited) {
				t.Errorf("its own failure, decoy %v: %v, want rate_limited", decoy, err)
			}
		}
		f.ends(10, otp.PurposeLogin, false, "failed region_disabled")
		f.ends(11, otp.PurposeLogin, false, "failed region_disabled")
		var seen []otp.Status
		for i, decoy := range []bool{false, true} {
			id := f.ask(20+i, otp.PurposeReset, decoy)
			f.claim(id, 1)
			f.tell(id, 1, "sent")
			if err := other(id); err != nil {
				t.Errorf("the route's failure, decoy %v: %v", decoy, err)
			}
			f.wants(id, "queued")
			f.claim(id, 2)
			s := f.status(id)
			s.ExpiresIn, s.ResendIn = s.ExpiresIn.Round(time.Second), s.ResendIn.Round(time.Second)
			seen = append(seen, s)
		}
		if seen[0].Status != "sent" || seen[0].Channel != "voice" {
			t.Errorf("over the other channel %+v, want it sent", seen[0])
		}
		if diff := cmp.Diff(seen[0], seen[1]); diff != "" {
			t.Errorf("a message and a decoy (-want +got):\n%s", diff)
		}
	})
}
