package model_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/keyring"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
	"user-api/model/migrations"
)

var ctx = context.Background()

func text(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func user(id int64, phone string) *model.User {
	return &model.User{Id: id, Phone: text(phone), Role: model.RoleUser, Status: model.StatusActive, Created: 1}
}

func users(t *testing.T, db *store.DB, r *testkit.Redis) model.UserModel {
	t.Helper()
	return model.NewUserModel(db.Conn, model.NewRowCache(r.Client, newRing(t), &model.CacheGeneration{}), changes(db))
}

func newRing(t *testing.T) *keyring.Ring {
	t.Helper()
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func sqliteDB(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.OpenDB(ctx, store.DBOptions{DataSource: "sqlite:" + t.TempDir() + "/user.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := store.Migrate(ctx, db, migrations.FS); err != nil {
		t.Fatal(err)
	}
	return db
}

// changes returns Changes without an outbox.
func changes(db *store.DB) model.Changes {
	return model.Changes{Clock: db.Dialect.Clock, OnCommit: func([]*model.Revocation) {}}
}

func token(id string, userID int64) *model.Token {
	return &model.Token{Id: id, UserId: userID, Scope: "session", Hash: "h0", Created: 1, Rotated: 1, Expires: 100, Ends: 1000}
}

// Duplicate returns the column of a violated key, including the id, in every dialect.
func TestDuplicate(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m := users(t, db, testkit.EmbeddedRedis(t))
		first := &model.User{Id: 1, Username: text("ann"), Phone: text("+1"), Email: text("a@example.com"), Role: "user", Status: "active"}
		if _, err := m.Insert(ctx, first); err != nil {
			t.Fatal(err)
		}
		for want, second := range map[string]*model.User{
			"id":       {Id: 1},
			"username": {Id: 2, Username: text("ann")},
			"phone":    {Id: 2, Phone: text("+1")},
			"email":    {Id: 2, Email: text("a@example.com")},
		} {
			_, err := m.Insert(ctx, second)
			if got, ok := model.Duplicate(err); !ok || got != want {
				t.Errorf("a second %s: %v, Duplicate says %q, %t", want, err, got, ok)
			}
		}
		if _, err := m.Insert(ctx, &model.User{Id: 3}); err != nil {
			t.Errorf("a user without names: %v", err)
		}
		if _, err := m.Insert(ctx, &model.User{Id: 4, Username: text("Ann")}); err != nil {
			t.Errorf("names are compared by a collation: %v", err)
		}
		for _, err := range []error{nil, sql.ErrNoRows, errors.New("Duplicate entry")} {
			if _, ok := model.Duplicate(err); ok {
				t.Errorf("Duplicate(%v) = true", err)
			}
		}
	})
}

// A reader that fetched the old row before a change cannot cache it afterwards.
func TestFindOne_slowReader(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		r := testkit.EmbeddedRedis(t)
		m := users(t, db, r)
		if _, err := m.Insert(ctx, user(1, "+1")); err != nil {
			t.Fatal(err)
		}
		ring, _ := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
		rows := model.NewRowCache(r.Client, ring, &model.CacheGeneration{})
		var old model.User
		err := rows.TakeCtx(ctx, &old, "cache:user:id:1", func(v any) error {
			*v.(*model.User) = *user(1, "+1")
			return m.SetRole(ctx, 1, model.RoleAdmin) // between its read and its write
		})
		if err != nil || old.Role != model.RoleUser {
			t.Fatalf("the slow reader has %+v, %v", old, err)
		}
		now, err := m.FindOne(ctx, 1)
		if err != nil || now.Role != model.RoleAdmin {
			t.Errorf("after the change FindOne = %+v, %v, want the role admin", now, err)
		}
	})
}

