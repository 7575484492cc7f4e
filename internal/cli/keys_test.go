package cli_test

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"user-api/internal/audit"
	"user-api/internal/cli"
	"user-api/internal/svc"
	"user-api/internal/testkit"
)

// printedKey is the JSON output.
type printedKey struct {
	ID, Alg, State    string
	Signs, SealedHere bool
	DueAt             int64
}

// keysFile writes a configuration that signs with keys.
func keysFile(t *testing.T, more string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "conf.yaml")
	text := "Mode: test\nDataSource: sqlite:" + dir + "/user.db\nDevServer: {Enabled: false}\nAuth: {Signing: ES256, Issuer: \"https://id.example.com\"" + more + "}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func start(t *testing.T, file string) {
	t.Helper()
	inService(t, file, func(s *svc.ServiceContext) {
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestKeys(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	file := keysFile(t, "")
	run := func(want int, line string) string {
		t.Helper()
		code, out, errs := command(append(strings.Fields(line), "-f", file)...)
		if code != want {
			t.Fatalf("%s: exit code %d, %s %s", line, code, out, errs)
		}
		return out + errs
	}
	list := func() (all []printedKey) {
		t.Helper()
		if err := json.Unmarshal([]byte(run(cli.Done, "keys list --json")), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := list(); len(all) != 0 {
		t.Errorf("keys before the first start: %v", all)
	}
	start(t, file)
	all := list()
	if len(all) != 1 || !all[0].Signs || all[0].State != "active" || all[0].Alg != "ES256" {
		t.Fatalf("keys after the first start: %+v", all)
	}
	first := all[0].ID
	if out := run(cli.Done, "keys rotate"); !strings.Contains(out, "is published and will sign from") {
		t.Errorf("rotate: %s", out)
	}
	if out := run(cli.Failed, "keys rotate"); !strings.Contains(out, "there is a standby key already") {
		t.Errorf("rotate again: %s", out)
	}
	if all = list(); len(all) != 2 || all[1].State != "standby" || all[1].DueAt < time.Now().Add(59*time.Minute).Unix() {
		t.Errorf("keys: %+v", all)
	}
	if table := run(cli.Done, "keys list"); !strings.Contains(table, "ID") || !strings.Contains(table, first) || !strings.Contains(table, "signs from 20") {
		t.Errorf("list:\n%s", table)
	}
	if out := run(cli.Done, "keys revoke "+first); out != "key "+first+" is revoked\n" {
		t.Errorf("revoke: %s", out)
	}
	if all = list(); all[0].State != "revoked" || !all[1].Signs {
		t.Errorf("keys: %+v", all)
	}
	run(cli.Failed, "keys revoke "+first)
	run(cli.Failed, "keys revoke nokey")
	run(cli.Misused, "keys revoke")
	inService(t, file, func(s *svc.ServiceContext) {
		events, err := s.Audit.List(t.Context(), audit.Filter{Limit: 100})
		actors := map[string][]string{}
		for _, e := range events {
			if strings.HasPrefix(e.Type, "key_") {
				actors[e.Type] = append(actors[e.Type], e.Actor)
				if len(e.SessionId) != 43 {
					t.Errorf("%s is about %q", e.Type, e.SessionId)
				}
			}
		}
		if err != nil || len(actors["key_created"]) != 2 || len(actors["key_activated"]) != 2 || len(actors["key_revoked"]) != 1 || !strings.HasPrefix(actors["key_revoked"][0], "cli:") {
			t.Errorf("the trail: %v, %v", actors, err)
		}
	})
	if out, _ := visitFile(t, file); !strings.Contains(out, "ok    signing keys: "+all[1].ID+" (ES256) has signed for 0 of 90 days") {
		t.Errorf("doctor:\n%s", out)
	}
}

// visitFile runs doctor on a configuration file.
func visitFile(t *testing.T, file string) (out string, code int) {
	t.Helper()
	e, printed, _ := env()
	code = cli.Run(t.Context(), []string{"doctor", "-f", file}, e)
	return printed.String(), code
}

// With a secret there are no keys to rotate.
func TestKeys_bySecret(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "conf.yaml")
	if err := os.WriteFile(file, []byte("Mode: test\nDataSource: sqlite:"+dir+"/user.db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command("keys", "rotate", "-f", file); code != cli.Failed || !strings.Contains(errs, "Auth.Signing is HS256") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

// doctor reports a key that is not rotated, one that no configured pepper decrypts, and a
// secret that is no longer needed.
func TestDoctor_keys(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	const secret = `, AccessSecret: "cCgqLQm1k6N7gG2Nf5pW0wq9xwTzq8y3gFv2rJm8Yz4="`
	file := keysFile(t, secret)
	start(t, file)
	change := func(statement string) {
		t.Helper()
		db, err := sql.Open("sqlite", filepath.Join(filepath.Dir(file), "user.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	out, _ := visitFile(t, file)
	wantLine(t, out, `ok    Auth\.AccessSecret: verifies the tokens from before`)
	change("update signing_key set activated = activated - 91 * 86400000")
	out, _ = visitFile(t, file)
	wantLine(t, out, `warn  signing keys: .* has signed for 91 days, longer than Auth\.KeyLife`)
	wantLine(t, out, `warn  Auth\.AccessSecret: still allows anyone who has it`)
	change("update signing_key set private_key = 'xxxx'")
	out, _ = visitFile(t, file)
	wantLine(t, out, `warn  signing keys: .* is encrypted with a pepper that is not configured`)
	wantLine(t, out, `ok    second factors: 0 TOTP secrets`)
	change("insert into user (id, role, status, created) values (7, 'user', 'active', 1)")
	change("insert into mfa values (7, 'xxxx', 'another', '', 1, 0, 0, 0, 0, 0, 0, 1)")
	out, _ = visitFile(t, file)
	wantLine(t, out, `warn  second factors: 1 of 1 TOTP secrets are encrypted with a pepper that is not configured`)
}
