package otp_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

const (
	expire   = 300 * time.Second
	cooldown = 60 * time.Second
)

type fixture struct {
	*otp.Challenges
	*testkit.Redis
	t testing.TB
}

func each(t *testing.T, test func(*testing.T, fixture)) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) { test(t, fixture{open(t, r), r, t}) })
}

func open(t testing.TB, r *testkit.Redis) *otp.Challenges {
	t.Helper()
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	challenges, err := otp.New(otp.Options{
		Redis: r.Client, Ring: ring, Rand: rand.Reader, Guard: newGuard(r, ring), Expire: expire, Cooldown: cooldown, Attempts: 5,
		Lengths: map[address.Kind]int{address.KindPhone: 6, address.KindEmail: 8}, Now: r.Clock.Now, Failures: noFailures{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return challenges
}

// noFailures keeps no counts, for a Redis that loses none.
type noFailures struct{}

func (noFailures) Any(context.Context) (bool, error) { return false, nil }
func (noFailures) Find(context.Context, ...string) (otp.FailureCounts, error) {
	return otp.FailureCounts{}, nil
}
func (noFailures) Keep(string, otp.FailureCounts) {}

// newGuard has no limits; only those of challenges apply.
func newGuard(r *testkit.Redis, ring *keyring.Ring) *guard.Guard {
	return guard.New(guard.Options{Redis: r.Client, Ring: ring, Now: r.Clock.Now})
}

func phone(t testing.TB, raw string) address.Address {
	t.Helper()
	address, err := address.ParsePhone(raw, "IN")
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func (f fixture) issue(r otp.Request) (otp.Ticket, string) {
	f.t.Helper()
	if r.Address.IsZero() {
		r.Address = phone(f.t, "+919876543210")
	}
	if r.Purpose == "" {
		r.Purpose = otp.PurposeLogin
	}
	r.Channel = "sms"
	ticket, err := f.Issue(context.Background(), r)
	if err != nil {
		f.t.Fatal(err)
	}
	out, err := f.Claim(context.Background(), ticket.ID, ticket.Send, true)
	if err != nil {
		f.t.Fatal(err)
	}
	return ticket, out.Code
}

func (f fixture) verify(id, code string) error {
	_, err := f.Verify(context.Background(), otp.Answer{ID: id, Code: code, Purpose: otp.PurposeLogin})
	return err
}

// done ends a challenge whose code has been used.
func (f fixture) done(id string) {
	f.t.Helper()
	if err := f.Done(context.Background(), id); err != nil {
		f.t.Fatal(err)
	}
}

func wrong(code string) string {
	if code[0] == '0' {
		return "1" + code[1:]
	}
	return "0" + code[1:]
}

func TestVerify(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, code := f.issue(otp.Request{})
		if err := f.verify(ticket.ID, wrong(code)); !apperr.Is(err, apperr.OtpInvalid) || *apperr.From(err).AttemptsLeft != 4 {
			t.Errorf("a wrong code: %v, want otp_invalid with 4 attempts left", err)
		}
		proof, err := f.Verify(context.Background(), otp.Answer{ID: ticket.ID, Code: code, Purpose: otp.PurposeLogin})
		if err != nil || proof.Address.Canonical() != "+919876543210" || proof.Channel != "sms" {
			t.Errorf("the correct code: %+v, %v", proof, err)
		}
		f.done(ticket.ID)
		if err := f.verify(ticket.ID, code); !apperr.Is(err, apperr.OtpInvalid) || apperr.From(err).AttemptsLeft != nil {
			t.Errorf("the correct code again: %v, want otp_invalid without attempts", err)
		}
	})
}

func TestVerify_refused(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		bound, code := f.issue(otp.Request{UserID: 7})
		for name, answer := range map[string]otp.Answer{
			"no id":           {ID: "", Code: code, Purpose: otp.PurposeLogin, UserID: 7},
			"unknown id":      {ID: "AAAAAAAAAAAAAAAAAAAAAAAA", Code: code, Purpose: otp.PurposeLogin, UserID: 7},
			"another purpose": {ID: bound.ID, Code: code, Purpose: "reset", UserID: 7},
			"another user":    {ID: bound.ID, Code: code, Purpose: otp.PurposeLogin, UserID: 8},
			"no user":         {ID: bound.ID, Code: code, Purpose: otp.PurposeLogin},
		} {
			if _, err := f.Verify(context.Background(), answer); !apperr.Is(err, apperr.OtpInvalid) {
				t.Errorf("%s: %v, want otp_invalid", name, err)
			}
		}
		if _, err := f.Verify(context.Background(), otp.Answer{ID: bound.ID, Code: code, Purpose: otp.PurposeLogin, UserID: 7}); err != nil {
			t.Errorf("the bound user: %v", err)
		}
		decoy, code := f.issue(otp.Request{Address: phone(t, "+919876543211"), Decoy: true})
		for left := 4; left >= 0; left-- {
			err := f.verify(decoy.ID, code)
			if got := apperr.From(err).AttemptsLeft; !apperr.Is(err, apperr.OtpInvalid) || (got == nil) != (left == 0) || (got != nil && *got != left) {
				t.Errorf("a decoy with %d left: %v, attempts %v", left, err, got)
			}
		}
	})
}

