package process

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/testkit"
)

// wrong is a configuration that cannot work. prepare returns lines of YAML; doctor must
// name the fault, and so must the start if it refuses.
type wrong struct {
	name    string
	pro     bool
	prepare func(t *testing.T, h *home) string
	fault   string
}

// given returns a configuration with variables.
func given(variables ...string) func(*testing.T, *home) string {
	return func(_ *testing.T, h *home) string {
		h.env = append(h.env, variables...)
		return ""
	}
}

// onDatabase returns a configuration with a MariaDB database, modified by statements, and a
// user with the given grants.
func onDatabase(grants, yaml string, migrated bool, statements ...string) func(*testing.T, *home) string {
	return func(t *testing.T, h *home) string {
		dsn := testkit.MySQL(t)
		if migrated {
			h.onMySQL(t, dsn)
			if p := h.exec(t, "", "migrate", "up", "-f", "etc/user-api.yaml"); p.exit(t, time.Minute) != 0 {
				t.Fatal(p.out)
			}
		}
		server, err := sql.Open("mysql", dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		for _, statement := range statements {
			if _, err := server.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		h.onMySQL(t, testkit.MySQLUser(t, dsn, grants))
		return yaml
	}
}

// onRedis returns a configuration with a Redis of that type, modified by a command.
func onRedis(kind string, command ...any) func(*testing.T, *home) string {
	return func(t *testing.T, _ *home) string {
		r := testkit.RealRedis(t)
		if len(command) > 0 {
			if err := r.Client.(*redis.Client).Do(t.Context(), command...).Err(); err != nil {
				t.Fatal(err)
			}
		}
		return fmt.Sprintf("SingleNode: false\nCacheRedis: [{Host: %q, Type: %s}]", r.Addr, kind)
	}
}

func lineOf(yaml string) func(*testing.T, *home) string {
	return func(*testing.T, *home) string { return yaml }
}

// file returns a configuration with a file of the data folder.
func file(name, text string, mode os.FileMode) func(*testing.T, *home) string {
	return func(t *testing.T, h *home) string {
		if err := os.MkdirAll(h.path("data"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(h.path(name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return ""
	}
}

// Whatever the start refuses, doctor fails, and both name the fault.
func TestDoctor_failsWhatTheStartRefuses(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	t.Parallel()
	remember(wrongPassword)
	for _, tt := range wrongs {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			tt.write(t, h)
			p := h.exec(t, "", "-f", "wrong.yaml")
			if code := p.exit(t, time.Minute); code != 1 || !says(p.out.String(), tt.fault) {
				t.Errorf("the start: exit code %d, want 1 and %q; it printed:\n%s", code, tt.fault, tail(p.out.String(), 4000))
			}
			h.doctorFails(t, tt.fault)
		})
	}
}

// What can only be found by trying fails in doctor, but does not prevent the start.
func TestDoctor_failsWhatTheStartGoesOnWithout(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	t.Parallel()
	remember(wrongPassword)
	for _, tt := range unwells {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			port := tt.write(t, h)
			h.doctorFails(t, tt.fault)
			p := h.exec(t, fmt.Sprintf("http://127.0.0.1:%d", port), "-f", "wrong.yaml")
			if err := p.serving(time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
}

// wrongPassword is a password that must not be shown.
const wrongPassword = "Zq8pwVt3Lk0"

// write writes the configuration wrong.yaml, and returns its port.
func (w wrong) write(t *testing.T, h *home) (port int) {
	yaml := "Mode: dev\n"
	if w.pro {
		yaml = proYAML(h)
	}
	if w.name == "no mode" {
		yaml = ""
	}
	port = testkit.FreePort(t)
	yaml = overlay(yaml+fmt.Sprintf("Port: %d\nDevServer: {Port: %d}\n", port, testkit.FreePort(t)), w.prepare(t, h))
	if err := os.WriteFile(h.path("wrong.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return port
}

// doctorFails checks for exit code 1 and the fault in a FAIL line.
func (h *home) doctorFails(t *testing.T, fault string) {
	t.Helper()
	p := h.exec(t, "", "doctor", "-f", "wrong.yaml")
	code := p.exit(t, time.Minute)
	failed, in := "", false
	for line := range strings.Lines(p.out.String()) {
		in = strings.HasPrefix(line, "FAIL  ") || in && strings.HasPrefix(line, "      ")
		if in {
			failed += line
		}
	}
	if code != 1 || !says(failed, fault) {
		t.Errorf("doctor: exit code %d, want 1 and FAIL with %q; it printed:\n%s", code, fault, tail(p.out.String(), 4000))
	}
}

func says(text, fault string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(fault))
}

// overlay replaces the top-level keys of base that are also in more.
func overlay(base, more string) string {
	var kept []string
	for _, line := range strings.Split(strings.TrimSpace(base), "\n") {
		key, _, _ := strings.Cut(line, ":")
		if !strings.Contains("\n"+more, "\n"+key+":") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n") + "\n" + more + "\n"
}
