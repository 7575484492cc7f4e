package process

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"user-api/internal/testkit"
)

type (
	// home is the working folder of a process, and the part of its environment that
	// outlives it.
	home struct {
		dir   string
		env   []string
		edits []edit
		// binary is the program to run, or "" for the service of this tree.
		binary string
	}

	// edit replaces the first old text of the shipped configuration.
	edit struct{ old, new string }
)

// newHome copies etc/ into an empty folder. It sets the most verbose log level and
// ten-digit codes, so that a code in a log is no coincidence.
func newHome(t *testing.T, edits ...edit) *home {
	t.Helper()
	h := &home{dir: t.TempDir(), edits: append([]edit{
		{"Level: info", "Level: debug"}, {"Length: 6", "Length: 10"}, {"  Enabled: true", "  Enabled: false"},
		{"DevServer:\n  Enabled: true", "DevServer:\n  Enabled: false"}, // its port is shared by all
		{"\nDrain: 3\n", "\nDrain: 1\n"},
		// The machine may be busy.
		{"\nTimeout: 5\n", "\nTimeout: 15\n"}, {"\n  ReadTimeout: 3\n", "\n  ReadTimeout: 9\n"}, {"\n  ReadTimeout: 0\n", "\n  ReadTimeout: 6\n"},
	}, edits...)}
	if err := os.CopyFS(filepath.Join(h.dir, "etc"), os.DirFS(filepath.Join(repo, "etc"))); err != nil {
		t.Fatal(err)
	}
	return h
}

// onRealStores uses a MariaDB database without rows and an empty Redis. The database is
// already migrated: a migration takes longer than most tests, and has its own.
func (h *home) onRealStores(t *testing.T) *home {
	t.Helper()
	return h.onMySQL(t, testkit.MigratedMySQL(t)).onRedis(testkit.StartRedisServer(t))
}

// onEmptyStores uses an empty MariaDB database and an empty Redis.
func (h *home) onEmptyStores(t *testing.T) *home {
	t.Helper()
	return h.onMySQL(t, testkit.MySQL(t)).onRedis(testkit.StartRedisServer(t))
}

func (h *home) onMySQL(t *testing.T, dsn string) *home {
	t.Helper()
	conf, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	remember(conf.Passwd)
	h.env = append(h.env, "DATA_SOURCE="+dsn)
	return h
}

func (h *home) onRedis(addr string) *home {
	h.edits = append(h.edits, edit{"CacheRedis:\n", fmt.Sprintf("CacheRedis: [{Host: %q}]\n", addr)})
	return h
}

// withSecrets sets the secrets of the service in the environment.
func (h *home) withSecrets(access, refresh, pepper string) *home {
	remember(access, refresh, pepper)
	h.env = append(h.env, "ACCESS_SECRET="+access, "REFRESH_SECRET="+refresh, "OTP_PEPPER="+pepper)
	return h
}

// start runs the binary until it serves.
func (h *home) start(t *testing.T) *process {
	t.Helper()
	for range 3 {
		p := h.launch(t, testkit.FreePort(t))
		err := p.serving(time.Minute)
		if err == nil {
			h.rememberKept()
			await(t, exitTime, "a line at level debug", func() bool { return strings.Contains(p.out.String(), `"level":"debug"`) })
			return p
		}
		if !strings.Contains(p.out.String(), "address already in use") {
			t.Fatal(err)
		} // another program took the port in between
	}
	t.Fatal("no port stays free")
	return nil
}

// startAt runs the binary on the port of an earlier run.
func (h *home) startAt(t *testing.T, port int) *process {
	t.Helper()
	p := h.launch(t, port)
	if err := p.serving(time.Minute); err != nil {
		t.Fatal(err)
	}
	return p
}

// fail runs the binary with an invalid configuration and returns its output. It must exit
// on its own with code 1.
func (h *home) fail(t *testing.T) string {
	t.Helper()
	p := h.launch(t, testkit.FreePort(t))
	if code := p.exit(t, time.Minute); code != 1 {
		t.Errorf("exit code %d, want 1; it printed:\n%s", code, p.out)
	}
	return p.out.String()
}

// launch writes the configuration and runs the binary as in the README.
func (h *home) launch(t *testing.T, port int) *process {
	t.Helper()
	text := h.config(t, append([]edit{
		{"\nPort: 8888\n", fmt.Sprintf("\nPort: %d\n", port)},
		// All tests are one client, with neighboring numbers.
		{"\n    Client: 30/3600\n", "\n    Client: 100000/3600\n"},
		{"\n    Block: 20/600\n", "\n    Block: 100000/600\n"},
		{"\n    Client: 30/300\n", "\n    Client: 100000/300\n"},
		{"\n    Client: 60/60\n", "\n    Client: 100000/60\n"},
		{"\n    Block: 5\n", "\n    Block: 1000\n"},
	}, h.edits...))
	if err := os.WriteFile(h.path("etc/user-api.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return h.exec(t, "http://127.0.0.1:"+strconv.Itoa(port), "-f", "etc/user-api.yaml")
}

func (h *home) config(t *testing.T, edits []edit) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(repo, "etc/user-api.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, e := range edits {
		if !strings.Contains(text, e.old) {
			t.Fatalf("etc/user-api.yaml has no %q", e.old)
		}
		text = strings.Replace(text, e.old, e.new, 1)
	}
	return text
}

func (h *home) path(name string) string { return filepath.Join(h.dir, name) }

// rememberKept remembers the secrets that the process has generated.
func (h *home) rememberKept() {
	var kept map[string]string
	if text, err := os.ReadFile(h.path("data/secrets.json")); err == nil && json.Unmarshal(text, &kept) == nil {
		for _, secret := range kept {
			remember(secret)
		}
	}
}

// portOf returns the port of a process.
func portOf(t *testing.T, url string) int {
	t.Helper()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// newSecret returns 32 random bytes as text.
func newSecret() string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return base64.StdEncoding.EncodeToString(raw)
}