func TestVerify_expired(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, code := f.issue(otp.Request{})
		f.Advance(t, expire-2*time.Second)
		if err := f.verify(ticket.ID, wrong(code)); apperr.From(err).AttemptsLeft == nil {
			t.Errorf("before its end the challenge is gone: %v", err)
		}
		f.Advance(t, 2*time.Second)
		if err := f.verify(ticket.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("at its end: %v, want otp_invalid", err)
		}
		if _, err := f.Status(context.Background(), ticket.ID); !apperr.Is(err, apperr.NotFound) {
			t.Errorf("status of an expired challenge: %v, want not_found", err)
		}
	})
}

func TestVerify_parallelRight(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, code := f.issue(otp.Request{})
		var yes atomic.Int32
		parallel(1000, func() {
			if f.verify(ticket.ID, code) == nil {
				yes.Add(1)
			}
		})
		if yes.Load() != 1 {
			t.Errorf("of 1000 parallel correct codes %d were accepted, want 1", yes.Load())
		}
	})
}

func TestVerify_parallelWrong(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, code := f.issue(otp.Request{})
		var told atomic.Int32
		parallel(1000, func() {
			err := f.verify(ticket.ID, wrong(code))
			if !apperr.Is(err, apperr.OtpInvalid) {
				t.Errorf("a wrong code: %v", err)
			}
			if apperr.From(err).AttemptsLeft != nil {
				told.Add(1)
			}
		})
		// Five are compared: four leave attempts, and the fifth ends the challenge.
		if told.Load() != 4 {
			t.Errorf("%d wrong codes got their attempts left, want 4", told.Load())
		}
		if err := f.verify(ticket.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("the correct code after 1000 wrong ones: %v, want otp_invalid", err)
		}
	})
}

func TestVerify_addressRests(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		fail := func(challenges int) {
			for range challenges {
				ticket, code := f.issue(otp.Request{})
				for range 5 {
					f.verify(ticket.ID, wrong(code))
				}
				f.Advance(t, cooldown)
			}
		}
		fail(1)
		ticket, code := f.issue(otp.Request{})
		for range 5 {
			f.verify(ticket.ID, wrong(code))
		}
		f.Advance(t, cooldown)
		_, err := f.Issue(context.Background(), otp.Request{Address: phone(t, "+919876543210"), Purpose: otp.PurposeLogin})
		if !apperr.Is(err, apperr.RateLimited) || apperr.From(err).RetryAfter > 14*time.Minute || apperr.From(err).RetryAfter < 13*time.Minute {
			t.Errorf("after 10 failures: %v, retry after %v, want rate_limited for 14 minutes", err, apperr.From(err).RetryAfter)
		}
		other, code := f.issue(otp.Request{Address: phone(t, "+919876543211")})
		if err := f.verify(other.ID, code); err != nil {
			t.Errorf("another address is locked too: %v", err)
		}
		f.Advance(t, 14*time.Minute)
		ticket, code = f.issue(otp.Request{})
		if err := f.verify(ticket.ID, code); err != nil {
			t.Errorf("after the lock: %v", err)
		}
	})
}

func TestIssue_cooldown(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		first, code := f.issue(otp.Request{})
		_, err := f.Issue(context.Background(), otp.Request{Address: phone(t, "098765 43210"), Purpose: otp.PurposeLogin})
		if wait := apperr.From(err).RetryAfter; !apperr.Is(err, apperr.RateLimited) || wait <= cooldown-5*time.Second || wait > cooldown {
			t.Errorf("another spelling immediately: %v, retry after %v", err, wait)
		}
		f.Advance(t, cooldown)
		second, _ := f.issue(otp.Request{})
		if second.ID == first.ID {
			t.Error("a new challenge has the old one's id")
		}
		if err := f.verify(first.ID, code); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("the earlier challenge: %v, want otp_invalid", err)
		}
	})
}

