package mfa_test

import (
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/mfa"
	"user-api/internal/testkit"
)

// mfaMinute is slightly longer than the window in which attempts count.
const mfaMinute = 61 * time.Second

// perCode is the number of comparisons per code.
const perCode = 3

// Of a thousand wrong codes on several nodes in parallel, five a minute are compared, and none
// after a hundred consecutive failures until there is another proof.
func TestTries(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		nodes := []*mfa.Factors{r.node(), r.other()}
		secret, codes := r.enrolled(nodes[0])
		compared, there := nodes[0].Compared(), nodes[1].Compared()
		for minute := range 25 {
			before := compared.Load() + there.Load()
			bad := r.bad(secret)
			got := outcomes(40, func(i int) error { return nodes[i%2].CheckTotp(ctx, ann, bad) })
			n := (compared.Load() + there.Load() - before) / perCode
			wantCompared := int64(5)
			if minute >= 20 {
				wantCompared = 0
			}
			if n != wantCompared || int64(got[apperr.OtpInvalid]) != n || got[apperr.RateLimited] != 40-int(n) {
				t.Fatalf("minute %d: %d compared, %v", minute, n, got)
			}
			r.clock.Add(mfaMinute)
		}
		err := nodes[0].CheckTotp(ctx, ann, r.code(secret, 0))
		want(t, "the right code after a hundred wrong ones", err, apperr.RateLimited)
		if limit := apperr.From(err).Limit; limit != "locked" {
			t.Errorf("limit %q, want locked", limit)
		}
		want(t, "a recovery code", nodes[1].UseRecovery(ctx, ann, codes[0]), "")
		want(t, "the right code after another proof", nodes[0].CheckTotp(ctx, ann, r.code(secret, 0)), "")
	})
}

// At most five attempts are allowed in any minute, even if a node's clock is behind. A refused
// attempt does not extend the wait.
func TestTries_anyMinute(t *testing.T) {
	testkit.NotInRace(t, "strictly sequential")
	each(t, func(t *testing.T, r *rig) {
		f := r.node()
		secret, _ := r.enrolled(f)
		try := func() bool {
			err := f.CheckTotp(ctx, ann, r.bad(secret))
			if !apperr.Is(err, apperr.OtpInvalid) && !apperr.Is(err, apperr.RateLimited) {
				t.Fatal(err)
			}
			return apperr.Is(err, apperr.OtpInvalid)
		}
		var at []time.Time
		for range 300 { // ten minutes
			if try() {
				at = append(at, r.clock.Now())
			}
			r.clock.Add(2 * time.Second)
		}
		for i := 5; i < len(at); i++ {
			if d := at[i].Sub(at[i-5]); d < time.Minute {
				t.Errorf("six tries within %v", d)
			}
		}
		if len(at) < 40 {
			t.Errorf("%d attempts in ten minutes: refused ones extend the wait", len(at))
		}
		r.clock.Add(mfaMinute)
		for range 5 {
			try()
		}
		r.clock.Add(-20 * time.Second)
		if try() {
			t.Error("a node whose clock is behind starts a new minute")
		}
		err := f.CheckTotp(ctx, ann, "000000")
		if wait := apperr.From(err).RetryAfter; wait != 80*time.Second {
			t.Errorf("wait %v, want 80 s by the clock that is behind", wait)
		}
		// A time in the far future, from a restored database or a wrong clock.
		r.clock.Add(-time.Hour)
		if !try() {
			t.Error("a time in the far future blocks the user until then")
		}
	})
}

