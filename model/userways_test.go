package model_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// everyWay is a configuration that offers every way to sign in.
var everyWay = model.Ways{Email: true, Passkeys: true, Providers: []string{"apple", "google"}}

// aWay is a way to sign in for the tests.
type aWay struct {
	way model.Way
	// give is the statement that adds it to the user.
	give string
	// off is the configuration that does not offer it.
	off *model.Ways
}

// theWays returns the ways that can be removed.
func theWays() map[string]aWay {
	address := func(kind model.WayKind, value string, off *model.Ways) aWay {
		return aWay{model.Way{Kind: kind}, fmt.Sprintf("UPDATE `user` SET `%s` = '%s' WHERE `id` = 7", kind, value), off}
	}
	passkey := func(id string) aWay {
		return aWay{model.Way{Kind: model.WayPasskey, ID: id}, aPasskey(id, 0), &model.Ways{Email: true, Providers: everyWay.Providers}}
	}
	link := func(provider, other string) aWay {
		return aWay{model.Way{Kind: model.WayLink, ID: provider}, fmt.Sprintf("INSERT INTO `link` (`id`, `provider`, `subject`, `user_id`, `email`, `created`, `last_used`, `told`) "+
			"VALUES ('%s', '%[1]s', 'ann', 7, '', 1, 1, 0)", provider), &model.Ways{Email: true, Passkeys: true, Providers: []string{other}}}
	}
	return map[string]aWay{
		"phone": address(model.WayPhone, "+1", nil), "email": address(model.WayEmail, "a@x", &model.Ways{Passkeys: true, Providers: everyWay.Providers}),
		"passkey": passkey("p1"), "second passkey": passkey("p2"), "google": link("google", "apple"), "apple": link("apple", "google"),
	}
}

// aPasskey returns the statement that adds a passkey to the user.
func aPasskey(id string, cloned int) string {
	return fmt.Sprintf("INSERT INTO `passkey` (`id`, `user_id`, `hash`, `credential_id`, `public_key`, `handle`, `aaguid`, `name`, `transports`, `counter`, "+
		"`eligible`, `backed_up`, `challenge`, `cloned`, `created`, `used`) VALUES ('%s', 7, '%[1]s', 'c', 'k', 'h', '', '', '', 0, 0, 0, '', %d, 1, 0)", id, cloned)
}

// giveWays inserts user 7 anew with the ways.
func giveWays(t *testing.T, db *store.DB, statements ...string) {
	t.Helper()
	for _, s := range append([]string{
		"DELETE FROM `user`", "INSERT INTO `user` (`id`, `role`, `status`, `created`) VALUES (7, 'user', 'active', 1)",
	}, statements...) {
		if _, err := db.SQL.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

const (
	aName     = "UPDATE `user` SET `username` = 'ann' WHERE `id` = 7"
	aPassword = "INSERT INTO `credential` (`user_id`, `kind`, `secret`, `changed`) VALUES (7, 'password', 'h', 1)"
	aReset    = "INSERT INTO `credential` (`user_id`, `kind`, `secret`, `changed`) VALUES (7, 'reset', 'h', 1)"
)

func isAddress(w model.Way) bool { return w.Kind == model.WayPhone || w.Kind == model.WayEmail }

// has reports whether user 7 still has a way. It removes the way to find out.
func has(t *testing.T, m model.UserModel, w aWay) bool {
	t.Helper()
	removed, err := m.RemoveWay(ctx, 7, w.way, everyWay, nil)
	if err != nil && !errors.Is(err, model.ErrLastWay) {
		t.Fatal(err)
	}
	return removed || err != nil
}

// Concurrent removals of any two ways leave one. If the configuration offers only one of the
// two, that one cannot be removed.
func TestRemoveWay_pairs(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m, all := users(t, db, testkit.EmbeddedRedis(t)), theWays()
		for one, first := range all {
			for two, second := range all {
				if one >= two {
					continue
				}
				t.Run(one+" and "+two, func(t *testing.T) {
					for range 2 {
						giveWays(t, db, first.give, second.give)
						var calls sync.WaitGroup
						results := make([]error, 8)
						removed := make([]bool, len(results))
						begin := make(chan struct{})
						for i := range results {
							calls.Go(func() {
								<-begin
								removed[i], results[i] = m.RemoveWay(ctx, 7, []aWay{first, second}[i%2].way, everyWay, nil)
							})
						}
						close(begin)
						calls.Wait()
						n := 0
						for i, err := range results {
							if removed[i] {
								n++
							}
							if err != nil && !errors.Is(err, model.ErrLastWay) {
								t.Errorf("a removal: %v", err)
							}
						}
						if left := has(t, m, first) != has(t, m, second); n != 1 || !left {
							t.Errorf("%d were removed, and one is left: %t", n, left)
						}
					}
					for _, c := range []struct{ counts, other aWay }{{first, second}, {second, first}} {
						if c.other.off == nil || c.counts.way.Kind == model.WayPasskey && c.other.way.Kind == model.WayPasskey {
							continue // it is always offered, or both or none of the two are
						}
						giveWays(t, db, first.give, second.give)
						if _, err := m.RemoveWay(ctx, 7, c.counts.way, *c.other.off, nil); !errors.Is(err, model.ErrLastWay) {
							t.Errorf("the only way that is offered: %v, want ErrLastWay", err)
						}
						if removed, err := m.RemoveWay(ctx, 7, c.other.way, *c.other.off, nil); !removed || err != nil {
							t.Errorf("a way that is not offered: %t, %v, want it removed", removed, err)
						}
					}
				})
			}
		}
	})
}

