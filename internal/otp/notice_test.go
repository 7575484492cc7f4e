package otp_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/channel"
	"user-api/internal/delivery"
	"user-api/internal/delivery/template"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

func newID(t testing.TB, c *otp.Challenges) string {
	t.Helper()
	id, err := c.NewID(phone(t, number))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// notify requests a notice to a number.
func (f fixture) notify(to string, routine bool) (otp.Ticket, error) {
	f.t.Helper()
	return f.Notice(context.Background(), otp.Notice{
		ID: newID(f.t, f.Challenges), Name: "password_changed", Address: phone(f.t, to), Channel: "sms", Locale: "de", Routine: routine,
	})
}

// noticePolicy only limits notices and money.
func noticePolicy(day int64) guard.Policy {
	return guard.Policy{Enabled: true, Notices: []guard.Rate{{Limit: 10, Window: 24 * time.Hour}}, DayBudget: day, Soft: 50, Conversion: guard.Converting{Mode: guard.Off}}
}

// A notice never holds a code: neither the claimed data nor the message does, and nothing can
// be verified.
func TestNotice(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, err := f.notify(number, true)
		if err != nil {
			t.Fatal(err)
		}
		out, err := f.Claim(context.Background(), ticket.ID, 1, true)
		if err != nil {
			t.Fatal(err)
		}
		want := delivery.Outgoing{To: number, Channel: "sms", Country: "IN", Locale: "de", Notice: "password_changed", ExpiresIn: out.ExpiresIn}
		if out != want || out.ExpiresIn < 11*time.Hour {
			t.Errorf("claimed %s with code %q, purpose %q, notice %q, life %v", out.To, out.Code, out.Purpose, out.Notice, out.ExpiresIn)
		}
		if err := f.verify(ticket.ID, "000000"); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("verified: %v, want otp_invalid", err)
		}
		if _, err := f.Status(context.Background(), ticket.ID); !apperr.Is(err, apperr.NotFound) {
			t.Errorf("its status: %v, want not_found", err)
		}
	})
}

// A repeated request for a notice, after a lost response, sends and charges nothing.
func TestNotice_again(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		f := newGuarded(t, r, noticePolicy(0), false)
		n := otp.Notice{ID: newID(t, f.Challenges), Name: "password_reset", Address: phone(t, number), Channel: "sms"}
		for range 30 {
			if _, err := f.Notice(context.Background(), n); err != nil {
				t.Fatal(err)
			}
		}
		settle(t, f, n.ID)
		if _, err := f.Notice(context.Background(), n); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Claim(context.Background(), n.ID, 1, true); err != delivery.ErrGone {
			t.Errorf("Claim of a sent notice: %v, want ErrGone", err)
		}
	})
}

func settle(t *testing.T, f guarded, id string) {
	t.Helper()
	if _, err := f.Claim(context.Background(), id, 1, true); err != nil {
		t.Fatal(err)
	}
	if err := f.Report(context.Background(), id, 1, delivery.StatusSent, ""); err != nil {
		t.Fatal(err)
	}
}

// An address gets no more notices than the limit, and routine ones use at most half of it.
func TestNotice_limit(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		f := newGuarded(t, r, noticePolicy(0), false)
		count := func(routine bool) (n int) {
			for range 30 {
				_, err := f.notify(number, routine)
				switch {
				case err == nil:
					n++
				case !apperr.Is(err, apperr.RateLimited):
					t.Fatal(err)
				}
			}
			return n
		}
		got := []int{count(true), count(false), count(true)}
		if diff := cmp.Diff([]int{5, 5, 0}, got); diff != "" {
			t.Errorf("routine, urgent, routine (-want +got):\n%s", diff)
		}
		if _, err := f.notify("+919876543211", true); err != nil {
			t.Errorf("to another number: %v", err)
		}
		f.Advance(t, 25*time.Hour)
		if got := count(false); got != 10 {
			t.Errorf("urgent ones on the next day: %d, want 10", got)
		}
	})
}

// A notice costs as much as a message. Once the budget is spent, routine notices to numbers are
// refused and urgent ones are sent.
func TestNotice_money(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		f := newGuarded(t, r, noticePolicy(100_000), false) // two messages
		for i := range 2 {
			if _, err := f.notify(fmt.Sprintf("+91987654321%d", i), true); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.Issue(context.Background(), otp.Request{Address: phone(t, number), Channel: "sms", Purpose: otp.PurposeLogin}); !apperr.Is(err, apperr.RateLimited) {
			t.Errorf("a code after two notices: %v, want rate_limited: they were not charged", err)
		}
		if _, err := f.notify(number, true); !apperr.Is(err, apperr.RateLimited) {
			t.Errorf("a routine notice: %v, want rate_limited", err)
		}
		if _, err := f.notify(number, false); err != nil {
			t.Errorf("an urgent notice: %v", err)
		}
		mail, err := address.ParseEmail("me@example.org")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Notice(context.Background(), otp.Notice{ID: newID(t, f.Challenges), Name: "sign_in", Address: mail, Channel: "email", Routine: true}); err != nil {
			t.Errorf("an e-mail, which is free: %v", err)
		}
		if n := len(*f.warnings); n == 0 {
			t.Error("no alert says that the budget is spent")
		}
	})
}

// A notice outlives the account, but keeps its address only as long as it needs it.
func TestNotice_outlivesTheAccount(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ticket, err := f.notify(number, false)
		if err != nil {
			t.Fatal(err)
		}
		bound, _ := f.issue(otp.Request{UserID: 7, Purpose: otp.PurposeBindPhone})
		if err := f.ForgetUser(context.Background(), 7); err != nil {
			t.Fatal(err)
		}
		if err := f.Forget(context.Background(), phone(t, number)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Claim(context.Background(), bound.ID, 1, true); err != delivery.ErrGone {
			t.Errorf("a code of the user's: %v, want ErrGone", err)
		}
		if _, err := f.Claim(context.Background(), ticket.ID, 1, true); err != nil {
			t.Fatalf("the notice: %v", err)
		}
		key := f.keyed(number, "c:"+ticket.ID)
		if !f.Client.HExists(context.Background(), key, "address").Val() {
			t.Fatal("the notice has no address")
		}
		if err := f.Report(context.Background(), ticket.ID, 1, delivery.StatusSent, ""); err != nil {
			t.Fatal(err)
		}
		if f.Client.HExists(context.Background(), key, "address").Val() {
			t.Error("the address is kept after the notice was sent")
		}
	})
}

// Every purpose has a text that says what the code is for.
func TestClaim_purpose(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		texts, err := template.New(template.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for purpose, want := range map[otp.Purpose]string{
			otp.PurposeLogin: "login", otp.PurposeReset: "reset", otp.PurposeBindPhone: "bind", otp.PurposeBindEmail: "bind", otp.PurposeDelete: "delete",
		} {
			f.Advance(t, time.Hour)
			ticket, err := f.Issue(context.Background(), otp.Request{Address: phone(t, number), Channel: "sms", Purpose: purpose})
			if err != nil {
				t.Fatal(err)
			}
			out, err := f.Claim(context.Background(), ticket.ID, 1, true)
			if err != nil || out.Purpose != want || out.Notice != "" || out.Code == "" {
				t.Errorf("%s: purpose %q, notice %q, %v; want %q", purpose, out.Purpose, out.Notice, err, want)
			}
			if m := texts.Render(template.Request{App: "Acme", Channel: channel.SMS, Purpose: out.Purpose, Code: out.Code}); m.Text == "" {
				t.Errorf("%s has no text", purpose)
			}
		}
	})
}
