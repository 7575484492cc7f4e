package backup_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/backup"
	"user-api/internal/embedded"
	"user-api/internal/store"
	"user-api/model/migrations"
)

// node is a data folder in use by a service that writes users.
type node struct {
	dir   string
	db    *store.DB
	redis *store.Redis
}

func newNode(t *testing.T) *node {
	t.Helper()
	n := &node{dir: t.TempDir()}
	var err error
	if n.db, err = store.OpenDB(t.Context(), store.DBOptions{DataSource: "sqlite:" + n.database()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.db.Close() })
	if err := store.Migrate(t.Context(), n.db, migrations.FS); err != nil {
		t.Fatal(err)
	}
	if n.redis, err = store.OpenRedis(t.Context(), store.RedisOptions{DataDir: n.dir, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.redis.Close() })
	if err := os.WriteFile(n.dir+"/secrets.json", []byte(`{"AccessSecret":"s"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *node) database() string { return n.dir + "/accounts.db" }

func (n *node) add(ctx context.Context, id int64) error {
	_, err := n.db.SQL.ExecContext(ctx, "INSERT INTO user (id, username, created, ban_reason) VALUES (?, ?, 1, ?)", id, fmt.Sprint("u", id), strings.Repeat("x", 200))
	return err
}

func (n *node) options(file string) backup.Options {
	return backup.Options{
		Source: backup.Source{Database: n.database(), Dir: n.dir, SecretsFile: "secrets.json", Secrets: map[string]string{"Otp.Pepper": "p", "None": ""}},
		File:   file, Now: time.Now,
	}
}

// target returns an empty data folder whose database has another name.
func target(t *testing.T) backup.Target {
	dir := t.TempDir() + "/data"
	return backup.Target{Database: dir + "/other.db", Dir: dir, Now: time.Now}
}

func restore(t *testing.T, to backup.Target, file, passphrase string) {
	t.Helper()
	r, err := to.Unpack(t.Context(), file, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Place(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// users returns the ids in a database file and checks its integrity.
func users(t *testing.T, path string) map[int64]bool {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var found string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&found); err != nil || found != "ok" {
		t.Fatalf("%s: %s, %v", path, found, err)
	}
	rows, err := db.Query("SELECT id FROM user")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	ids := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids[id] = true
	}
	return ids
}

// The copy contains everything committed before Written is called and nothing later, while
// others write and checkpoint continuously. The Redis in it is from the same moment.
func TestCreate_whileWritten(t *testing.T) {
	n := newNode(t)
	for id := range int64(2000) { // something to copy
		if err := n.add(t.Context(), id+1); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var done atomic.Int64
	var writers sync.WaitGroup
	writers.Go(func() {
		for id := int64(10_000); ctx.Err() == nil; id++ {
			if n.add(context.WithoutCancel(ctx), id) != nil || n.redis.Client.Set(context.WithoutCancel(ctx), "n", id, 0).Err() != nil {
				t.Error("not written")
				return
			}
			done.Store(id)
			if id%7 == 0 {
				_, _ = n.db.SQL.Exec("PRAGMA wal_checkpoint(PASSIVE)")
			}
		}
	})
	for range 5 {
		file := t.TempDir() + "/copy"
		var before, after int64
		o := n.options(file)
		o.Written = func(backup.Manifest) error {
			before = done.Load()
			time.Sleep(50 * time.Millisecond) // time for a writer that is not blocked
			after = done.Load()
			return nil
		}
		if err := backup.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		to := target(t)
		restore(t, to, file, "")
		ids := users(t, to.Database)
		for id := int64(10_000); id <= before; id++ {
			if !ids[id] {
				t.Fatalf("%d was committed before %d but is missing", id, before)
			}
		}
		if after > before+1 || ids[after+2] || len(ids) < 2000 {
			t.Errorf("%d users; written at %d, and %d were added in the meantime", len(ids), before, after-before)
		}
		// The writer adds a user and then counts it, so the copy must have the user of every count.
		srv, err := embedded.StartRedis(embedded.RedisOptions{Dir: to.Dir, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(&redis.Options{Dialer: func(context.Context, string, string) (net.Conn, error) { return srv.Dial(), nil }})
		count, err := client.Get(t.Context(), "n").Int64()
		if err != nil || !ids[count] || ids[count+2] {
			t.Errorf("the Redis counts %d (%v), of which the database knows %t, and of the next but one %t", count, err, ids[count], ids[count+2])
		}
		client.Close()
		srv.Close()
	}
	stop()
	writers.Wait()
}

// The parts are restored unchanged and readable by their owner only, whatever their names.
func TestRestore(t *testing.T) {
	for _, passphrase := range []string{"", "correct horse"} {
		n, file, to := newNode(t), t.TempDir()+"/copy", target(t)
		if err := n.add(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
		o := n.options(file)
		o.Passphrase = passphrase
		if err := backup.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if sealed, err := backup.Encrypted(file); err != nil || sealed != (passphrase != "") {
			t.Errorf("encrypted: %t, %v", sealed, err)
		}
		restore(t, to, file, passphrase)
		if !users(t, to.Database)[7] {
			t.Error("the user is missing")
		}
		if text, err := os.ReadFile(to.Dir + "/secrets.json"); err != nil || string(text) != `{"AccessSecret":"s"}` {
			t.Errorf("secrets: %s, %v", text, err)
		}
		for path, want := range map[string]fs.FileMode{
			file: 0o600, to.Dir: fs.ModeDir | 0o700, to.Database: 0o600, to.Dir + "/redis.journal": 0o600, to.Dir + "/secrets.json": 0o600,
		} {
			if info, err := os.Stat(path); err != nil || info.Mode() != want {
				t.Errorf("%s: mode %v, %v, want %v", path, info.Mode(), err, want)
			}
		}
		if _, err := os.Stat(to.Dir + "/" + backup.Staging); !errors.Is(err, fs.ErrNotExist) {
			t.Error("the staging folder still exists")
		}
	}
}

// A copy that fails changes nothing.
func TestCreate_fails(t *testing.T) {
	n, dir := newNode(t), t.TempDir()
	file := dir + "/copy"
	wantOnly := func(names ...string) {
		t.Helper()
		var found []string
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			found = append(found, e.Name())
		}
		if fmt.Sprint(found) != fmt.Sprint(names) {
			t.Errorf("the folder has %q, want %q", found, names)
		}
	}
	if err := os.WriteFile(file, []byte("older"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := backup.Create(t.Context(), n.options(file)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another file: %v", err)
	}
	if text, _ := os.ReadFile(file); string(text) != "older" {
		t.Errorf("the other file is now %q", text)
	}
	wantOnly("copy")

	ended, end := context.WithCancel(t.Context())
	end()
	if err := backup.Create(ended, n.options(dir+"/ended")); err == nil {
		t.Error("a cancelled context: no error")
	}
	o := n.options(dir + "/none")
	o.Database += "x"
	if err := backup.Create(t.Context(), o); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no database: %v", err)
	}
	if err := os.WriteFile(n.dir+"/redis.journal", []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := backup.Create(t.Context(), n.options(dir+"/damaged")); err == nil {
		t.Error("a damaged journal: no error")
	}
	wantOnly("copy")
	if err := n.add(t.Context(), 1); err != nil { // writes are no longer blocked
		t.Error(err)
	}
}

// A truncated file, or one with a flipped bit, is detected before anything is changed.
func TestRestore_damaged(t *testing.T) {
	for _, passphrase := range []string{"", "p"} {
		n, file := newNode(t), t.TempDir()+"/copy"
		o := n.options(file)
		o.Passphrase = passphrase
		var whole backup.Manifest
		o.Written = func(m backup.Manifest) error { whole = m; return nil }
		if err := backup.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		try := func(what string, bad []byte) {
			t.Helper()
			to := target(t)
			if err := os.WriteFile(file, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := to.Unpack(t.Context(), file, passphrase)
			switch {
			case err != nil:
				wantUntouched(t, to)
			case passphrase == "" && len(bad) == len(good) && cmp.Equal(r.Manifest, whole):
				// Some bits between the blocks of gzip have no meaning: all checksums match.
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			default:
				t.Errorf("%s: no error", what)
			}
		}
		for _, end := range []int{0, 1, 9, 21, 22, len(good) / 2, len(good) - 100, len(good) - 9, len(good) - 1} {
			try(fmt.Sprint("cut at ", end), good[:end])
		}
		// Some bytes of gzip's header have no effect: the time, flags and the system.
		for i := 10; i < len(good); i += len(good)/40 + 1 {
			bad := bytes.Clone(good)
			bad[i] ^= 4
			try(fmt.Sprint("byte ", i, " of ", len(good)), bad)
		}
		if passphrase == "" {
			continue
		}
		if err := os.WriteFile(file, good, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{"", "q"} {
			to := target(t)
			if _, err := to.Unpack(t.Context(), file, wrong); !errors.Is(err, backup.ErrPassphrase) {
				t.Errorf("passphrase %q: %v", wrong, err)
			}
			wantUntouched(t, to)
		}
	}
}

// wantUntouched checks that the data folder contains only the lock.
func wantUntouched(t *testing.T, to backup.Target) {
	t.Helper()
	entries, err := os.ReadDir(to.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "redis.lock" {
			t.Errorf("%s is left", e.Name())
		}
	}
}
