package cli_test

import (
	"context"
	"testing"

	"github.com/pquerna/otp/totp"

	"user-api/internal/svc"
	"user-api/internal/testkit"
)

// The operator resets the second factor of a lost device: after the wait, or immediately.
func TestUserMfaReset(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	eachStore(t, func(t *testing.T, file string) {
		ctx := context.Background()
		reset := func(words ...string) []string {
			return append([]string{"user", "mfa-reset", "-f", file, "--username", "ann", "--json"}, words...)
		}
		var made, did deed
		done(t, &made, "user", "create", "-f", file, "--username", "ann", "--generate-password", "--json")
		inService(t, file, func(s *svc.ServiceContext) {
			secret, err := s.Factors.Enroll(ctx, made.ID, "ann")
			if err != nil {
				t.Fatal(err)
			}
			code, err := totp.GenerateCode(secret.Secret, s.Now())
			if err == nil {
				err = s.Factors.Confirm(ctx, made.ID, code)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		done(t, &did, reset()...)
		inService(t, file, func(s *svc.ServiceContext) {
			if state, err := s.Factors.State(ctx, made.ID); err != nil || !state.Totp || state.ResetDue.IsZero() {
				t.Errorf("asked for: %+v, %v", state, err)
			}
		})
		done(t, &did, reset("--now")...)
		inService(t, file, func(s *svc.ServiceContext) {
			if state, err := s.Factors.State(ctx, made.ID); err != nil || state.Totp || !state.ResetDue.IsZero() {
				t.Errorf("done: %+v, %v", state, err)
			}
		})
		if code, _, _ := command(reset()...); code == 0 {
			t.Error("a user without factors has some reset")
		}
	})
}