func TestIssue_parallel(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		var granted atomic.Int32
		parallel(200, func() {
			_, err := f.Issue(context.Background(), otp.Request{Address: phone(t, "+919876543210"), Purpose: otp.PurposeLogin})
			if err == nil {
				granted.Add(1)
			}
		})
		if granted.Load() != 1 {
			t.Errorf("200 parallel requests opened %d challenges, want 1", granted.Load())
		}
	})
}

func TestResend(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ctx := context.Background()
		ticket, code := f.issue(otp.Request{})
		if _, err := f.Resend(ctx, ticket.ID, otp.Request{Address: whose(t, f.Challenges, ticket.ID)}); !apperr.Is(err, apperr.RateLimited) {
			t.Errorf("within the cooldown: %v, want rate_limited", err)
		}
		f.Advance(t, cooldown)
		again, err := f.Resend(ctx, ticket.ID, otp.Request{Address: whose(t, f.Challenges, ticket.ID)})
		if err != nil || again.Send != 2 || again.To != ticket.To || again.Channel != "sms" {
			t.Fatalf("Resend = %+v, %v", again, err)
		}
		if _, err := f.Claim(ctx, ticket.ID, 1, true); err != delivery.ErrGone {
			t.Errorf("claiming the previous send: %v, want ErrGone", err)
		}
		out, err := f.Claim(ctx, ticket.ID, 2, false)
		if err != nil || out.Code != code {
			t.Errorf("the second send has code %q, %v, want the first one's", out.Code, err)
		}
		for _, id := range []string{"AAAAAAAAAAAAAAAAAAAAAAAA", "short", ""} {
			if _, err := f.Resend(ctx, id, otp.Request{Address: whose(t, f.Challenges, id)}); !apperr.Is(err, apperr.NotFound) {
				t.Errorf("Resend(%q): %v, want not_found", id, err)
			}
		}
	})
}

func TestClaim_unconfirmed(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ctx := context.Background()
		ticket, err := f.Issue(ctx, otp.Request{Address: phone(t, "+919876543210"), Purpose: otp.PurposeLogin, Channel: "sms"})
		if err != nil {
			t.Fatal(err)
		}
		claim := func(repeatable bool) error {
			_, err := f.Claim(ctx, ticket.ID, 1, repeatable)
			return err
		}
		if err := claim(false); err != nil {
			t.Fatal(err)
		}
		if err := claim(false); err != delivery.ErrUnconfirmed {
			t.Errorf("an attempt that never reported: %v, want ErrUnconfirmed", err)
		}
		if err := claim(true); err != nil {
			t.Errorf("a repeatable attempt: %v", err)
		}
		f.Report(ctx, ticket.ID, 1, delivery.StatusQueued, "rate_limited")
		if err := claim(false); err != nil {
			t.Errorf("after a reported retry: %v", err)
		}
		f.Report(ctx, ticket.ID, 1, delivery.StatusSent, "")
		f.Report(ctx, ticket.ID, 1, delivery.StatusFailed, "late")
		if status, err := f.Status(ctx, ticket.ID); err != nil || status.Status != "sent" || status.Reason != "" {
			t.Errorf("status = %+v, %v, want sent", status, err)
		}
		if err := claim(true); err != delivery.ErrGone {
			t.Errorf("a settled send: %v, want ErrGone", err)
		}
	})
}

func TestStore_holdsNoSecret(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, code := f.issue(otp.Request{})
		f.verify(ticket.ID, wrong(code))
		ctx := context.Background()
		keys := f.Client.Keys(ctx, "*").Val()
		if len(keys) < 4 {
			t.Fatalf("only %d keys", len(keys))
		}
		for _, key := range keys {
			dump := key + " " + f.Client.Get(ctx, key).Val()
			for field, value := range f.Client.HGetAll(ctx, key).Val() {
				dump += " " + field + "=" + value
			}
			for _, secret := range []string{code, "9876543210"} {
				if strings.Contains(dump, secret) {
					t.Errorf("Redis holds %q in %q", secret, dump)
				}
			}
			if f.Client.PTTL(ctx, key).Val() <= 0 {
				t.Errorf("%s has no TTL", key)
			}
		}
	})
}

func parallel(n int, f func()) {
	var wait sync.WaitGroup
	for range n {
		wait.Go(f)
	}
	wait.Wait()
}

// whose returns the address of a challenge.
func whose(t testing.TB, c *otp.Challenges, id string) address.Address {
	t.Helper()
	held, err := c.Find(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return held.Address
}
