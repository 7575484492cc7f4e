package test

import (
	"context"
	"database/sql"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/test/kit"
)

// wantParts checks that exactly the given parts are not ok, and that a strict request names
// the first of them.
func wantParts(t *testing.T, app *kit.App, first string, want object) {
	t.Helper()
	status, all := "degraded", object{"database": "ok", "redis": "ok", "migrations": "ok", "queue": "ok"}
	if len(want) == 0 {
		status = "ok"
	}
	for name, state := range want {
		all[name] = state
	}
	var resp kit.Response
	app.Await("readiness", func() bool {
		resp = ready(app)
		return cmp.Equal(resp.JSON, object{"status": status, "parts": all})
	})
	resp.Want(t, http.StatusOK, "")
	app.Clock.Add(time.Second)
	strict := app.Get("/readyz?strict=1", "")
	if first == "" {
		strict.Want(t, http.StatusOK, "")
		return
	}
	strict.Want(t, http.StatusServiceUnavailable, "unavailable")
	if got := strict.Text("field"); got != first {
		t.Errorf("strict: %s, want the field %s", strict.Body, first)
	}
}

// refuseRows makes the database reject writes, as after a demotion.
func refuseRows(t *testing.T, app *kit.App) (again func()) {
	t.Helper()
	driver, source, trigger := "mysql", app.DataSource,
		"CREATE TRIGGER refuse BEFORE INSERT ON event FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290"
	if app.Backend == kit.Embedded {
		driver, source = "sqlite", app.DataSource[len("sqlite:"):]
		trigger = "CREATE TRIGGER refuse BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'read only'); END"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(trigger); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.Exec("DROP TRIGGER refuse"); err != nil {
			t.Error(err)
		}
	}
}

func TestReadiness_database(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		wantParts(t, app, "", nil)
		again := refuseRows(t, app)
		wantParts(t, app, "database", object{"database": "read_only"})
		again()
		wantParts(t, app, "", nil)
	})
}

// A Redis that answers but rejects writes is detected, in each variant.
func TestReadiness_redis(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Real)
	for name, setting := range map[string][2]string{
		"full":             {"maxmemory", "1"},
		"too few replicas": {"min-replicas-to-write", "1"},
		"a replica":        {"replicaof", "127.0.0.1 1"},
	} {
		t.Run(name, func(t *testing.T) {
			set := func(value, back string) {
				var err error
				if setting[0] == "replicaof" {
					host, port := "127.0.0.1", "1"
					if value == back {
						host, port = "NO", "ONE"
					}
					err = app.Redis.Client.Do(context.Background(), "replicaof", host, port).Err()
				} else {
					err = app.Redis.Client.ConfigSet(context.Background(), setting[0], value).Err()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			set(setting[1], "0")
			wantParts(t, app, "redis", object{"redis": "read_only"})
			set("0", "0")
			wantParts(t, app, "", nil)
		})
	}
}

// A node without both stores is not ready, and becomes ready with the first one that is
// back.
func TestReadiness_neitherStore(t *testing.T) {
	t.Parallel()
	kit.Raced(t)
	app := kit.New(t, kit.Real)
	wantParts(t, app, "", nil)
	app.DBLine.Cut()
	wantParts(t, app, "database", object{"database": "down", "migrations": "down"})
	app.RedisLine.Cut()
	app.Await("readiness", func() bool { return ready(app).Status == http.StatusServiceUnavailable })
	if resp := ready(app); resp.Text("field") != "database" {
		t.Errorf("%s, want the field database", resp.Body)
	}
	app.DBLine.Restore(t)
	wantParts(t, app, "redis", object{"redis": "down"})
	app.RedisLine.Restore(t)
	wantParts(t, app, "", nil)
}

// A database with half a second of latency counts as working, and the check takes less time
// than a load balancer waits.
func TestReadiness_far(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Real)
	wantParts(t, app, "", nil)
	app.DBLine.Delay(500 * time.Millisecond)
	for range 3 {
		resp := within(t, time.Second, func() kit.Response { return ready(app) })
		resp.Want(t, http.StatusOK, "")
		if resp.Text("status") != "ok" {
			t.Errorf("%s, want ok", resp.Body)
		}
	}
	app.Clock.Add(time.Second)
	app.Get("/readyz?strict=1", "").Want(t, http.StatusOK, "")
}

func TestReadiness_strictIsOneOrNothing(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	app.Get("/readyz?strict=0", "").Want(t, http.StatusOK, "")
	app.Get("/readyz?strict=yes", "").Want(t, http.StatusBadRequest, "invalid_request")
}
