package model_test

import (
	"fmt"
	"strings"
	"testing"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// Renumber changes the number of a user, and the cache shows it immediately.
func TestRenumber(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m := users(t, db, testkit.EmbeddedRedis(t))
		for id, number := range map[int64]string{1: "+22997979797", 2: "+2290197979798", 3: "+22997979799"} {
			if _, err := m.Insert(ctx, user(id, number)); err != nil {
				t.Fatal(err)
			}
			if _, err := m.FindOne(ctx, id); err != nil { // caches the row
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			id       int64
			from, to string
			done     bool
		}{
			{1, "+22997979797", "+2290197979797", true},
			{1, "+22997979797", "+2290197979797", false}, // repeated
			{2, "+22997979798", "+2290197979790", false}, // the user has another number
			{4, "+22997979794", "+2290197979794", false}, // no such user
		} {
			if done, err := m.Renumber(ctx, c.id, c.from, c.to); err != nil || done != c.done {
				t.Errorf("user %d, %s to %s: %v, %v, want %v", c.id, c.from, c.to, done, err, c.done)
			}
		}
		if _, err := m.Renumber(ctx, 3, "+22997979799", "+2290197979798"); !duplicates(err, "phone") {
			t.Errorf("another user's number: %v", err)
		}
		for id, want := range map[int64]string{1: "+2290197979797", 2: "+2290197979798", 3: "+22997979799"} {
			if u, err := m.FindOne(ctx, id); err != nil || u.Phone.String != want {
				t.Errorf("user %d has %s, %v, want %s", id, u.Phone.String, err, want)
			}
		}
	})
}

func duplicates(err error, want string) bool {
	column, ok := model.Duplicate(err)
	return ok && column == want
}

// Phones returns the numbers with a prefix, each once and in order.
func TestPhones(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m := users(t, db, testkit.EmbeddedRedis(t))
		for id, number := range []string{"+22997979797", "+2290197979797", "+2259797979", "+230123456", "", "+22997979798", "+22"} {
			if _, err := m.Insert(ctx, user(int64(id+1), number)); err != nil {
				t.Fatal(err)
			}
		}
		read := func(prefix string) string {
			var all []string
			for after := ""; ; {
				page, err := m.Phones(ctx, prefix, after, 2)
				if err != nil {
					t.Fatal(err)
				}
				for _, n := range page {
					all = append(all, fmt.Sprint(n.Id, n.Phone))
					after = n.Phone
				}
				if len(page) < 2 {
					return strings.Join(all, " ")
				}
			}
		}
		if got, want := read("+229"), "2+2290197979797 1+22997979797 6+22997979798"; got != want {
			t.Errorf("of +229: %s, want %s", got, want)
		}
		if got := read(""); strings.Count(got, "+") != 6 {
			t.Errorf("all: %s", got)
		}
	})
}

func TestFindByPhones(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m := users(t, db, testkit.EmbeddedRedis(t))
		for id, number := range map[int64]string{1: "+22997979797", 2: "+2290197979797", 3: "+919876543210"} {
			if _, err := m.Insert(ctx, user(id, number)); err != nil {
				t.Fatal(err)
			}
		}
		for want, numbers := range map[int][]string{
			0: {"+1"}, 1: {"+22997979797", "+1"}, 2: {"+22997979797", "+2290197979797"},
		} {
			if found, err := m.FindByPhones(ctx, numbers...); err != nil || len(found) != want {
				t.Errorf("%v: %d users, %v", numbers, len(found), err)
			}
		}
		if found, err := m.FindByPhones(ctx); err != nil || len(found) != 0 {
			t.Errorf("none: %d users, %v", len(found), err)
		}
	})
}
