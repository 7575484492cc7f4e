package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"user-api/internal/address"
	"user-api/internal/audit"
	"user-api/internal/cli"
	"user-api/internal/event"
	"user-api/internal/session"
	"user-api/internal/svc"
	"user-api/internal/testkit"
	"user-api/model"
)

// keep creates a user with the number spelled as given, and a session.
func keep(t *testing.T, s *svc.ServiceContext, id int64, number string) int64 {
	t.Helper()
	ctx := context.Background()
	u := &model.User{Id: id, Phone: model.Text(number), Role: model.RoleUser, Status: model.StatusActive, Created: 1}
	if _, err := s.Accounts.Users.Insert(ctx, u); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sessions.Open(ctx, u.Id, session.Opener{}, session.Device{}, func(session.Grant) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return u.Id
}

// phones returns the numbers of users, sorted by id.
func phones(t *testing.T, file string, ids ...int64) string {
	t.Helper()
	var list []string
	inService(t, file, func(s *svc.ServiceContext) {
		for _, id := range ids {
			u, err := s.Accounts.Current(context.Background(), id)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, u.Phone.String)
		}
	})
	return strings.Join(list, " ")
}

func numbersFile(t *testing.T) string {
	dir := t.TempDir()
	file := filepath.Join(dir, "conf.yaml")
	if err := os.WriteFile(file, []byte("Mode: test\nDataSource: sqlite:"+dir+"/user.db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func numbers(t *testing.T, file string, args ...string) (out string, code int) {
	t.Helper()
	code, out, _ = command(append([]string{"numbers", "-f", file}, args...)...)
	if text := out; strings.Contains(text, "97979797") || strings.Contains(text, "12345678") {
		t.Errorf("%v shows a number: %s", args, text)
	}
	return out, code
}

// Only the spelling is changed, once, and no session ends. Two accounts that would get the
// same number are reported and left unchanged.
func TestNumbers_migrate(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	file := numbersFile(t)
	var ids []int64
	inService(t, file, func(s *svc.ServiceContext) {
		for i, number := range []string{
			"+22997979797", "+5215512345678", "+541123456789", "+919876543210", "+22312345678", "+22997979798", "+2290197979798",
		} {
			ids = append(ids, keep(t, s, int64(i+1), number))
		}
	})
	const before = "+22997979797 +5215512345678 +541123456789 +919876543210 +22312345678 +22997979798 +2290197979798"
	clash := fmt.Sprintf("user %d: user %d has +229********98", ids[5], ids[6])
	dry, code := numbers(t, file, "migrate", "--dry-run")
	if code != cli.Done || !strings.Contains(dry, "BJ: 1 to be changed, 1 skipped") || !strings.Contains(dry, clash) || !strings.Contains(dry, "MX: 1 to be changed, 0 skipped") {
		t.Errorf("dry run: exit code %d\n%s", code, dry)
	}
	if got := phones(t, file, ids...); got != before {
		t.Errorf("after the dry run: %s", got)
	}
	one, code := numbers(t, file, "migrate", "--country", "mx")
	if code != cli.Done || one != "numbers: MX: 1 changed, 0 skipped\n" {
		t.Errorf("one country: exit code %d\n%s", code, one)
	}
	done, code := numbers(t, file, "migrate")
	if code != cli.Done || !strings.Contains(done, "BJ: 1 changed, 1 skipped") || !strings.Contains(done, clash) || !strings.Contains(done, "AR: 1 changed") || !strings.Contains(done, "MX: 0 changed") {
		t.Errorf("migrate: exit code %d\n%s", code, done)
	}
	const after = "+2290197979797 +525512345678 +5491123456789 +919876543210 +22312345678 +22997979798 +2290197979798"
	if got := phones(t, file, ids...); got != after {
		t.Errorf("after: %s", got)
	}
	if again, code := numbers(t, file, "migrate"); code != cli.Done || strings.Contains(again, " 1 changed") {
		t.Errorf("again: exit code %d\n%s", code, again)
	}
	check, code := numbers(t, file, "check")
	if code != cli.Done || !strings.Contains(check, "of 7 numbers 1 are in no current numbering plan, and 1 in an outdated format") || !strings.Contains(check, fmt.Sprint("+223******78 of user ", ids[4])) {
		t.Errorf("check: exit code %d\n%s", code, check)
	}
	wantMigrated(t, file, ids)
}

// wantMigrated checks the output of a migration, and that sessions continue.
func wantMigrated(t *testing.T, file string, ids []int64) {
	t.Helper()
	ctx := context.Background()
	inService(t, file, func(s *svc.ServiceContext) {
		events, err := s.Audit.List(ctx, audit.Filter{Type: string(event.NumberChanged), Limit: 100})
		if err != nil || len(events) != 3 {
			t.Fatalf("%d events, %v, want 3", len(events), err)
		}
		for _, e := range events {
			if !strings.HasPrefix(e.Actor, "cli:") || e.Address == "" || e.UserId == 0 {
				t.Errorf("event %+v", e)
			}
		}
		for _, id := range ids {
			u, err := s.Accounts.Current(ctx, id)
			if err != nil || u.Epoch != 0 {
				t.Errorf("user %d: %v, its open codes are void", id, err)
			}
			if list, err := s.Sessions.List(ctx, id); err != nil || len(list) != 1 {
				t.Errorf("user %d has %d sessions, %v", id, len(list), err)
			}
		}
		for typed, id := range map[string]int64{"+229 97 97 97 97": ids[0], "+52 1 55 1234 5678": ids[1], "+54 11 2345 6789": ids[2]} {
			address, _ := address.ParsePhone(typed, "")
			if u, err := s.Accounts.ByAddress(ctx, address); err != nil || u == nil || u.Id != id {
				t.Errorf("%s finds %v, %v", typed, u, err)
			}
		}
	})
}

// A stopped migration can be run again, and does the rest.
func TestNumbers_stopped(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	file := numbersFile(t)
	ids := make([]int64, 0, 5)
	inService(t, file, func(s *svc.ServiceContext) {
		for i := range 5 {
			ids = append(ids, keep(t, s, int64(i+1), fmt.Sprint("+2299797979", i)))
		}
		ctx, stop := context.WithCancel(context.Background())
		after := afterCalls{UserModel: s.Accounts.Users, n: 2, do: stop}
		s.Accounts.Users = &after
		done, err := s.Signin.Renumber(ctx, address.Plans[1], false, func(int) {})
		if !errors.Is(err, context.Canceled) || done.Changed != 2 {
			t.Errorf("stopped after %d: %v", done.Changed, err)
		}
	})
	if out, code := numbers(t, file, "migrate", "--country", "BJ"); code != cli.Done || out != "numbers: BJ: 3 changed, 0 skipped\n" {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if got := phones(t, file, ids...); strings.Count(got, "+229019797979") != 5 {
		t.Errorf("numbers %s", got)
	}
}

// afterCalls runs a function after the given number of changed numbers.
type afterCalls struct {
	model.UserModel
	n  int
	do func()
}

func (a *afterCalls) Renumber(ctx context.Context, id int64, from, to string) (bool, error) {
	changed, err := a.UserModel.Renumber(ctx, id, from, to)
	if a.n--; a.n == 0 {
		a.do()
	}
	return changed, err
}

// doctor reports numbers that no longer match their numbering plan, masked.
func TestDoctor_numbers(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	file := numbersFile(t)
	look := func() string {
		_, out, _ := command("doctor", "-f", file)
		for line := range strings.Lines(out) {
			if strings.Contains(line, "  numbers: ") {
				return strings.TrimSpace(line)
			}
		}
		return out
	}
	inService(t, file, func(s *svc.ServiceContext) { keep(t, s, 100, "+919876543210") })
	if got, want := look(), "ok    numbers: of 1 numbers all are in current numbering plans"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	inService(t, file, func(s *svc.ServiceContext) {
		for i := range 12 {
			keep(t, s, int64(i+1), fmt.Sprintf("+223%d234567%d", i/10+1, i%10))
		}
		keep(t, s, 101, "+22997979797")
	})
	got := look()
	if !strings.HasPrefix(got, "warn  numbers: of 14 numbers 12 are in no current numbering plan, and 1 in an outdated format") || !strings.HasSuffix(got, " and 2 more") ||
		strings.Count(got, "+223******") != 10 || strings.Contains(got, "234567") {
		t.Errorf("got %s", got)
	}
}
