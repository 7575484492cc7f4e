package cli_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"user-api/internal/cli"
	"user-api/internal/config"
	"user-api/internal/identity"
	"user-api/internal/session"
	"user-api/internal/svc"
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
	s, err := svc.NewServiceContext(context.Background(), c, svc.Options{Beside: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	step(s)
}

func TestAdmin(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "conf.yaml")
	if err := os.WriteFile(file, []byte("Mode: test\nDataSource: sqlite:"+dir+"/user.db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	address, _ := identity.ParsePhone(phone, "")
	inService(t, file, func(s *svc.ServiceContext) {
		user, _, err := s.Accounts.FindOrCreate(ctx, address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sessions.Open(ctx, user.Id, session.Device{}); err != nil {
			t.Fatal(err)
		}
	})
	admin := func(args ...string) error {
		var out bytes.Buffer
		err := cli.Admin(ctx, append(args, "-f", file), &out, rand.Reader)
		if err == nil && !strings.Contains(out.String(), args[0]+": user ") {
			t.Errorf("%v printed %q", args, out.String())
		}
		return err
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
		if err := admin(step.args...); err != nil {
			t.Errorf("%v: %v", step.args, err)
		}
		want(strings.Join(step.args, " "), step.role, step.status, step.sessions)
	}
	if err := admin("ban", "--phone", "+919876543211"); err == nil || errors.Is(err, cli.ErrUsage) {
		t.Errorf("a user who is not there: %v", err)
	}
	for _, args := range [][]string{
		{}, {"reign"}, {"grant", "--phone", phone}, {"grant", "--phone", phone, "--role", "king"}, {"ban"},
		{"ban", "--phone", phone, "--username", "ann"}, {"ban", "--phone", phone, "now"}, {"ban", "--ip", "1"},
	} {
		if err := cli.Admin(ctx, args, &bytes.Buffer{}, rand.Reader); !errors.Is(err, cli.ErrUsage) {
			t.Errorf("%v: %v, want the usage", args, err)
		}
	}
}
