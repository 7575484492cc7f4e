package otp_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/otp"
)

// estimator returns the same estimate for every message.
type estimator struct{ expected time.Duration }

func (o estimator) Expected(channel, country string) time.Duration {
	if channel != "sms" || country != "IN" {
		return 0
	}
	return o.expected
}

// tell reports or receives "sent" or "failed reason"; a star marks a receipt.
func (f fixture) tell(id string, send int, what string) {
	f.t.Helper()
	status, reason, _ := strings.Cut(strings.TrimPrefix(what, "*"), " ")
	var err error
	if strings.HasPrefix(what, "*") {
		err = f.Receive(context.Background(), id, send, 0, delivery.Status(status), reason)
	} else {
		err = f.Report(context.Background(), id, send, delivery.Status(status), reason)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) status(id string) otp.Status {
	f.t.Helper()
	status, err := f.Status(context.Background(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return status
}

func (f fixture) wants(id, want string) {
	f.t.Helper()
	status := f.status(id)
	if got := strings.TrimSpace(status.Status + " " + status.Reason); got != want {
		f.t.Errorf("status %q, want %q", got, want)
	}
}

func TestReceive_ranks(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, _ := f.issue(otp.Request{})
		for _, step := range [][2]string{
			{"queued rate_limited", "queued rate_limited"},
			{"failed timeout", "failed timeout"},
			{"queued", "queued"},
			{"failed timeout", "failed timeout"},
			{"*sent", "sent"}, // the provider had accepted it after all
			{"failed internal", "sent"},
			{"*failed filtered", "failed filtered"},
			{"sent", "failed filtered"},
			{"*sent", "failed filtered"},
			{"*failed undelivered", "failed filtered"},
			{"*delivered", "delivered"},
			{"*failed undelivered", "delivered"},
			{"*sent", "delivered"},
			{"sent", "delivered"},
			{"failed timeout", "delivered"},
			{"queued", "delivered"},
		} {
			f.tell(ticket.ID, 1, step[0])
			if f.wants(ticket.ID, step[1]); t.Failed() {
				t.Fatalf("after %q", step[0])
			}
		}
		if _, err := f.Claim(context.Background(), ticket.ID, 1, true); err != delivery.ErrGone {
			t.Errorf("claiming a delivered send: %v, want ErrGone", err)
		}
	})
}

// The final status does not depend on the order of the receipts.
func TestReceive_order(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		all := []string{"sent", "*sent", "*failed filtered", "*delivered", "failed timeout"}
		for i := range 20 {
			ticket, _ := f.issue(otp.Request{Address: phone(t, fmt.Sprintf("+9198765432%02d", i))})
			rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			for _, what := range all {
				f.tell(ticket.ID, 1, what)
			}
			if f.wants(ticket.ID, "delivered"); t.Failed() {
				t.Fatalf("after %q", all)
			}
			f.Advance(t, cooldown)
		}
	})
}

func TestReceive_onlyTheCurrentSend(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, code := f.issue(otp.Request{})
		f.tell(ticket.ID, 1, "*failed not_mobile")
		f.Advance(t, cooldown)
		if _, err := f.Resend(context.Background(), ticket.ID, otp.Request{Address: whose(t, f.Challenges, ticket.ID)}); err != nil {
			t.Fatal(err)
		}
		for _, what := range []string{"*delivered", "*failed filtered", "sent"} {
			f.tell(ticket.ID, 1, what)
			f.wants(ticket.ID, "queued")
		}
		f.tell(ticket.ID, 2, "*delivered")
		f.wants(ticket.ID, "delivered")
		if err := f.verify(ticket.ID, code); err != nil {
			t.Fatal(err)
		}
		// A receipt for a missing challenge creates no key and is not an error.
		f.tell(ticket.ID, 2, "*delivered")
		if err := f.Receive(context.Background(), ticket.ID, 2, time.Second, delivery.StatusDelivered, ""); err != nil {
			t.Error(err)
		}
		for _, id := range []string{"", "short", "AAAAAAAAAAAAAAAAAAAAAAAA"} {
			f.tell(id, 1, "*delivered")
		}
		if keys := f.Client.Keys(t.Context(), "*:c:*").Val(); len(keys) > 0 {
			t.Errorf("receipts made %v", keys)
		}
	})
}

func TestReceive_later(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ctx := context.Background()
		ticket, _ := f.issue(otp.Request{})
		f.tell(ticket.ID, 1, "sent")
		if err := f.Receive(ctx, ticket.ID, 1, 10*time.Second, delivery.StatusFailed, delivery.ReasonHandset); err != nil {
			t.Fatal(err)
		}
		f.Advance(t, 5*time.Second)
		f.wants(ticket.ID, "sent")
		f.Advance(t, 5*time.Second)
		f.wants(ticket.ID, "failed unreachable_handset")
		f.tell(ticket.ID, 1, "*delivered")
		f.wants(ticket.ID, "delivered")

		// An outcome scheduled for after the code's expiry is dropped.
		if err := f.Receive(ctx, ticket.ID, 1, time.Hour, delivery.StatusFailed, delivery.ReasonHandset); err != nil {
			t.Fatal(err)
		}
		if keys := f.Client.Keys(ctx, "*:due:*").Val(); len(keys) > 0 {
			t.Errorf("keys %v, want none", keys)
		}
	})
}

