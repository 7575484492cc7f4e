package cli_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/cli"
	"user-api/internal/session"
	"user-api/internal/svc"
	"user-api/internal/testkit"
	"user-api/internal/token"
	"user-api/model"
)

var sessionDevice = session.Device{IP: "203.0.113.9", UserAgent: "test"}

// signInAs opens a session of the only user, with a client of that name.
func signInAs(t *testing.T, file, agent string) {
	t.Helper()
	var made deed
	done(t, &made, "user", "create", "-f", file, "--json", "--phone", phone)
	inService(t, file, func(s *svc.ServiceContext) {
		open(t, s, made.ID, session.Device{IP: sessionDevice.IP, UserAgent: agent})
	})
}

func open(t *testing.T, s *svc.ServiceContext, id int64, d session.Device) session.Grant {
	t.Helper()
	grant, err := s.Sessions.Open(context.Background(), id, session.Opener{}, d, func(session.Grant) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

// crowd creates n users with two sessions each.
func crowd(t *testing.T, s *svc.ServiceContext, n int) []session.Grant {
	t.Helper()
	var grants []session.Grant
	for i := range n {
		u := &model.User{Id: int64(1000 + i), Username: model.Text(fmt.Sprint("user", i)), Role: model.RoleUser, Status: model.StatusActive, Created: 1}
		if _, err := s.Accounts.Users.Insert(context.Background(), u); err != nil {
			t.Fatal(err)
		}
		grants = append(grants, open(t, s, u.Id, sessionDevice), open(t, s, u.Id, sessionDevice))
	}
	return grants
}

// All users are signed out, open codes are invalid, a running node learns of it from the
// feed, and there is one audit event.
func TestSessionsEnd(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	eachStore(t, func(t *testing.T, file string) {
		const users = 210 // more than one batch
		inService(t, file, func(serving *svc.ServiceContext) {
			grants := crowd(t, serving, users)
			if err := serving.Start(); err != nil {
				t.Fatal(err)
			}
			code, out, errs := command("sessions", "end", "--all", "-f", file)
			if want := fmt.Sprintf("sessions: %d sessions of %d users have ended\n", 2*users, users); code != cli.Done || out != want {
				t.Fatalf("exit code %d, %s, printed %q, want %q", code, errs, out, want)
			}
			for _, grant := range []session.Grant{grants[0], grants[1], grants[2*users-1]} {
				wantEnded(t, serving, grant)
			}
			u, err := serving.Accounts.Current(context.Background(), 1000)
			if err != nil || u.Epoch != 1 {
				t.Errorf("epoch %+v, %v: its open codes are not void", u, err)
			}
			open(t, serving, 1000, sessionDevice)
		})
		var told struct{ Users, Sessions int }
		done(t, &told, "sessions", "end", "--all", "--json", "-f", file)
		if told.Users != users || told.Sessions != 1 {
			t.Errorf("again: %+v, want the one that was opened since", told)
		}
		wantTrail(t, file, "sessions_ended everyone")
	})
}

// wantEnded waits until a node rejects an access token of the session.
func wantEnded(t *testing.T, s *svc.ServiceContext, grant session.Grant) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		_, err := s.Sessions.Check(context.Background(), token.Access{SessionID: grant.SessionID, UserID: grant.UserID})
		if apperr.Is(err, apperr.SessionEnded) {
			return
		}
	}
	t.Errorf("the session of user %d goes on", grant.UserID)
}

// The command is stopped between two batches: ended sessions stay ended, and the output
// says that it is incomplete.
func TestSessionsEnd_stopped(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	file := numbersFile(t)
	inService(t, file, func(s *svc.ServiceContext) { crowd(t, s, 210) })
	ctx, stop := context.WithCancel(t.Context())
	e, out, errs := env()
	e.Now = func() time.Time { // called after a batch
		stop()
		return time.Now()
	}
	code := cli.Run(ctx, []string{"sessions", "end", "--all", "-f", file}, e)
	if code != cli.Failed || out.String() != "" || !strings.Contains(errs.String(), "interrupted: sessions: 400 sessions of 200 users have ended") ||
		!strings.Contains(errs.String(), "run the command again") {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
	wantTrail(t, file, "sessions_ended everyone")
	if code, out, _ := command("sessions", "end", "--all", "-f", file); code != cli.Done || out != "sessions: 20 sessions of 210 users have ended\n" {
		t.Errorf("again: exit code %d, %q", code, out)
	}
}