// FindOne reads from the cache, but never caches "not found".
func TestFindOne_cached(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		r := testkit.EmbeddedRedis(t)
		m := users(t, db, r)
		want := user(1, "+1")
		if _, err := m.Insert(ctx, want); err != nil {
			t.Fatal(err)
		}
		if _, err := m.FindOne(ctx, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := m.FindOne(ctx, 2); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("nobody: %v, want ErrNotFound", err)
		}
		if _, err := m.Insert(ctx, user(2, "+2")); err != nil {
			t.Fatal(err)
		}
		if _, err := m.FindOne(ctx, 2); err != nil {
			t.Errorf("a user inserted after a failed lookup: %v", err)
		}
		db.Close()
		got, err := m.FindOne(ctx, 1)
		if err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("without the database: %v, %v", err, cmp.Diff(want, got))
		}
	})
}

func TestFindOne_redisGone(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		r := testkit.EmbeddedRedis(t)
		m := users(t, db, r)
		want := user(1, "+1")
		if _, err := m.Insert(ctx, want); err != nil {
			t.Fatal(err)
		}
		r.Client.Close()
		if got, err := m.FindOne(ctx, 1); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("without Redis: %v, %v", err, cmp.Diff(want, got))
		}
		if err := m.SetRole(ctx, 1, model.RoleAdmin); err != nil {
			t.Errorf("a change without Redis: %v", err)
		}
	})
}

// Of concurrent rotations of one token, exactly one succeeds.
func TestRotate(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		if _, err := users(t, db, testkit.EmbeddedRedis(t)).Insert(ctx, user(1, "+1")); err != nil {
			t.Fatal(err)
		}
		m := model.NewTokenModel(db.Conn, changes(db))
		if _, err := m.Insert(ctx, token("s", 1)); err != nil {
			t.Fatal(err)
		}
		var won atomic.Int32
		var wait sync.WaitGroup
		for i := range 100 {
			wait.Go(func() {
				ok, err := m.Rotate(ctx, model.Rotation{ID: "s", Prev: "h0", Next: fmt.Sprint("h", i+1), Now: 10, Expires: 110, UserAgent: fmt.Sprint("a", i+1), IP: fmt.Sprint("i", i+1)})
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		wait.Wait()
		row, err := m.FindOne(ctx, "s")
		if err != nil || won.Load() != 1 || row.PrevHash != "h0" || row.Generation != 1 || row.Rotated != 10 || row.Expires != 110 ||
			"a"+row.Hash[1:] != row.UserAgent || "i"+row.Hash[1:] != row.Ip {
			t.Errorf("%d won, row %+v, %v", won.Load(), row, err)
		}
		for name, r := range map[string]model.Rotation{
			"of the token before":    {ID: "s", Prev: "h0", Next: "x", Now: 11, Expires: 111},
			"after the idle limit":   {ID: "s", Prev: row.Hash, Next: "x", Now: 110, Expires: 210},
			"after the absolute one": {ID: "s", Prev: row.Hash, Next: "x", Now: 1000, Expires: 1000},
			"of an unknown session":  {ID: "t", Prev: row.Hash, Next: "x", Now: 11, Expires: 111},
		} {
			if ok, err := m.Rotate(ctx, r); ok || err != nil {
				t.Errorf("a rotation %s: %t, %v", name, ok, err)
			}
		}
		if ok, err := m.Revoke(ctx, "s", model.EndedBySignOut, 20); !ok || err != nil {
			t.Errorf("Revoke = %t, %v", ok, err)
		}
		if ok, err := m.Revoke(ctx, "s", model.EndedBySignOut, 30); ok || err != nil {
			t.Errorf("Revoke again = %t, %v, want false", ok, err)
		}
		if ok, _ := m.Rotate(ctx, model.Rotation{ID: "s", Prev: row.Hash, Next: "x", Now: 11, Expires: 111}); ok {
			t.Error("an ended session rotates")
		}
	})
}

func TestTokens_lists(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		um := users(t, db, testkit.EmbeddedRedis(t))
		for id := range int64(2) {
			if _, err := um.Insert(ctx, user(id+1, fmt.Sprint("+", id))); err != nil {
				t.Fatal(err)
			}
		}
		m := model.NewTokenModel(db.Conn, changes(db))
		for i, row := range []*model.Token{
			{Id: "old", UserId: 1, Created: 1, Expires: 100}, {Id: "new", UserId: 1, Created: 2, Expires: 100},
			{Id: "idle", UserId: 1, Created: 3, Expires: 50}, {Id: "revoked", UserId: 1, Created: 4, Expires: 100, Revoked: 40},
			{Id: "other", UserId: 2, Created: 5, Expires: 100},
		} {
			row.Hash = fmt.Sprint(i)
			if _, err := m.Insert(ctx, row); err != nil {
				t.Fatal(err)
			}
		}
		living, err := m.Active(ctx, 1, 50)
		if got := ids(living); err != nil || got != "new old" {
			t.Errorf("Active = %q, %v, want new old", got, err)
		}
		if n, err := m.Purge(ctx, 101, 3); err != nil || n != 3 {
			t.Errorf("Purge of at most 3 = %d, %v", n, err)
		}
		if n, err := m.Purge(ctx, 101, 10); err != nil || n != 2 {
			t.Errorf("Purge of the rest = %d, %v", n, err)
		}
	})
}

