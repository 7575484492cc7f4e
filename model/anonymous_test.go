package model_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// anonymous inserts an anonymous user with a creation time.
func anonymous(t *testing.T, m model.UserModel, id, at int64) {
	t.Helper()
	u := user(id, "")
	u.Anonymous = at
	if _, err := m.Insert(ctx, u); err != nil {
		t.Fatal(err)
	}
}

// upgrade adds a way to sign in that has its own table, as passkeys and links have.
func upgrade(db *store.DB, id int64) (upgraded bool, err error) {
	err = db.Conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) (err error) {
		if upgraded, err = model.ClearAnonymous(ctx, tx, id); err != nil {
			return err
		}
		_, err = tx.ExecCtx(ctx, "insert into `credential` (`user_id`, `kind`, `secret`, `changed`) values (?, 'passkey', '', 0)", id)
		return err
	})
	return upgraded && err == nil, err
}

// A user is anonymous until there is a way to sign in, of any kind and in any order of its
// parts.
func TestAnonymous_until(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m := users(t, db, testkit.EmbeddedRedis(t))
		name := func(id int64) error {
			name := fmt.Sprint("ann", id)
			return m.UpdateProfile(ctx, id, model.ProfileUpdate{Username: &name})
		}
		shown := func(id int64) error {
			name := "Ann"
			return m.UpdateProfile(ctx, id, model.ProfileUpdate{DisplayName: &name})
		}
		password := func(id int64) error {
			return m.PutCredential(ctx, &model.Credential{UserId: id, Kind: model.KindPassword, Secret: "h"}, model.Ending{Reason: model.EndedByPassword, Now: 9})
		}
		for i, c := range []struct {
			what  string
			do    []func(id int64) error
			still bool
		}{
			{what: "a phone number", do: []func(int64) error{func(id int64) error { return m.Bind(ctx, id, model.UserPhone, "+1", nil) }}},
			{what: "an e-mail address", do: []func(int64) error{func(id int64) error { return m.Bind(ctx, id, model.UserEmail, "a@x", nil) }}},
			{what: "a username alone", do: []func(int64) error{name}, still: true},
			{what: "a password alone", do: []func(int64) error{password}, still: true},
			{what: "a display name", do: []func(int64) error{password, shown}, still: true},
			{what: "a username and a password", do: []func(int64) error{name, password}},
			{what: "a password and a username", do: []func(int64) error{password, name}},
			{what: "a passkey", do: []func(int64) error{func(id int64) error { return m.AddPasskey(ctx, &model.Passkey{Id: "k", UserId: id}, 0, 9) }}},
			{what: "a way of another table", do: []func(int64) error{func(id int64) error { _, err := upgrade(db, id); return err }}},
		} {
			id := int64(i + 1)
			anonymous(t, m, id, 1)
			for _, do := range c.do {
				if err := do(id); err != nil {
					t.Fatalf("%s: %v", c.what, err)
				}
			}
			u, err := m.FindCurrent(ctx, id)
			if err != nil || (u.Anonymous != 0) != c.still {
				t.Errorf("after %s: anonymous is %d, %v, want anonymous: %t", c.what, u.Anonymous, err, c.still)
			}
		}
	})
}

// Of concurrent upgrades exactly one reports the change.
func TestClearAnonymous_once(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m := users(t, db, testkit.EmbeddedRedis(t))
		anonymous(t, m, 1, 1)
		var upgraded atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				err := db.Conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
					was, err := model.ClearAnonymous(ctx, tx, 1)
					if was {
						upgraded.Add(1)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := upgraded.Load(); n != 1 {
			t.Errorf("%d upgrades, want 1", n)
		}
	})
}

// rowOf inserts a way to sign in that has its own table.
var rowOf = map[string]string{
	"passkey": "insert into `passkey` (`id`, `user_id`, `hash`, `credential_id`, `public_key`, `handle`, `aaguid`, `name`, `transports`, `counter`, " +
		"`eligible`, `backed_up`, `challenge`, `cloned`, `created`, `used`) values ('k', ?, 'h', '', '', '', '', '', '', 0, 0, 0, '', 0, 0, 0)",
	"link": "insert into `link` (`id`, `provider`, `subject`, `user_id`, `email`, `created`, `last_used`, `told`) values ('l', 'p', 's', ?, '', 0, 0, 0)",
}

