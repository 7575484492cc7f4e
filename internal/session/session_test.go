package session_test

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/timex"

	"user-api/internal/keyring"
	"user-api/internal/revocation"
	"user-api/internal/session"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/internal/token"
	"user-api/model"
	"user-api/model/migrations"
)

func anyone(session.Grant) error { return nil }

func open(t *testing.T, r *testkit.Redis) *session.Sessions {
	t.Helper()
	sessions, _ := openOn(t, r)
	return sessions
}

// openOn opens sessions for the users 1 and 2 on a new database.
func openOn(t *testing.T, r *testkit.Redis) (*session.Sessions, *store.DB) {
	t.Helper()
	db, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: "sqlite:" + t.TempDir() + "/user.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := store.Migrate(context.Background(), db, migrations.FS); err != nil {
		t.Fatal(err)
	}
	if _, err := db.SQL.Exec("INSERT INTO `user` (`id`, `created`) VALUES (1, 1), (2, 1)"); err != nil {
		t.Fatal(err)
	}
	return node(t, r, db, secretOne), db
}

var (
	secretOne = strings.Repeat("p", 32)
	secretTwo = strings.Repeat("q", 32)
)

// node returns a node of the service on a database. peppers are its secrets, the current one first.
func node(t *testing.T, r *testkit.Redis, db *store.DB, peppers ...string) *session.Sessions {
	t.Helper()
	return newNode(t, r, db, r.Client, r.Clock.Now, peppers...)
}

// nodeWith returns a node with another Redis.
func nodeWith(t *testing.T, r *testkit.Redis, db *store.DB, rdb redis.UniversalClient) *session.Sessions {
	t.Helper()
	return newNode(t, r, db, rdb, r.Clock.Now, secretOne)
}

// nodeAt returns a node whose clock differs from that of the database.
func nodeAt(t *testing.T, r *testkit.Redis, db *store.DB, off time.Duration) *session.Sessions {
	t.Helper()
	return newNode(t, r, db, r.Client, func() time.Time { return r.Clock.Now().Add(off) }, secretOne)
}

func newNode(t *testing.T, r *testkit.Redis, db *store.DB, rdb redis.UniversalClient, now func() time.Time, peppers ...string) *session.Sessions {
	t.Helper()
	codec, err := token.New(token.Options{
		AccessSecret: "access-secret-of-at-least-32-bytes", RefreshSecret: "refresh-secret-of-at-least-32-byte",
		Issuer: "i", Audience: "a", AccessLife: time.Minute, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	secrets := keyring.Secrets{Pepper: []byte(peppers[0])}
	if len(peppers) > 1 {
		secrets.PrevPepper = []byte(peppers[1])
	}
	ring, err := keyring.FromSecrets(secrets, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	clock := func() string { return strconv.FormatInt(r.Clock.Now().UnixMilli(), 10) }
	memory := revocation.NewMemory(2*time.Minute, now, timex.Now)
	feed := revocation.New(revocation.Options{Memory: memory, Table: model.NewRevocationModel(db.Conn, clock), Redis: rdb})
	if err := feed.Read(context.Background()); err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(session.Options{
		Tokens: model.NewTokenModel(db.Conn, model.Changes{Clock: clock, OnCommit: memory.Apply}), Revocations: memory, Redis: rdb,
		Ring: ring, Codec: codec, Now: now, Rand: rand.Reader,
		Access: time.Minute, Idle: time.Hour, Absolute: time.Hour, Grace: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}
