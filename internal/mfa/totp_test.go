package mfa_test

import (
	"encoding/base32"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"user-api/internal/apperr"
	"user-api/internal/mfa"
	"user-api/internal/testkit"
)

// The SHA-1 vectors of RFC 6238 appendix B: 8 digits with the library, the last six with our
// comparison.
func TestVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		got, err := totp.GenerateCodeCustom(base32.StdEncoding.EncodeToString(secret), time.Unix(at, 0),
			totp.ValidateOpts{Period: 30, Digits: otp.DigitsEight, Algorithm: otp.AlgorithmSHA1})
		if err != nil || got != want {
			t.Errorf("at %d: %s, %v, want %s", at, got, err, want)
		}
		if !mfa.Matches(secret, at/30, want[2:]) {
			t.Errorf("at %d: %s does not match", at, want[2:])
		}
		for _, wrong := range []string{want[1:7], want, "", " " + want[2:]} {
			if mfa.Matches(secret, at/30, wrong) {
				t.Errorf("at %d: %q matches", at, wrong)
			}
		}
	}
}

// A code is valid in its own time step, one before and one after.
func TestCheckTotp_drift(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.node()
		secret, _ := r.enrolled(f)
		for _, c := range []struct {
			steps int
			want  apperr.Code
		}{{-2, apperr.OtpInvalid}, {2, apperr.OtpInvalid}, {-1, ""}, {0, ""}, {1, ""}} {
			want(t, fmt.Sprintf("a code %d steps off", c.steps), f.CheckTotp(ctx, ann, r.code(secret, c.steps)), c.want)
			r.clock.Add(90 * time.Second)
		}
		r.clock.Add(90 * time.Second)
		want(t, "a code of the next step", f.CheckTotp(ctx, ann, r.code(secret, 1)), "")
		want(t, "the unused code of the step before", f.CheckTotp(ctx, ann, r.code(secret, 0)), apperr.OtpInvalid)
		want(t, "a code of an unknown user", f.CheckTotp(ctx, 99, "123456"), apperr.OtpInvalid)
	})
}

// A step is accepted once, however many requests on however many nodes.
func TestCheckTotp_sameStep(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		nodes := []*mfa.Factors{r.node(), r.other()}
		secret, _ := r.enrolled(nodes[0])
		code := r.code(secret, 0)
		got := outcomes(100, func(i int) error { return nodes[i%2].CheckTotp(ctx, ann, code) })
		if got[""] != 1 || got[apperr.OtpInvalid]+got[apperr.RateLimited] != 99 {
			t.Errorf("%v, want one winner and 99 refusals", got)
		}
		r.clock.Add(mfaMinute)
		want(t, "the next step", nodes[1].CheckTotp(ctx, ann, r.code(secret, 0)), "")
	})
}

// Enrolling returns a secret that scans, and changes nothing until it is confirmed.
func TestEnroll(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.node()
		e, err := f.Enroll(ctx, ann, "ann@example.com")
		if err != nil {
			t.Fatal(err)
		}
		uri, err := url.Parse(e.URI)
		if err != nil || uri.Scheme != "otpauth" || uri.Host != "totp" || uri.Path != "/Orders:ann@example.com" ||
			uri.Query().Get("secret") != e.Secret || uri.Query().Get("issuer") != "Orders" || len(e.Secret) != 32 {
			t.Errorf("%s, %v", e.URI, err)
		}
		if err := xml.Unmarshal([]byte(e.SVG), new(struct{})); err != nil || !strings.HasPrefix(e.SVG, "<svg ") {
			t.Errorf("%v: %s", err, e.SVG)
		}
		if s, err := f.State(ctx, ann); err != nil || s != (mfa.State{}) {
			t.Errorf("before it is confirmed: %+v, %v", s, err)
		}
		want(t, "a code of the pending secret", f.CheckTotp(ctx, ann, r.code(e.Secret, 0)), apperr.OtpInvalid)
		want(t, "a wrong code", f.Confirm(ctx, ann, r.bad(e.Secret)), apperr.OtpInvalid)
		epoch, notified := r.number("SELECT epoch FROM user"), r.notified.Load()
		codes, err := f.ConfirmWithRecovery(ctx, ann, r.code(e.Secret, 0))
		if err != nil || len(codes) != 10 {
			t.Fatalf("%d codes, %v", len(codes), err)
		}
		if s, err := f.State(ctx, ann); err != nil || !s.Totp || s.RecoveryCodes != 10 || !s.TotpSince.Equal(r.clock.Now()) {
			t.Errorf("%+v, %v", s, err)
		}
		if r.number("SELECT epoch FROM user") != epoch+1 || r.notified.Load() != notified+1 {
			t.Error("open codes are still valid, or other nodes were not notified")
		}
		want(t, "the code used to confirm", f.CheckTotp(ctx, ann, r.code(e.Secret, 0)), apperr.OtpInvalid)
		_, err = f.Enroll(ctx, 99, "nobody")
		want(t, "enroll an unknown user", err, apperr.SessionEnded)
	})
}

