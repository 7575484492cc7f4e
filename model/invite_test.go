package model_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// An invite creates one user, even with concurrent calls, and only until it expires. If the
// insert of the user fails, the invite remains.
func TestInvites(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		m, invites := users(t, db, testkit.EmbeddedRedis(t)), model.NewInviteModel(db.Conn)
		for _, id := range []string{"one", "two"} {
			if err := invites.Add(ctx, &model.Invite{Id: id, Created: 1, Expires: 100}); err != nil {
				t.Fatal(err)
			}
		}
		var all sync.WaitGroup
		var made, refused atomic.Int64
		begin := make(chan struct{})
		for i := range int64(32) {
			all.Go(func() {
				<-begin
				switch err := m.InsertInvited(ctx, user(100+i, fmt.Sprint("+1", i)), nil, 50, "zero", "one"); {
				case err == nil:
					made.Add(1)
				case errors.Is(err, model.ErrNoInvite):
					refused.Add(1)
				default:
					t.Errorf("a call failed: %v", err)
				}
			})
		}
		close(begin)
		all.Wait()
		if made.Load() != 1 || refused.Load() != 31 {
			t.Errorf("%d created a user and %d failed, want 1 and 31", made.Load(), refused.Load())
		}
		var phone string
		if err := db.SQL.QueryRow("SELECT phone FROM user").Scan(&phone); err != nil {
			t.Fatal(err)
		}
		credential := &model.Credential{UserId: 7, Kind: model.KindPassword, Secret: "h", Changed: 1}
		if err := m.InsertInvited(ctx, user(7, phone), credential, 50, "two"); err == nil {
			t.Error("a taken number was inserted again")
		}
		if err := m.InsertInvited(ctx, user(7, "+2"), credential, 100, "two"); !errors.Is(err, model.ErrNoInvite) {
			t.Errorf("after it expired: %v", err)
		}
		if known, err := invites.Any(ctx, 99, "two"); err != nil || !known {
			t.Errorf("the invite of a user that was not created: %t, %v", known, err)
		}
		if err := m.InsertInvited(ctx, user(7, "+2"), credential, 99, "two"); err != nil {
			t.Errorf("then: %v", err)
		}
		if err := invites.Add(ctx, &model.Invite{Id: "three", Created: 1, Expires: 100}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			before int64
			want   int
		}{{100, 0}, {101, 1}} {
			if n, err := invites.Purge(ctx, c.before); err != nil || n != c.want {
				t.Errorf("purged %d that expired before %d, %v, want %d", n, c.before, err, c.want)
			}
		}
	})
}