// A user has one credential of a kind, even with concurrent calls of Put, and a credential
// needs its user.
func TestCredentials(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		um := users(t, db, testkit.EmbeddedRedis(t))
		if _, err := um.Insert(ctx, user(1, "+1")); err != nil {
			t.Fatal(err)
		}
		m := model.NewCredentialModel(db.Conn)
		var wait sync.WaitGroup
		for i := range 20 {
			wait.Go(func() {
				err := m.Put(ctx, &model.Credential{UserId: 1, Kind: model.KindPassword, Secret: fmt.Sprint("hash", i), Changed: int64(i)})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if secret, err := m.Secret(ctx, 1, model.KindPassword); err != nil || !strings.HasPrefix(secret, "hash") {
			t.Errorf("Secret = %q, %v", secret, err)
		}
		if err := m.Put(ctx, &model.Credential{UserId: 9, Kind: model.KindPassword, Secret: "x"}); err == nil {
			t.Error("a credential without a user was stored")
		}
		if err := um.Erase(ctx, 1, 1); err != nil {
			t.Fatal(err)
		}
		if secret, err := m.Secret(ctx, 1, model.KindPassword); err != nil || secret != "" {
			t.Errorf("after its user is gone Secret = %q, %v", secret, err)
		}
	})
}

// Migrations can be reverted and applied again.
func TestMigrations_downAndUp(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		for _, step := range []func() error{
			func() error { return store.Down(ctx, db, migrations.FS, 0) },
			func() error { return store.Migrate(ctx, db, migrations.FS) },
		} {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := users(t, db, testkit.EmbeddedRedis(t)).Insert(ctx, user(1, "+1")); err != nil {
			t.Error(err)
		}
	})
}

func ids(rows []*model.Token) string {
	var list []string
	for _, row := range rows {
		list = append(list, row.Id)
	}
	return strings.Join(list, " ")
}

// Purging does not disturb concurrent sign-ins.
func TestPurge_duringSignIns(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		if _, err := users(t, db, testkit.EmbeddedRedis(t)).Insert(ctx, user(1, "+1")); err != nil {
			t.Fatal(err)
		}
		m := model.NewTokenModel(db.Conn, changes(db))
		var wait sync.WaitGroup
		for worker := range 4 {
			wait.Go(func() {
				for i := range 150 {
					row := token(fmt.Sprintf("%d-%d", worker, i), 1)
					row.Expires = int64(i % 2) // every other one has expired
					if _, err := m.Insert(ctx, row); err != nil {
						t.Errorf("a sign-in during the purge: %v", err)
						return
					}
				}
			})
			wait.Go(func() {
				for range 30 {
					if _, err := m.Purge(ctx, 1, 20); err != nil {
						t.Errorf("Purge: %v", err)
						return
					}
				}
			})
		}
		wait.Wait()
		if _, err := m.Purge(ctx, 1, 1000); err != nil {
			t.Error(err)
		}
		if living, err := m.Active(ctx, 1, 0); err != nil || len(living) != 300 {
			t.Errorf("%d sessions are left, %v, want 300", len(living), err)
		}
	})
}
