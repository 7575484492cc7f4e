package store_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/store"
	"user-api/internal/testkit"
)

// migrateEnv turns this test binary into a process that migrates the named database, for
// tests with several processes.
const migrateEnv = "STORE_TEST_MIGRATE"

func TestMain(m *testing.M) {
	if source := os.Getenv(migrateEnv); source != "" {
		migrateHelper(source)
		return
	}
	trustTestRoot()
	os.Exit(m.Run())
}

// eachDB runs the test on an empty SQLite file and on an empty MySQL database.
func eachDB(t *testing.T, test func(t *testing.T, source string, db *store.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		source := "sqlite:" + filepath.Join(t.TempDir(), "t.db")
		test(t, source, openDB(t, source))
	})
	t.Run("mysql", func(t *testing.T) {
		source := testkit.MySQL(t)
		test(t, source, openDB(t, source))
	})
}

func openDB(t testing.TB, source string) *store.DB {
	t.Helper()
	db, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: source})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func exec(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.SQL.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

// wantError fails unless the text of err contains part.
func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("error: got %v, want one with %q", err, part)
	}
}

// logged captures the log until the returned function is called.
func logged(t *testing.T) func() string {
	t.Helper()
	var mu sync.Mutex
	var buf bytes.Buffer
	old := logx.Reset()
	logx.SetWriter(logx.NewWriter(writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return buf.Write(b)
	})))
	logx.SetLevel(logx.DebugLevel)
	t.Cleanup(func() { logx.SetWriter(old) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return buf.String()
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// wantGoroutines waits until at most want are left.
func wantGoroutines(t *testing.T, want int) {
	t.Helper()
	for range 300 {
		if runtime.NumGoroutine() <= want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<20)
	t.Errorf("goroutines: got %d, want %d\n%s", runtime.NumGoroutine(), want, buf[:runtime.Stack(buf, true)])
}
