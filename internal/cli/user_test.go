package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/internal/audit"
	"user-api/internal/cli"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/testkit"
	"user-api/internal/types"
)

// eachStore runs a test on a configuration for each database.
func eachStore(t *testing.T, test func(t *testing.T, file string)) {
	t.Helper()
	for name, source := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string { return "sqlite:" + t.TempDir() + "/user.db" },
		"mysql":  func(t *testing.T) string { return testkit.MySQL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "conf.yaml")
			yaml := fmt.Sprintf("Mode: test\nDataSource: %q\nOtp: {Pepper: %s}\nAuth: {AccessSecret: %s, RefreshSecret: %s}\n",
				source(t), strings.Repeat("c", 36), strings.Repeat("a", 36), strings.Repeat("b", 36))
			if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			test(t, file)
		})
	}
}

// done runs a command that must succeed, and parses its JSON output.
func done(t *testing.T, answer any, words ...string) {
	t.Helper()
	code, out, errs := command(words...)
	if code != cli.Done || errs != "" {
		t.Fatalf("%q: exit code %d, %s", words, code, errs)
	}
	if err := json.Unmarshal([]byte(out), answer); err != nil {
		t.Fatalf("%q printed %q: %v", words, out, err)
	}
}

type deed struct {
	ID             int64
	Done, Password string
}

// An account is created, found by each of its names, changed, exported and erased, and the
// audit trail names the operator.
func TestUser(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	eachStore(t, func(t *testing.T, file string) {
		user := func(words ...string) []string {
			return append([]string{"user", "-f", file}, append(words, "--json")...)
		}
		var made, did deed
		done(t, &made, user("create", "--phone", "098765 43210", "--email", "Ann@Example.com", "--username", "Ann", "--generate-password")...)
		if made.ID == 0 || made.Done != "create" || len(made.Password) != 20 {
			t.Fatalf("create told %+v", made)
		}
		var shown types.AdminUser
		for _, by := range [][]string{
			{"--id", fmt.Sprint(made.ID)}, {"--phone", phone}, {"--phone", "098765 43210"}, {"--email", "ann@EXAMPLE.com"}, {"--username", "ann"},
		} {
			done(t, &shown, user(append([]string{"show"}, by...)...)...)
			if shown.Id != made.ID || shown.Phone != phone || shown.Email != "ann@example.com" || shown.Username != "ann" || shown.Status != "active" {
				t.Errorf("show %q told %+v", by, shown)
			}
		}
		signIn := func() {
			inService(t, file, func(s *svc.ServiceContext) {
				if _, err := s.Signin.ByPassword(context.Background(), signin.PasswordLogin{Username: "ann", Password: made.Password}, sessionDevice); err != nil {
					t.Errorf("the password that was made: %v", err)
				}
			})
		}
		signIn()
		signIn()
		var list types.SessionsResp
		done(t, &list, user("sessions", "--username", "ann")...)
		if len(list.Sessions) != 2 || list.Sessions[0].Ip != sessionDevice.IP {
			t.Fatalf("sessions told %+v", list)
		}
		done(t, &did, user("sessions", "--username", "ann", "--end", list.Sessions[0].Id)...)
		done(t, &shown, user("show", "--username", "ann")...)
		if len(shown.Sessions) != 1 || shown.Sessions[0].Id != list.Sessions[1].Id {
			t.Errorf("after the end of one: %+v", shown.Sessions)
		}
		if code, _, errs := command(user("sessions", "--username", "ann", "--end", list.Sessions[0].Id)...); code != cli.Failed || !strings.Contains(errs, "not_found") {
			t.Errorf("a session that has ended: exit code %d, %s", code, errs)
		}
		done(t, &did, user("sessions", "--username", "ann", "--end-all")...)
		done(t, &did, user("role", "admin", "--username", "ann")...)
		done(t, &did, user("ban", "--username", "ann", "--for", "2h", "--reason", "case 17")...)
		shown = types.AdminUser{}
		done(t, &shown, user("show", "--username", "ann")...)
		if len(shown.Sessions) != 0 || shown.Role != "admin" || shown.Status != "banned" || shown.BanReason != "case 17" || time.Until(time.Unix(shown.BanUntil, 0)) < time.Hour {
			t.Errorf("after the changes: %+v", shown)
		}
		done(t, &did, user("unban", "--username", "ann")...)
		var export types.ExportResp
		code, out, _ := command("user", "export", "-f", file, "--username", "ann")
		if err := json.Unmarshal([]byte(out), &export); code != cli.Done || err != nil || export.User.Id != made.ID || len(export.Credentials) != 1 || !export.Complete {
			t.Errorf("export: exit code %d, %v, %s", code, err, out)
		}
		done(t, &did, user("erase", "--username", "ann", "--yes")...)
		if did != (deed{ID: made.ID, Done: "erase"}) {
			t.Errorf("erase told %+v", did)
		}
		for _, words := range [][]string{{"show"}, {"ban"}, {"export"}, {"erase", "--yes"}, {"sessions"}} {
			code, out, errs := command(append([]string{"user", "-f", file, "--id", fmt.Sprint(made.ID)}, words...)...)
			if code != cli.Failed || out != "" || !strings.Contains(errs, "no such user") {
				t.Errorf("%q of an erased user: exit code %d, %q, %q", words, code, out, errs)
			}
		}
		wantTrail(t, file, "account_deleted", "account_exported", "unbanned", "admin_read user_data", "banned", "role_changed admin",
			"sessions_ended", "admin_read user_data", "session_ended", "admin_read user_data", "registered")
	})
}

