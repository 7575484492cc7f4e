package cluster

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"user-api/internal/testkit"
)

const (
	mariadbd = "/usr/sbin/mariadbd"
	provider = "/usr/lib/galera/libgalera_smm.so"
	// password is for a server on loopback that only runs during a test.
	password = "loopback-only-4Kd81"
	// bootFile creates the user with it on new data.
	bootFile = "boot.sql"
)

// template is a folder with the data of a new server; TestMain removes it.
var template string

var makeTemplate = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp("", "mariadb-")
	if err != nil {
		return err
	}
	template = dir
	args := append([]string{"--no-defaults", "--datadir=" + dir, "--skip-name-resolve", "--skip-test-db",
		"--auth-root-authentication-method=socket", "--innodb-log-file-size=8M"}, asRoot("--loose-user=root")...)
	install := exec.Command("mariadb-install-db", args...)
	// A starting MariaDB removes the temporary tables of all servers that share their
	// folder.
	install.Env = append(os.Environ(), "TMPDIR="+dir)
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	return nil
})

// maria is a MariaDB server.
type maria struct {
	*server
	addr string
	db   *sql.DB
}

// asRoot returns the option that a server requires to run as root.
func asRoot(option string) []string {
	if os.Getuid() != 0 {
		return nil
	}
	return []string{option}
}

// newData creates a folder with an empty server's data.
func newData(t *testing.T) (dir string) {
	t.Helper()
	if err := makeTemplate(); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
		t.Fatal(err)
	}
	boot := "CREATE USER test IDENTIFIED BY '" + password + "';\nGRANT ALL ON *.* TO test WITH GRANT OPTION;\n"
	if err := os.WriteFile(filepath.Join(dir, bootFile), []byte(boot), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// startMaria starts a server on its data without waiting.
func startMaria(t *testing.T, dir string, args ...string) *maria {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, bootFile)); err == nil {
		args = append(args, "--init-file="+filepath.Join(dir, bootFile))
	}
	port := testkit.FreePort(t)
	m := &maria{addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	m.server = start(t, dir, mariadbd, append(append([]string{
		"--no-defaults", "--datadir=" + dir, "--tmpdir=" + dir, "--socket=sock", "--pid-file=pid", "--bind-address=127.0.0.1", fmt.Sprint("--port=", port),
		"--skip-name-resolve", "--character-set-server=utf8mb4", "--performance-schema=OFF", "--max-connections=300",
		"--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--innodb-use-native-aio=OFF",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF",
	}, asRoot("--user=root")...), args...)...)
	db, err := sql.Open("mysql", m.dsn("")+"?timeout=2s&readTimeout=10s")
	if err != nil {
		t.Fatal(err)
	}
	m.db = db
	t.Cleanup(func() { db.Close() })
	return m
}

// dsn returns the DSN of a database of the server.
func (m *maria) dsn(name string) string { return dsnOf(m.addr, name) }

func dsnOf(addr, name string) string { return "test:" + password + "@tcp(" + addr + ")/" + name }

// ready waits until the server answers.
func (m *maria) ready(t *testing.T) *maria {
	t.Helper()
	until(t, time.Minute, "MariaDB", func() bool {
		select {
		case <-m.reaped:
			t.Fatalf("mariadbd has ended:\n%s", m.log(3000))
		default:
		}
		return m.db.Ping() == nil
	})
	return m
}

func (m *maria) exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := m.db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// status returns a status variable of the server.
func (m *maria) status(name string) (value string) {
	var got string
	if err := m.db.QueryRow("SHOW GLOBAL STATUS LIKE '"+name+"'").Scan(&got, &value); err != nil {
		return ""
	}
	return value
}
