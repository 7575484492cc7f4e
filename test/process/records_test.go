package process

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"user-api/internal/testkit"
)

// Everything that a process has answered before its end is in its records: every refused
// sign-in has its event.
func TestTerminate_records(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	eachStores(t, func(t *testing.T, h *home) {
		p := h.start(t)
		var answered, asked atomic.Int64
		var askers sync.WaitGroup
		for range 8 {
			askers.Go(func() {
				for {
					// Another name each time: for one name, one refusal per second is
					// recorded.
					name := fmt.Sprintf("+9198%08d", 10_000_000+asked.Add(1))
					resp, err := p.do(http.MethodPost, "/user/login", "", object{"phone": name, "password": "rook-thistle-Lantern-41"})
					if err != nil {
						return // nothing listens any more
					}
					if resp.Status == http.StatusUnauthorized {
						answered.Add(1)
					}
				}
			})
		}
		await(t, time.Minute, "some answers", func() bool { return answered.Load() >= 50 })
		p.signal(t, syscall.SIGTERM)
		signalled := time.Now()
		askers.Wait()
		p.endsWell(t, signalled)

		db := h.database(t)
		var events int64
		if err := db.QueryRow("SELECT COUNT(*) FROM `event` WHERE `type` = 'sign_in_failed'").Scan(&events); err != nil {
			t.Fatal(err)
		}
		if events != answered.Load() {
			t.Errorf("%d events of %d answers", events, answered.Load())
		}
	})
}

// database opens the database of an ended process.
func (h *home) database(t *testing.T) *sql.DB {
	t.Helper()
	driver, source := "sqlite", "file:"+h.path("data/user.db")
	for _, env := range h.env {
		if dsn, ok := strings.CutPrefix(env, "DATA_SOURCE="); ok {
			driver, source = "mysql", dsn
		}
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