func TestStatus_offer(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.Challenges.Channels = map[address.Kind][]string{
			address.KindPhone: {"sms", "voice", "whatsapp"}, address.KindEmail: {"email"},
		}
		ticket, _ := f.issue(otp.Request{})
		for _, step := range []struct {
			what string
			want []string
		}{
			{"failed timeout", nil}, // it may have been accepted
			{"failed invalid_number", nil},
			{"failed blocked_for_fraud", []string{"voice", "whatsapp"}},
			{"queued circuit_open", nil},
			{"failed not_mobile", []string{"voice", "whatsapp"}},
			{"queued rate_limited", nil},
			{"sent", nil},
			{"*failed filtered", []string{"voice", "whatsapp"}},
			{"*delivered", nil},
		} {
			f.tell(ticket.ID, 1, step.what)
			if diff := cmp.Diff(step.want, f.status(ticket.ID).Offer); diff != "" {
				t.Errorf("after %q (-want +got):\n%s", step.what, diff)
			}
		}
		mail, err := address.ParseEmail("ann@example.com")
		if err != nil {
			t.Fatal(err)
		}
		other, err := f.Issue(context.Background(), otp.Request{Address: mail, Channel: "email", Purpose: otp.PurposeLogin})
		if err != nil {
			t.Fatal(err)
		}
		f.tell(other.ID, 1, "failed rejected")
		if offer := f.status(other.ID).Offer; len(offer) > 0 {
			t.Errorf("an address with one channel is offered %v", offer)
		}
	})
}

func TestStatus_expectedIn(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.Challenges.Estimator = estimator{expected: 7 * time.Second}
		ticket, _ := f.issue(otp.Request{})
		got := []time.Duration{ticket.ExpectedIn, f.status(ticket.ID).ExpectedIn}
		for _, what := range []string{"sent", "*failed filtered", "*delivered"} {
			f.tell(ticket.ID, 1, what)
			got = append(got, f.status(ticket.ID).ExpectedIn)
		}
		if want := []time.Duration{7 * time.Second, 7 * time.Second, 7 * time.Second, 0, 0}; !slices.Equal(got, want) {
			t.Errorf("asked, queued, sent, failed, delivered: expected in %v, want %v", got, want)
		}
		f.Advance(t, cooldown)
		again, err := f.Resend(context.Background(), ticket.ID, otp.Request{Address: whose(t, f.Challenges, ticket.ID)})
		if err != nil || again.ExpectedIn != 7*time.Second {
			t.Errorf("Resend = %+v, %v", again, err)
		}
		abroad, _ := f.issue(otp.Request{Address: phone(t, "+12025550100")})
		if abroad.ExpectedIn != 0 {
			t.Errorf("another country is expected in %v", abroad.ExpectedIn)
		}
	})
}

// A channel that is offered has no cooldown; the same channel has.
func TestResend_anotherChannel(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ctx := context.Background()
		ticket, code := f.issue(otp.Request{})
		ask := otp.Request{Address: whose(t, f.Challenges, ticket.ID), Channel: "voice"}
		if _, err := f.Resend(ctx, ticket.ID, ask); !apperr.Is(err, apperr.RateLimited) {
			t.Errorf("while the first is on its way: %v, want rate_limited", err)
		}
		f.Advance(t, 2*time.Second) // the cached refusal expires
		f.tell(ticket.ID, 1, "*failed filtered")
		if _, err := f.Resend(ctx, ticket.ID, otp.Request{Address: ask.Address}); !apperr.Is(err, apperr.RateLimited) {
			t.Errorf("the same channel: %v, want rate_limited", err)
		}
		f.Advance(t, 2*time.Second)
		again, err := f.Resend(ctx, ticket.ID, ask)
		if err != nil || again.Channel != "voice" || again.Send != 2 {
			t.Fatalf("the channel that is offered: %+v, %v", again, err)
		}
		if out, err := f.Claim(ctx, ticket.ID, 2, false); err != nil || out.Channel != "voice" || out.Code != code {
			t.Errorf("claimed by %s, %v, want the same code by voice", out.Channel, err)
		}
		ask.Channel = "whatsapp"
		if _, err := f.Resend(ctx, ticket.ID, ask); !apperr.Is(err, apperr.RateLimited) {
			t.Errorf("a third immediately: %v, want rate_limited", err)
		}
	})
}
