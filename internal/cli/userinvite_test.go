package cli_test

import (
	"strings"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/internal/cli"
	"user-api/internal/invite"
	"user-api/internal/svc"
	"user-api/internal/testkit"
)

// An invite of the command line admits its recipient, until it expires.
func TestUserInvite(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	eachStore(t, func(t *testing.T, file string) {
		var free, bound struct {
			Invite    string
			ExpiresAt int64
		}
		done(t, &free, "user", "invite", "-f", file, "--json")
		done(t, &bound, "user", "invite", "-f", file, "--json", "--phone", "098765 43210", "--for", "1h")
		inService(t, file, func(s *svc.ServiceContext) {
			now := s.Now().Unix()
			if left := bound.ExpiresAt - now; left < 3000 || left > 3600 {
				t.Errorf("the bound one ends in %d s, want 3600", left)
			}
			if left := time.Duration(free.ExpiresAt-now) * time.Second; left < invite.DefaultLife-time.Hour || left > invite.DefaultLife {
				t.Errorf("the free one ends in %v, want %v", left, invite.DefaultLife)
			}
			addr, _ := address.ParsePhone(phone, "")
			for what, c := range map[string]struct {
				keys []string
				want bool
			}{
				"the free one, by anybody":           {invite.Keys(free.Invite, address.Address{}), true},
				"the bound one, by the address":      {invite.Keys(strings.ToUpper(bound.Invite), addr), true},
				"the bound one, by anybody":          {invite.Keys(bound.Invite, address.Address{}), false},
				"one that never was, by the address": {invite.Keys("0000", addr), false},
			} {
				if known, err := s.Signin.Invites.Known(t.Context(), c.keys); err != nil || known != c.want {
					t.Errorf("%s: %t, %v", what, known, err)
				}
			}
		})
		for line, want := range map[string]int{
			"user invite --for 1s": cli.Misused, "user invite --for 9000h": cli.Misused, "user invite now": cli.Misused,
			"user invite --phone +919876543210 --email a@b.example": cli.Misused, "user invite --phone x": cli.Failed, "user invite --email x": cli.Failed,
		} {
			if code, out, _ := command(append(strings.Fields(line), "-f", file)...); code != want || out != "" {
				t.Errorf("%s: exit code %d, printed %q, want %d", line, code, out, want)
			}
		}
	})
}