// Of two pending secrets only the later one can be confirmed. The confirmed one works until then. A
// pending secret expires.
func TestEnroll_twice(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.node()
		old, _ := r.enrolled(f)
		first, err := f.Enroll(ctx, ann, "ann")
		want(t, "enroll", err, "")
		second, err := f.Enroll(ctx, ann, "ann")
		want(t, "enroll again", err, "")
		want(t, "confirm the replaced secret", f.Confirm(ctx, ann, r.code(first.Secret, 0)), apperr.OtpInvalid)
		want(t, "the old secret", f.CheckTotp(ctx, ann, r.code(old, 0)), "")
		want(t, "confirm", f.Confirm(ctx, ann, r.code(second.Secret, 0)), "")
		r.clock.Add(mfaMinute)
		want(t, "the old secret, which was replaced", f.CheckTotp(ctx, ann, r.code(old, 0)), apperr.OtpInvalid)
		want(t, "the new secret", f.CheckTotp(ctx, ann, r.code(second.Secret, 0)), "")
		if s, err := f.State(ctx, ann); err != nil || s.RecoveryCodes != 0 {
			t.Errorf("old recovery codes are left: %+v, %v", s, err)
		}
		third, err := f.Enroll(ctx, ann, "ann")
		want(t, "enroll a third time", err, "")
		r.clock.Add(15 * time.Minute)
		want(t, "confirm too late", f.Confirm(ctx, ann, r.code(third.Secret, 0)), apperr.OtpInvalid)
	})
}

// Concurrent operations end in a state that some serial order could produce.
func TestConfirm_races(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		nodes := []*mfa.Factors{r.node(), r.other()}
		for range 5 {
			e, err := nodes[0].Enroll(ctx, ann, "ann")
			want(t, "enroll", err, "")
			code := r.code(e.Secret, 0)
			got := outcomes(12, func(i int) error {
				f := nodes[i%2]
				switch i / 4 {
				case 0:
					_, err := f.ConfirmWithRecovery(ctx, ann, code)
					return err
				case 1:
					return remove(f)
				}
				_, err := f.NewRecovery(ctx, ann)
				return err
			})
			if got[apperr.Unavailable] > 0 || got[apperr.Internal] > 0 {
				t.Errorf("%v", got)
			}
			s, err := nodes[0].State(ctx, ann)
			codes := r.number("SELECT COUNT(*) FROM recovery_code")
			if err != nil || s.Totp && codes != 10 || !s.Totp && codes != 0 {
				t.Errorf("%+v with %d recovery codes, %v", s, codes, err)
			}
			want(t, "remove", remove(nodes[1]), "")
			r.clock.Add(2 * time.Minute)
		}
	})
}

// Of concurrent confirmations one succeeds, and of concurrent removals one.
func TestConfirm_once(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		nodes := []*mfa.Factors{r.node(), r.other()}
		e, err := nodes[0].Enroll(ctx, ann, "ann")
		want(t, "enroll", err, "")
		code := r.code(e.Secret, 0)
		if got := outcomes(4, func(i int) error { return nodes[i%2].Confirm(ctx, ann, code) }); got[""] != 1 || got[apperr.OtpInvalid] != 3 {
			t.Errorf("confirm: %v, want one winner", got)
		}
		got := outcomes(10, func(i int) error {
			removed, err := nodes[i%2].Remove(ctx, ann)
			if err == nil && !removed {
				return apperr.New(apperr.NotFound)
			}
			return err
		})
		if got[""] != 1 || got[apperr.NotFound] != 9 {
			t.Errorf("remove: %v, want one", got)
		}
	})
}

// A change on another node between the comparison and the write makes the confirmation or check
// fail.
func TestConfirm_overtaken(t *testing.T) {
	testkit.NotInRace(t, "strictly sequential")
	each(t, func(t *testing.T, r *rig) {
		other := r.other()
		for what, do := range map[string]func(code string) error{
			"replaced":  func(string) error { _, err := other.Enroll(ctx, ann, "ann"); return err },
			"confirmed": func(code string) error { return other.Confirm(ctx, ann, code) },
		} {
			f := r.node()
			e, err := f.Enroll(ctx, ann, "ann")
			want(t, "enroll", err, "")
			code := r.code(e.Secret, 0)
			f.BeforeAccept(func() { want(t, what, do(code), "") })
			_, err = f.ConfirmWithRecovery(ctx, ann, code)
			want(t, "confirm a secret that was "+what, err, apperr.OtpInvalid)
			if n := r.number("SELECT COUNT(*) FROM recovery_code"); n != 0 {
				t.Errorf("%s: %d recovery codes of a confirmation that was refused", what, n)
			}
			r.clock.Add(mfaMinute)
		}
		secret, _ := r.enrolled(other)
		for what, do := range map[string]func() error{
			"removed":  func() error { return remove(other) },
			"replaced": func() error { secret, _ = r.enrolled(other); return nil },
		} {
			f := r.node()
			f.BeforeAccept(sync.OnceFunc(func() { want(t, what, do(), "") }))
			want(t, "check a secret that was "+what, f.CheckTotp(ctx, ann, r.code(secret, 0)), apperr.OtpInvalid)
			want(t, "remove", remove(other), "")
			secret, _ = r.enrolled(other)
		}
	})
}
