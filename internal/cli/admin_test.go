package cli_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/internal/audit"
	"user-api/internal/cli"
	"user-api/internal/config"
	"user-api/internal/event"
	"user-api/internal/session"
	"user-api/internal/svc"
	"user-api/internal/testkit"
	"user-api/model"
)

const phone = "+919876543210"

// inService runs a step on the service of a configuration file.
func inService(t *testing.T, file string, step func(*svc.ServiceContext)) {
	t.Helper()
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.FillSecrets(rand.Reader); err != nil {
		t.Fatal(err)
	}
	s, err := svc.NewServiceContext(context.Background(), c, svc.Options{Secondary: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	step(s)
}

func TestAdmin(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	dir := t.TempDir()
	file := filepath.Join(dir, "conf.yaml")
	if err := os.WriteFile(file, []byte("Mode: test\nDataSource: sqlite:"+dir+"/user.db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	address, _ := address.ParsePhone(phone, "")
	inService(t, file, func(s *svc.ServiceContext) {
		user, _, err := s.Accounts.FindOrCreate(ctx, address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sessions.Open(ctx, user.Id, session.Opener{}, session.Device{}, func(session.Grant) error { return nil }); err != nil {
			t.Fatal(err)
		}
	})
	admin := func(args ...string) int {
		code, out, errs := command(append([]string{"admin", "-f", file}, args...)...)
		if code == cli.Done && !strings.Contains(out, args[0]+": user ") {
			t.Errorf("%v printed %q, %q", args, out, errs)
		}
		return code
	}
	want := func(what, role, status string, sessions int) {
		t.Helper()
		inService(t, file, func(s *svc.ServiceContext) {
			user, err := s.Accounts.ByAddress(ctx, address)
			if err != nil {
				t.Fatal(err)
			}
			list, err := s.Sessions.List(ctx, user.Id)
			if err != nil || user.Role != role || user.Status != status || len(list) != sessions {
				t.Errorf("%s: role %s, status %s, %d sessions, %v; want %s, %s, %d", what, user.Role, user.Status, len(list), err, role, status, sessions)
			}
		})
	}
	for _, step := range []struct {
		args         []string
		role, status string
		sessions     int
	}{
		{[]string{"grant", "--phone", "098765 43210", "--role", "admin"}, model.RoleAdmin, model.StatusActive, 1},
		{[]string{"ban", "--phone", phone}, model.RoleAdmin, model.StatusBanned, 0},
		{[]string{"unban", "--phone", phone}, model.RoleAdmin, model.StatusActive, 0},
		{[]string{"grant", "--phone", phone, "--role", "user"}, model.RoleUser, model.StatusActive, 0},
	} {
		if code := admin(step.args...); code != cli.Done {
			t.Errorf("%v: exit code %d", step.args, code)
		}
		want(strings.Join(step.args, " "), step.role, step.status, step.sessions)
	}
	inService(t, file, func(s *svc.ServiceContext) {
		events, err := s.Audit.List(ctx, audit.Filter{Limit: 100})
		var got []string
		for _, e := range events {
			got = append(got, e.Type+" "+e.Reason)
			if !strings.HasPrefix(e.Actor, "cli:") || !strings.Contains(e.Actor, "@") {
				t.Errorf("%s was done by %q, want cli:<user>@<host>", e.Type, e.Actor)
			}
		}
		if want := []string{"role_changed user", "unbanned ", "banned ", "role_changed admin"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("the trail has %q, %v, want %q", got, err, want)
		}
	})
	if code := admin("ban", "--phone", "+919876543211"); code != cli.Failed {
		t.Errorf("a user who is not there: exit code %d", code)
	}
}

// The output of prune is available as JSON.
func TestAdmin_pruneJSON(t *testing.T) {
	if code, out, errs := command("admin", "prune", "--json", "-f", numbersFile(t)); code != cli.Done || strings.Join(strings.Fields(out), "") != `{"events":0,"steps":0}` {
		t.Errorf("exit code %d, %q, %s", code, out, errs)
	}
}

// prune deletes what is older than the configured retention, and reports how much.
func TestAdmin_prune(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "conf.yaml")
	text := "Mode: test\nDataSource: sqlite:" + dir + "/user.db\nAudit: {Retention: 2}\nDelivery: {Retention: 1}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	address, _ := address.ParsePhone(phone, "")
	inService(t, file, func(s *svc.ServiceContext) {
		now := s.Audit.Now
		for _, age := range []time.Duration{72 * time.Hour, 36 * time.Hour, 0} {
			s.Audit.Now = func() time.Time { return now().Add(-age) }
			s.Timeline.Now = s.Audit.Now
			s.Audit.Keep(ctx, event.Event{Kind: event.SignIn, UserID: 1})
			s.Timeline.Keep(ctx, event.Event{Kind: event.Limited, Reason: event.WhenAsking, Address: address})
		}
	})
	for _, want := range []string{"prune: 1 events, 2 steps of messages\n", "prune: 0 events, 0 steps of messages\n"} {
		if code, out, errs := command("admin", "prune", "-f", file); code != cli.Done || out != want {
			t.Errorf("prune printed %q, exit code %d, %s, want %q", out, code, errs, want)
		}
	}
}