// wantTrail checks the operator's events, newest first. Consecutive reads count once, and
// sign-ins are ignored.
func wantTrail(t *testing.T, file string, want ...string) {
	t.Helper()
	inService(t, file, func(s *svc.ServiceContext) {
		events, err := s.Audit.List(context.Background(), audit.Filter{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range events {
			if e.Type == "sign_in" {
				continue
			}
			if !strings.HasPrefix(e.Actor, "cli:") || !strings.Contains(e.Actor, "@") {
				t.Errorf("%s was done by %q, want cli:<user>@<host>", e.Type, e.Actor)
			}
			got = append(got, strings.TrimSpace(e.Type+" "+e.Reason))
		}
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("the trail has %q, want %q", got, want)
		}
	})
}

// A refused account is reported with its error code, and nothing is created.
func TestUserCreate_refused(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	eachStore(t, func(t *testing.T, file string) {
		var made deed
		done(t, &made, "user", "create", "-f", file, "--json", "--phone", "+22997979797", "--email", "ann@example.com", "--username", "admin", "--generate-password")
		for line, want := range map[string]string{
			"--phone +2290197979797":                        "phone_taken", // the same number in the current spelling
			"--email ANN@example.com":                       "email_taken",
			"--username Admin --generate-password":          "username_taken",
			"--phone +919876543210 --email ann@example.com": "email_taken",
			"--phone 12":                                        "invalid_phone",
			"--email ann":                                       "invalid_email",
			"--username a --generate-password":                  "invalid_username",
			"--username bob --password-stdin":                   "stdin contained no password",
			"--phone +919876543211 --username bob --json --yes": "unknown flag",
		} {
			code, out, errs := command(append([]string{"user", "create", "-f", file}, strings.Fields(line)...)...)
			if code == cli.Done || out != "" || !strings.Contains(errs, want) {
				t.Errorf("%s: exit code %d, %q, %q, want %s", line, code, out, errs, want)
			}
		}
		inService(t, file, func(s *svc.ServiceContext) {
			address, _ := address.ParsePhone("+919876543210", "")
			if u, err := s.Accounts.ByAddress(context.Background(), address); u != nil || err != nil {
				t.Errorf("half of an account is there: %v, %v", u, err)
			}
		})
	})
}

// A password is read from stdin, checked as at registration, and never printed.
func TestUserCreate_password(t *testing.T) {
	file := numbersFile(t)
	for password, want := range map[string]int{"correct horse battery": cli.Done, "short": cli.Failed, "": cli.Failed} {
		e, out, errs := env()
		e.In = strings.NewReader(password + "\nmore\n")
		code := cli.Run(t.Context(), []string{"user", "create", "-f", file, "--username", "bob", "--password-stdin"}, e)
		if code != want || password != "" && strings.Contains(out.String()+errs.String(), password) {
			t.Errorf("%q: exit code %d, %s%s", password, code, out, errs)
		}
	}
	inService(t, file, func(s *svc.ServiceContext) {
		if _, err := s.Signin.ByPassword(context.Background(), signin.PasswordLogin{Username: "bob", Password: "correct horse battery"}, sessionDevice); err != nil {
			t.Error(err)
		}
	})
}

// Nothing is erased without a confirmation, on the terminal or by flag.
func TestUserErase_asks(t *testing.T) {
	file := numbersFile(t)
	var made deed
	done(t, &made, "user", "create", "-f", file, "--json", "--phone", phone)
	for _, tt := range []struct {
		typed    string
		terminal bool
		want     int
	}{{"yes\n", false, cli.Misused}, {"no\n", true, cli.Failed}, {"", true, cli.Failed}, {"y\n", true, cli.Failed}, {"yes\n", true, cli.Done}} {
		e, _, errs := env()
		e.In, e.Terminal = strings.NewReader(tt.typed), func(any) bool { return tt.terminal }
		code := cli.Run(t.Context(), []string{"user", "erase", "-f", file, "--phone", phone}, e)
		if code != tt.want || tt.terminal && !strings.Contains(errs.String(), fmt.Sprintf("Erase user %d permanently? Type yes to confirm: ", made.ID)) {
			t.Errorf("%q typed at a terminal %v: exit code %d, %q, want %d", tt.typed, tt.terminal, code, errs, tt.want)
		}
	}
}

// The name of a client cannot inject control sequences into the terminal.
func TestUserShow_people(t *testing.T) {
	file := numbersFile(t)
	signInAs(t, file, "\x1b[2Jcurl\u202e")
	code, out, _ := command("user", "show", "-f", file, "--phone", phone)
	if code != cli.Done || strings.ContainsAny(out, "\x1b\u202e") || !strings.Contains(out, "?[2Jcurl?") || !strings.Contains(out, "phone         "+phone+"\n") {
		t.Errorf("show printed %q", out)
	}
}
