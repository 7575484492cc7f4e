package model_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"user-api/internal/keyring"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// described holds the user and profile models of two nodes on the same stores.
type described struct {
	users    [2]model.UserModel
	profiles [2]model.ProfileModel
}

func newDescribed(t *testing.T, db *store.DB, r *testkit.Redis) (d described) {
	t.Helper()
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.users {
		rows := model.NewRowCache(r.Client, ring, &model.CacheGeneration{})
		d.users[i], d.profiles[i] = model.NewUserModel(db.Conn, rows, changes(db)), model.NewProfileModel(db.Conn, rows)
	}
	if _, err := d.users[0].Insert(ctx, user(7, "+17")); err != nil {
		t.Fatal(err)
	}
	return d
}

// put returns a Merge that sets a key of the metadata.
func put(key string, value int) func(*model.Profile) error {
	return func(p *model.Profile) error {
		kept := map[string]int{}
		if p.Metadata != "" {
			if err := json.Unmarshal([]byte(p.Metadata), &kept); err != nil {
				return err
			}
		}
		kept[key] = value
		text, err := json.Marshal(kept)
		p.Metadata = string(text)
		return err
	}
}

// Concurrent merges from two nodes are all kept.
func TestUpdateProfile_concurrent(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		d := newDescribed(t, db, testkit.EmbeddedRedis(t))
		const many = 24
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				if err := d.users[i%2].UpdateProfile(ctx, 7, model.ProfileUpdate{Merge: put(fmt.Sprintf("k%d", i), i)}); err != nil {
					t.Errorf("merge %d: %v", i, err)
				}
				_, _ = d.profiles[i%2].FindOne(ctx, 7) // fills the cache between the writes
			})
		}
		all.Wait()
		for i, profiles := range d.profiles {
			for name, find := range map[string]func() (*model.Profile, error){
				"database": func() (*model.Profile, error) { return profiles.FindCurrent(ctx, 7) },
				"cache":    func() (*model.Profile, error) { return profiles.FindOne(ctx, 7) },
			} {
				p, err := find()
				kept := map[string]int{}
				if err != nil || json.Unmarshal([]byte(p.Metadata), &kept) != nil || len(kept) != many {
					t.Errorf("node %d, %s: %d keys, %v, want %d", i, name, len(kept), err, many)
				}
			}
		}
		if u, err := d.users[1].FindOne(ctx, 7); err != nil || u.Profile != many {
			t.Errorf("the user counts %d changes, %v, want %d", u.Profile, err, many)
		}
	})
}

// A change is applied completely or not at all.
func TestUpdateProfile_allOrNothing(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		d := newDescribed(t, db, testkit.EmbeddedRedis(t))
		other := user(8, "+18")
		other.Username = text("taken")
		if _, err := d.users[0].Insert(ctx, other); err != nil {
			t.Fatal(err)
		}
		name, shown, taken := "ann", "Ann", "taken"
		failed := errors.New("no")
		for what, c := range map[string]struct {
			model.ProfileUpdate
			is func(error) bool
		}{
			"a name that is taken": {model.ProfileUpdate{Username: &taken, DisplayName: &shown, Merge: put("a", 1)}, func(err error) bool {
				column, ok := model.Duplicate(err)
				return ok && column == "username"
			}},
			"a merge that fails": {model.ProfileUpdate{Username: &name, DisplayName: &shown, Language: &shown, Merge: func(*model.Profile) error { return failed }},
				func(err error) bool { return errors.Is(err, failed) }},
		} {
			if err := d.users[0].UpdateProfile(ctx, 7, c.ProfileUpdate); !c.is(err) {
				t.Errorf("%s: %v", what, err)
			}
			u, err := d.users[1].FindCurrent(ctx, 7)
			if err != nil || u.Username.Valid || u.DisplayName != "" || u.Language != "" || u.Profile != 0 {
				t.Errorf("%s: the user is %+v, %v", what, u, err)
			}
			if p, err := d.profiles[1].FindCurrent(ctx, 7); !errors.Is(err, model.ErrNotFound) {
				t.Errorf("%s: the profile is %+v, %v", what, p, err)
			}
		}
		if err := d.users[0].UpdateProfile(ctx, 9, model.ProfileUpdate{Merge: put("a", 1)}); !model.Orphan(err) {
			t.Errorf("without a user: %v, want an orphan", err)
		}
		if err := d.users[0].UpdateProfile(ctx, 9, model.ProfileUpdate{DisplayName: &shown}); err != nil {
			t.Errorf("a name without a user: %v", err)
		}
	})
}

// A node caches what another node has written, and an erased user leaves nothing in the cache.
func TestUpdateProfile_cache(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		r := testkit.EmbeddedRedis(t)
		d := newDescribed(t, db, r)
		shown := "Ann"
		for i, want := range []string{`{"a":0}`, `{"a":1}`, `{"a":2}`} {
			if err := d.users[i%2].UpdateProfile(ctx, 7, model.ProfileUpdate{DisplayName: &shown, Merge: put("a", i)}); err != nil {
				t.Fatal(err)
			}
			r.Advance(t, 11e9) // the barrier is over, and the next read is cached
			for range 2 {
				for node, profiles := range d.profiles {
					p, err := profiles.FindOne(ctx, 7)
					if err != nil || p.Metadata != want || p.AppMetadata != "" || p.UserId != 7 {
						t.Errorf("node %d has %+v, %v, want %s", node, p, err, want)
					}
					if u, err := d.users[node].FindOne(ctx, 7); err != nil || u.DisplayName != shown || u.Profile != int64(i)+1 {
						t.Errorf("node %d has %+v, %v", node, u, err)
					}
				}
			}
		}
		if err := d.users[0].Erase(ctx, 7, 1); err != nil {
			t.Fatal(err)
		}
		for node, profiles := range d.profiles {
			if p, err := profiles.FindOne(ctx, 7); !errors.Is(err, model.ErrNotFound) {
				t.Errorf("node %d has %+v of an erased user, %v", node, p, err)
			}
		}
	})
}

func TestProfileRow(t *testing.T) {
	for _, p := range []model.Profile{{}, {UserId: 1 << 52, Metadata: `{"a":"ü"}`, AppMetadata: `{}`}} {
		row, err := p.AppendBinary(nil)
		var got model.Profile
		if err != nil || got.UnmarshalBinary(row) != nil || got != p {
			t.Errorf("%+v is decoded as %+v, %v", p, got, err)
		}
		for cut := range row {
			if err := got.UnmarshalBinary(row[:cut]); err == nil {
				t.Errorf("%d of %d bytes are decoded as a profile", cut, len(row))
			}
		}
		if err := got.UnmarshalBinary(append(bytes.Clone(row), 0)); err == nil {
			t.Error("a row that is too long is decoded as a profile")
		}
	}
}
