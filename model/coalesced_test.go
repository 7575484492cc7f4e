package model_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// three inserts users 1 to 3 with the numbers +1 to +3.
func three(t *testing.T, m model.UserModel) {
	t.Helper()
	for id := range int64(3) {
		if _, err := m.Insert(ctx, user(id+1, fmt.Sprint("+", id+1))); err != nil {
			t.Fatal(err)
		}
	}
}

// Each coalesced read of a user returns the user that was requested.
func TestUsers_coalesced(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m := users(t, db, testkit.EmbeddedRedis(t))
		three(t, m)
		found, failed := model.ReadUsers(ctx, m, "phone", text("+3"), text("+1"), text("+9"), text(""))
		for number, id := range map[string]int64{"+3": 3, "+1": 1, "+9": 0, "": 0} {
			u, err := found[text(number)], failed[text(number)]
			if id == 0 && (u != nil || !errors.Is(err, model.ErrNotFound)) || id != 0 && (err != nil || u.Id != id) {
				t.Errorf("%q is %+v, %v", number, u, err)
			}
		}
		found, failed = model.ReadUsers(ctx, m, "id", int64(2), int64(9))
		if found[int64(2)].Phone != text("+2") || failed[int64(2)] != nil || !errors.Is(failed[int64(9)], model.ErrNotFound) {
			t.Errorf("by id: %+v, %v", found, failed)
		}
		if err := model.RecordSignIns(ctx, m, 77, map[int64]string{1: "de", 2: "de", 3: "", 9: "fr"}); err != nil {
			t.Fatal(err)
		}
		for id, locale := range map[int64]string{1: "de", 2: "de", 3: ""} {
			if u, err := m.FindCurrent(ctx, id); err != nil || u.Seen != 77 || u.Locale != locale {
				t.Errorf("user %d is %+v, %v", id, u, err)
			}
		}
		over, cancel := context.WithCancel(ctx)
		cancel()
		if found, failed := model.ReadUsers(over, m, "id", int64(1), int64(2)); found[int64(1)] != nil || failed[int64(1)] == nil || errors.Is(failed[int64(1)], model.ErrNotFound) {
			t.Errorf("without a database: %+v, %v", found, failed)
		}
	})
}

// A session that the database rejects does not affect the others of a coalesced insert, and
// gets its own error.
func TestTokens_coalesced(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		three(t, users(t, db, testkit.EmbeddedRedis(t)))
		m := model.NewTokenModel(db.Conn, changes(db))
		row := func(id string, user int64, challenge string) *model.Token {
			r := token(id, user)
			r.Challenge, r.UserAgent, r.Ip, r.AuthTime = text(challenge), "agent", "::1", 5
			return r
		}
		if failed := model.InsertTokens(ctx, m, row("a", 1, "used"), row("b", 2, ""), row("c", 2, "")); errors.Join(values(failed)...) != nil {
			t.Fatal(failed)
		}
		orphan, twice, same, good := row("d", 9, ""), row("e", 3, "used"), row("b", 2, ""), row("f", 3, "new")
		failed := model.InsertTokens(ctx, m, orphan, twice, same, good)
		if !model.Orphan(failed[orphan]) || failed[good] != nil {
			t.Errorf("the orphan: %v, the good one: %v", failed[orphan], failed[good])
		}
		for r, want := range map[*model.Token]string{twice: "challenge", same: "id"} {
			if column, taken := model.Duplicate(failed[r]); !taken || column != want {
				t.Errorf("%s: %v, want a duplicate %s", r.Id, failed[r], want)
			}
		}
		if got, err := m.FindOne(ctx, "f"); err != nil || *got != *good {
			t.Errorf("inserted %+v, read %+v, %v", good, got, err)
		}
		living, errs := model.ReadOpened(ctx, m, 1, 1, 2, 3, 9)
		if fmt.Sprint(living) != "map[1:1 2:2 3:1]" || !errors.Is(errs[9], model.ErrNotFound) || errs[2] != nil {
			t.Errorf("active sessions: %v, %v", living, errs)
		}
		whose, errs2 := model.ReadSessions(ctx, m, "f", "a", "none")
		if fmt.Sprint(whose) != "map[a:+1 f:+3]" || !errors.Is(errs2["none"], model.ErrNotFound) || errs2["a"] != nil {
			t.Errorf("users of the sessions: %v, %v", whose, errs2)
		}
	})
}

func values[K comparable](of map[K]error) (list []error) {
	for _, err := range of {
		list = append(list, err)
	}
	return list
}

// An inserted session is visible to the next read, even with concurrent requests.
func TestTokens_concurrent(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		people := users(t, db, testkit.EmbeddedRedis(t))
		three(t, people)
		m := model.NewTokenModel(db.Conn, changes(db))
		var wait sync.WaitGroup
		for n := range 60 {
			wait.Go(func() {
				id, owner := fmt.Sprint("s", n), int64(n%3+1)
				if _, err := m.Insert(ctx, token(id, owner)); err != nil {
					t.Error(err)
				}
				opened, err := m.Opened(ctx, owner, 1)
				if err != nil || opened.Id != owner || opened.Living < 1 || opened.Mfa {
					t.Errorf("opened: %+v, %v", opened, err)
				}
				if err := people.RecordSignIn(ctx, owner, int64(n), "de"); err != nil {
					t.Error(err)
				}
				row, holder, _, err := m.FindWithUser(ctx, id)
				if err != nil || row.Id != id || holder.Id != owner || holder.Locale != "de" {
					t.Errorf("session %s: %+v of %+v, %v", id, row, holder, err)
				}
				if u, err := people.FindOneByPhone(ctx, text(fmt.Sprint("+", owner))); err != nil || u.Id != owner {
					t.Errorf("by phone: %+v, %v", u, err)
				}
			})
		}
		wait.Wait()
	})
}
