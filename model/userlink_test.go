package model_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

func aLink(id string, user int64, provider, subject string) *model.Link {
	return &model.Link{Id: id, UserId: user, Provider: provider, Subject: subject, Created: 10, LastUsed: 10}
}

// If two users link one account concurrently, exactly one gets it, and the failed call does
// not invalidate open codes.
func TestAddLink_race(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m, links := users(t, db, testkit.EmbeddedRedis(t)), model.NewLinkModel(db.Conn)
		for _, id := range []int64{1, 2} {
			if _, err := m.Insert(ctx, user(id, "+"+string(rune('0'+id)))); err != nil {
				t.Fatal(err)
			}
		}
		var calls sync.WaitGroup
		var added atomic.Int64
		begin := make(chan struct{})
		for i := range 16 {
			calls.Go(func() {
				<-begin
				err := m.AddLink(ctx, aLink("l"+string(rune('a'+i)), int64(i%2)+1, "google", "ann"))
				_, taken := model.Duplicate(err)
				switch {
				case err == nil:
					added.Add(1)
				case !taken:
					t.Errorf("a call failed: %v", err)
				}
			})
		}
		close(begin)
		calls.Wait()
		link, err := links.FindOneByProviderSubject(ctx, "google", "ann")
		if err != nil || added.Load() != 1 {
			t.Fatalf("%d were added; the link is %v, %v", added.Load(), link, err)
		}
		for _, id := range []int64{1, 2} {
			u, err := m.FindCurrent(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			want := int64(0)
			if id == link.UserId {
				want = 1
			}
			if u.Epoch != want {
				t.Errorf("the epoch of user %d is %d, want %d", id, u.Epoch, want)
			}
		}
	})
}

// A link that is added while its user is erased is not left behind.
func TestAddLink_erased(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m, links := users(t, db, testkit.EmbeddedRedis(t)), model.NewLinkModel(db.Conn)
		for range 5 {
			if _, err := m.Insert(ctx, user(1, "+1")); err != nil {
				t.Fatal(err)
			}
			var both sync.WaitGroup
			both.Go(func() {
				if err := m.AddLink(ctx, aLink("l", 1, "google", "ann")); err != nil && !model.Orphan(err) {
					t.Errorf("the link: %v", err)
				}
			})
			both.Go(func() {
				if err := m.Erase(ctx, 1, 5); err != nil {
					t.Errorf("the end: %v", err)
				}
			})
			both.Wait()
			if list, err := links.OfUser(ctx, 1); err != nil || len(list) > 0 {
				t.Fatalf("left: %v, %v", list, err)
			}
		}
		if err := m.AddLink(ctx, aLink("l", 1, "google", "ann")); !model.Orphan(err) {
			t.Errorf("without a user: %v", err)
		}
	})
}

// Each event of a provider ends older sessions once, even if it is delivered repeatedly.
func TestEndByProvider(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		var ended []string
		c := changes(db)
		c.OnCommit = func(entries []*model.Revocation) {
			for _, e := range entries {
				ended = append(ended, e.SessionId+" "+e.Reason)
			}
		}
		cached := model.NewRowCache(testkit.EmbeddedRedis(t).Client, newRing(t), &model.CacheGeneration{})
		m, tokens := model.NewUserModel(db.Conn, cached, c), model.NewTokenModel(db.Conn, changes(db))
		if _, err := m.Insert(ctx, user(1, "+1")); err != nil {
			t.Fatal(err)
		}
		link := aLink("l", 1, "google", "ann")
		if err := m.AddLink(ctx, link); err != nil {
			t.Fatal(err)
		}
		for id, proven := range map[string]int64{"s1": 20, "s2": 40, "s3": 60} {
			row := token(id, 1)
			row.AuthTime = proven
			if _, err := tokens.Insert(ctx, row); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []struct {
			what         string
			told, before int64
			done         bool
			ended        []string
		}{
			{"before the link was made", 5, 9, false, nil},
			{"an event", 30, 35, true, []string{"s1 provider"}},
			{"the same once more", 30, 35, false, nil},
			{"an older one", 29, 34, false, nil},
			{"a newer one", 50, 55, true, []string{"s2 provider"}},
		} {
			ended = nil
			e := model.Ending{Reason: model.EndedByProvider, Now: 99, Before: step.before}
			done, err := m.EndByProvider(ctx, link, step.told, e)
			if err != nil || done != step.done || !slices.Equal(ended, step.ended) {
				t.Errorf("%s: %t, %v, ended %v; want %t and %v", step.what, done, err, ended, step.done, step.ended)
			}
		}
		if u, err := m.FindCurrent(ctx, 1); err != nil || u.Epoch != 3 {
			t.Errorf("the epoch is %d, %v, want one more for the link and each event", u.Epoch, err)
		}
		// Of concurrent calls for one event, exactly one takes effect.
		var calls sync.WaitGroup
		var did atomic.Int64
		for range 8 {
			calls.Go(func() {
				done, err := model.NewUserModel(db.Conn, cached, changes(db)).EndByProvider(ctx, link, 70, model.Ending{Reason: model.EndedByProvider, Now: 99, Before: 75})
				if err != nil {
					t.Error(err)
				}
				if done {
					did.Add(1)
				}
			})
		}
		calls.Wait()
		if did.Load() != 1 {
			t.Errorf("%d of 8 calls took effect", did.Load())
		}
	})
}