// A recovery code works once, on any node.
func TestUseRecovery(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		nodes := []*mfa.Factors{r.node(), r.other()}
		_, codes := r.enrolled(nodes[0])
		got := outcomes(100, func(i int) error { return nodes[i%2].UseRecovery(ctx, ann, codes[0]) })
		if got[""] != 1 || got[apperr.OtpInvalid]+got[apperr.RateLimited] != 99 {
			t.Errorf("%v, want one winner", got)
		}
		if s, err := nodes[0].State(ctx, ann); err != nil || s.RecoveryCodes != 9 {
			t.Errorf("%+v, %v, want 9 left", s, err)
		}
		r.clock.Add(mfaMinute)
		typed := "  " + codes[1][:5] + " " + codes[1][5:] + " "
		want(t, "with spaces", nodes[0].UseRecovery(ctx, ann, typed), "")
		want(t, "another user's code", nodes[0].UseRecovery(ctx, 8, codes[2]), apperr.OtpInvalid)
		fresh, err := nodes[1].NewRecovery(ctx, ann)
		want(t, "new codes", err, "")
		want(t, "an old code", nodes[0].UseRecovery(ctx, ann, codes[2]), apperr.OtpInvalid)
		want(t, "a new code", nodes[0].UseRecovery(ctx, ann, fresh[9]), "")
		want(t, "remove", remove(nodes[0]), "")
		r.clock.Add(mfaMinute)
		want(t, "without factors", nodes[0].UseRecovery(ctx, ann, fresh[8]), apperr.OtpInvalid)
		_, err = nodes[0].NewRecovery(ctx, ann)
		want(t, "new codes without TOTP", err, apperr.NotFound)
	})
}

// At most five recovery codes a minute are looked up, counted together with TOTP codes.
func TestUseRecovery_limited(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.node()
		secret, _ := r.enrolled(f)
		got := outcomes(50, func(i int) error {
			if i%2 == 0 {
				return f.CheckTotp(ctx, ann, r.bad(secret))
			}
			return f.UseRecovery(ctx, ann, "0000-0000-0000-0000")
		})
		if got[apperr.OtpInvalid] != 5 || got[apperr.RateLimited] != 45 {
			t.Errorf("%v, want 5 compared", got)
		}
	})
}

// Only the first requirement is recorded. A reset happens once, when it is due, unless it was
// canceled.
func TestDemandAndReset(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		nodes := []*mfa.Factors{r.node(), r.other()}
		first := r.clock.Now()
		outcomes(10, func(i int) error { _, err := nodes[i%2].Require(ctx, ann, first); return err })
		r.clock.Add(time.Hour)
		if since, err := nodes[1].Require(ctx, ann, r.clock.Now()); err != nil || !since.Equal(first) {
			t.Errorf("since %v, %v, want %v", since, err, first)
		}
		secret, _ := r.enrolled(nodes[0])
		due := r.clock.Now().Add(time.Hour)
		want(t, "cancel without a reset", nodes[0].CancelReset(ctx, ann), apperr.NotFound)
		want(t, "ask", nodes[0].ScheduleReset(ctx, ann, due), "")
		want(t, "ask again", nodes[1].ScheduleReset(ctx, ann, due.Add(time.Hour)), "")
		if s, err := nodes[1].State(ctx, ann); err != nil || !s.ResetDue.Equal(due) || !s.Required.Equal(first) {
			t.Errorf("%+v, %v", s, err)
		}
		if reset, err := nodes[0].Reset(ctx, ann); reset || err != nil {
			t.Errorf("before it is due: %t, %v", reset, err)
		}
		want(t, "stop", nodes[0].CancelReset(ctx, ann), "")
		r.clock.Add(2 * time.Hour)
		if reset, err := nodes[0].Reset(ctx, ann); reset || err != nil {
			t.Errorf("after it was canceled: %t, %v", reset, err)
		}
		want(t, "TOTP still works", nodes[1].CheckTotp(ctx, ann, r.code(secret, 0)), "")
		want(t, "ask", nodes[0].ScheduleReset(ctx, ann, r.clock.Now()), "")
		got := outcomes(10, func(i int) error {
			reset, err := nodes[i%2].Reset(ctx, ann)
			if err == nil && !reset {
				return apperr.New(apperr.NotFound)
			}
			return err
		})
		if got[""] != 1 || got[apperr.NotFound] != 9 {
			t.Errorf("%v, want one reset", got)
		}
		s, err := nodes[0].State(ctx, ann)
		if err != nil || s.Totp || !s.ResetDue.IsZero() || !s.Required.Equal(first) {
			t.Errorf("%+v, %v", s, err)
		}
		_, err = nodes[0].Require(ctx, 99, first)
		want(t, "require of an unknown user", err, apperr.SessionEnded)
	})
}
