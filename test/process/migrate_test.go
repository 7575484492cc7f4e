package process

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"user-api/internal/testkit"
)

const (
	// killedRounds is the number of processes, each killed a little later than the previous
	// one.
	killedRounds = 5
	killedStep   = 90 * time.Millisecond
)

// Two nodes that start on an empty database create its tables once: a migration that ran
// twice would fail, as each creates or adds something.
func TestTwoNodesStartAtOnce(t *testing.T) {
	t.Parallel()
	for round := range 3 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			dsn, redis := testkit.MySQL(t), testkit.StartRedisServer(t)
			access, refresh, pepper := newSecret(), newSecret(), newSecret()
			var nodes [2]*process
			for i := range nodes {
				h := newHome(t).onMySQL(t, dsn).onRedis(redis).withSecrets(access, refresh, pepper)
				nodes[i] = h.launch(t, testkit.FreePort(t))
			}
			for _, node := range nodes {
				if err := node.serving(time.Minute); err != nil {
					t.Fatal(err)
				}
				node.get(t, "/readyz", "").Want(t, http.StatusOK, "")
			}
			checkMigrations(t, dsn)
			tokens := nodes[0].signIn(t, number(1))
			nodes[1].get(t, "/user/check", tokens.Access).Want(t, http.StatusOK, "")
			for _, node := range nodes {
				node.signal(t, syscall.SIGTERM)
			}
			for _, node := range nodes {
				node.endsWell(t, time.Now())
			}
		})
	}
}

func TestMigrateOff(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	eachEmptyStores(t, func(t *testing.T, h *home) {
		h.edits = append(h.edits, edit{"Migrate: auto", "Migrate: off"})
		p := h.start(t)
		resp := p.get(t, "/readyz", "")
		resp.Want(t, http.StatusServiceUnavailable, "unavailable")
		if got := resp.Text("field"); got != "migrations" {
			t.Errorf("readiness on an empty database names %q, want migrations", got)
		}
		p.terminate(t)

		h.edits = h.edits[:len(h.edits)-1]
		h.start(t).terminate(t) // creates the tables
		h.edits = append(h.edits, edit{"Migrate: auto", "Migrate: off"})
		p = h.start(t)
		p.get(t, "/readyz", "").Want(t, http.StatusOK, "")
		p.signIn(t, number(1))
		p.terminate(t)
	})
}

// A process that is killed at any point while it creates the tables blocks others for no
// longer than its lease, and the next start completes its work.
func TestKillWhileMigrating(t *testing.T) {
	for round := range killedRounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			dsn := testkit.MySQL(t)
			h := newHome(t).onMySQL(t, dsn).withSecrets(newSecret(), newSecret(), newSecret())
			p := h.exec(t, "", "migrate", "up")
			time.Sleep(time.Duration(round+1) * killedStep)
			_ = p.cmd.Process.Kill() // on a fast machine it may be done
			p.exit(t, exitTime)
			p = h.exec(t, "", "migrate", "up")
			if code := p.exit(t, time.Minute); code != 0 {
				t.Errorf("the next one: exit code %d; it printed:\n%s", code, p.out)
			}
			checkMigrations(t, dsn)
		})
	}
}

// A start completes what a killed process left, as recorded by an earlier release.
func TestStartRepairs(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.start(t).terminate(t)
	db := h.database(t)
	if _, err := db.Exec("UPDATE schema_migrations SET dirty = 1"); err != nil {
		t.Fatal(err)
	}
	p := h.start(t)
	p.get(t, "/readyz", "").Want(t, http.StatusOK, "")
	p.terminate(t)
}

// checkMigrations checks that the last migration is the recorded one, and complete.
func checkMigrations(t *testing.T, dsn string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repo, "model/migrations/mysql/*.up.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations, error %v", err)
	}
	newest, err := strconv.Atoi(filepath.Base(files[len(files)-1])[:6])
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows, version, dirty int
	query := "SELECT COUNT(*), MAX(version), MAX(dirty) FROM schema_migrations"
	if err := db.QueryRow(query).Scan(&rows, &version, &dirty); err != nil {
		t.Fatal(err)
	}
	if rows != 1 || version != newest || dirty != 0 {
		t.Errorf("schema_migrations has %d rows, version %d, dirty %d, want 1, %d, 0", rows, version, dirty, newest)
	}
}