// Anonymous users are erased once they have expired by the database clock. Users with a way
// to sign in are kept, even if an older release added it.
func TestEraseAnonymous(t *testing.T) {
	const hour = 3_600_000
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		now := int64(100 * hour)
		c := changes(db)
		c.Clock = func() string { return fmt.Sprint(now) }
		m := model.NewUserModel(db.Conn, model.NewRowCache(testkit.EmbeddedRedis(t).Client, newRing(t), &model.CacheGeneration{}), c)
		for id := int64(1); id <= 5; id++ {
			anonymous(t, m, id, id*hour)
		}
		if _, err := m.Insert(ctx, user(6, "+6")); err != nil {
			t.Fatal(err)
		}
		old := user(7, "+7") // bound by an older release without the column
		old.Anonymous = 7
		if _, err := m.Insert(ctx, old); err != nil {
			t.Fatal(err)
		}
		for kind, id := range map[string]int64{"passkey": 9, "link": 10} { // added without clearing the mark
			anonymous(t, m, id, id)
			if _, err := db.SQL.Exec(rowOf[kind], id); err != nil {
				t.Fatal(err)
			}
		}
		if ids, err := m.Expired(ctx, 97*hour, 9); err != nil || fmt.Sprint(ids) != "[7 9 10 1 2]" {
			t.Fatalf("expired after 97 hours: %v, %v, want 7, 9, 10, 1 and 2", ids, err)
		}
		if ids, err := m.Expired(ctx, 97*hour, 2); err != nil || fmt.Sprint(ids) != "[7 9]" {
			t.Errorf("a page of two: %v, %v", ids, err)
		}
		for id, want := range map[int64]bool{1: true, 2: true, 3: false, 5: false, 6: false, 7: false, 8: false, 9: false, 10: false} {
			if erased, err := m.EraseAnonymous(ctx, id, 97*hour, now); err != nil || erased != want {
				t.Errorf("user %d erased: %t, %v, want %t", id, erased, err, want)
			}
			_, err := m.FindCurrent(ctx, id)
			if gone := err == model.ErrNotFound; gone != (want || id == 8) {
				t.Errorf("user %d is gone: %t, %v", id, gone, err)
			}
		}
		if ids, err := m.Expired(ctx, 97*hour, 9); err != nil || len(ids) != 0 {
			t.Errorf("still expired: %v, %v", ids, err)
		}
	})
}

// Users upgrade while two nodes erase them: each is either kept with the way to sign in, or
// erased and its upgrade fails.
func TestEraseAnonymous_race(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		const count = 60
		m := users(t, db, testkit.EmbeddedRedis(t))
		for id := int64(1); id <= count; id++ {
			anonymous(t, m, id, id)
			if _, err := model.NewTokenModel(db.Conn, changes(db)).Insert(ctx, token(fmt.Sprint("s", id), id)); err != nil {
				t.Fatal(err)
			}
		}
		var kept, erased, fails [count + 1]atomic.Int64
		var all sync.WaitGroup
		begin := make(chan struct{})
		for id := int64(1); id <= count; id++ {
			for range 2 {
				all.Go(func() {
					<-begin
					gone, err := m.EraseAnonymous(ctx, id, 0, 9)
					if err != nil {
						t.Errorf("erase %d: %v", id, err)
					}
					if gone {
						erased[id].Add(1)
					}
				})
			}
			all.Go(func() {
				<-begin
				for range 4 * (id % 8) { // a delay of some statements, so that either may be first
					if _, err := m.FindCurrent(ctx, count+1); err != model.ErrNotFound {
						t.Error(err)
					}
				}
				upgraded, err := upgrade(db, id)
				switch {
				case model.Orphan(err):
					fails[id].Add(1)
				case err != nil:
					t.Errorf("upgrade %d: %v", id, err)
				case upgraded:
					kept[id].Add(1)
				}
			})
		}
		close(begin)
		all.Wait()
		total := 0
		for id := int64(1); id <= count; id++ {
			u, err := m.FindCurrent(ctx, id)
			switch {
			case err == nil && u.Anonymous == 0 && kept[id].Load() == 1 && erased[id].Load() == 0:
				total++
			case err == model.ErrNotFound && kept[id].Load() == 0 && erased[id].Load() == 1 && fails[id].Load() == 1:
			default:
				t.Errorf("user %d: %+v, %v; upgraded %d, failed %d, erased %d", id, u, err, kept[id].Load(), fails[id].Load(), erased[id].Load())
			}
		}
		t.Logf("%d of %d were upgraded", total, count)
	})
}

// FindWithUser reads every column of the user. A new column must be added there.
func TestFindWithUser_everyColumn(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		full := &model.User{Id: 1, Username: text("a"), Phone: text("+1"), Email: text("a@x")}
		for i, fields := 0, reflect.ValueOf(full).Elem(); i < fields.NumField(); i++ {
			switch field := fields.Field(i).Addr().Interface().(type) {
			case *int64:
				*field = int64(i + 1)
			case *string:
				*field = string(rune('a' + i))
			}
		}
		m, tokens := users(t, db, testkit.EmbeddedRedis(t)), model.NewTokenModel(db.Conn, changes(db))
		if _, err := m.Insert(ctx, full); err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.Insert(ctx, token("s", full.Id)); err != nil {
			t.Fatal(err)
		}
		_, got, _, err := tokens.FindWithUser(ctx, "s")
		if err != nil || *got != *full {
			t.Errorf("read %+v, %v, want %+v", got, err, full)
		}
	})
}
