package model_test

import (
	"testing"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// What was read ahead is what FindOne returns, with no word to Redis; where it was
// not cached, the database answers and it is cached after.
func TestFindOne_ahead(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		r := testkit.EmbeddedRedis(t)
		m := users(t, db, r)
		if _, err := m.Insert(ctx, user(1, "+1")); err != nil {
			t.Fatal(err)
		}
		for _, cached := range []bool{false, true} {
			pipe := r.Client.Pipeline()
			with := m.Ahead(ctx, pipe, 1)
			_, _ = pipe.Exec(ctx)
			got, err := m.FindOne(with, 1)
			if err != nil || got.Phone.String != "+1" {
				t.Fatalf("cached %v: %+v, %v", cached, got, err)
			}
		}
		pipe := r.Client.Pipeline()
		with := m.Ahead(ctx, pipe, 1)
		if _, err := pipe.Exec(ctx); err != nil {
			t.Fatalf("the row is not cached: %v", err)
		}
		r.Client.Close()
		if _, err := db.SQL.Exec("DELETE FROM `user`"); err != nil {
			t.Fatal(err)
		}
		if got, err := m.FindOne(with, 1); err != nil || got.Phone.String != "+1" {
			t.Errorf("read ahead %+v, %v, want the row", got, err)
		}
		if _, err := m.FindOne(with, 2); err != model.ErrNotFound {
			t.Errorf("another user: %v, want ErrNotFound", err)
		}
	})
}