// Whether a way is left after a removal: a password needs a name, and a pending reset or a
// passkey suspected to be cloned does not count.
func TestRemoveWay(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m := users(t, db, testkit.EmbeddedRedis(t))
		for name, w := range theWays() {
			for _, c := range []struct {
				others []string
				want   error
			}{
				{nil, model.ErrLastWay},
				{[]string{aName}, model.ErrLastWay},
				{[]string{aPassword}, model.ErrLastWay},
				{[]string{aName, aReset}, model.ErrLastWay},
				{[]string{aPasskey("px", 1)}, model.ErrLastWay},
				{[]string{aPasskey("px", 0)}, nil},
				{[]string{aName, aPassword}, nil},
			} {
				giveWays(t, db, append([]string{w.give}, c.others...)...)
				before, err := m.FindCurrent(ctx, 7)
				if err != nil {
					t.Fatal(err)
				}
				removed, err := m.RemoveWay(ctx, 7, w.way, everyWay, nil)
				if !errors.Is(err, c.want) || removed != (c.want == nil) {
					t.Errorf("%s with %v: %t, %v, want %v", name, c.others, removed, err, c.want)
				}
				after, err := m.FindCurrent(ctx, 7)
				if err != nil {
					t.Fatal(err)
				}
				// Only a removal invalidates open codes.
				if raised := after.Epoch - before.Epoch; raised != map[bool]int64{true: 1}[removed] {
					t.Errorf("%s with %v: the epoch has increased by %d", name, c.others, raised)
				}
				if removed {
					if again, err := m.RemoveWay(ctx, 7, w.way, everyWay, nil); again || err != nil {
						t.Errorf("%s again: %t, %v, want false", name, again, err)
					}
				}
			}
		}
		if removed, err := m.RemoveWay(ctx, 999, model.Way{Kind: model.WayPhone}, everyWay, nil); removed || err != nil {
			t.Errorf("without a user: %t, %v", removed, err)
		}
	})
}

// Removing an address ends sessions, and the feed has an entry for everything.
func TestRemoveWay_feed(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		var told []string
		c := changes(db)
		c.OnCommit = func(entries []*model.Revocation) {
			for _, e := range entries {
				told = append(told, strings.TrimSpace(e.Reason+" "+e.SessionId))
			}
		}
		cached := model.NewRowCache(testkit.EmbeddedRedis(t).Client, newRing(t), &model.CacheGeneration{})
		m, tokens := model.NewUserModel(db.Conn, cached, c), model.NewTokenModel(db.Conn, changes(db))
		for name, w := range theWays() {
			giveWays(t, db, w.give, aName, aPassword)
			for _, id := range []string{"s1", "s2"} {
				if _, err := tokens.Insert(ctx, token(id, 7)); err != nil {
					t.Fatal(err)
				}
			}
			told = nil
			e := model.Ending{Reason: model.EndedByAddress, Except: "s2", Now: 9}
			if removed, err := m.RemoveWay(ctx, 7, w.way, everyWay, &e); !removed || err != nil {
				t.Fatalf("%s: %t, %v", name, removed, err)
			}
			reason := model.CredentialChanged
			if isAddress(w.way) {
				reason = model.IdentifierChanged
			}
			if want := []string{"address s1", reason}; !slices.Equal(told, want) {
				t.Errorf("%s: entries %v, want %v", name, told, want)
			}
		}
	})
}
