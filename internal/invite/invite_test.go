package invite_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/internal/invite"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

// An invite is found by its code and, if it is restricted, its address, until it expires.
func TestInvites(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		ctx, clock := context.Background(), testkit.NewClock()
		i := invite.New(invite.Options{Rows: model.NewInviteModel(db.Conn), Now: clock.Now, Rand: rand.Reader})
		ann, _ := address.ParseEmail("Ann@Example.com")
		bob, _ := address.ParseEmail("bob@example.com")
		anybody, err := i.Create(ctx, address.Address{}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		anns, err := i.Create(ctx, ann, 0)
		if err != nil {
			t.Fatal(err)
		}
		wants := func(what string, code string, who address.Address, want bool) {
			t.Helper()
			if known, err := i.Known(ctx, invite.Keys(code, who)); err != nil || known != want {
				t.Errorf("%s: %t, %v, want %t", what, known, err, want)
			}
		}
		wants("unrestricted, without an address", anybody.Code, address.Address{}, true)
		wants("unrestricted, by Ann", anybody.Code, ann, true)
		wants("Ann's, by Ann", anns.Code, ann, true)
		wants("Ann's, by Bob", anns.Code, bob, false)
		wants("Ann's, without an address", anns.Code, address.Address{}, false)
		wants("no code, by Ann", "", ann, false)
		clock.Add(time.Hour)
		wants("unrestricted, after it expired", anybody.Code, ann, false)
		wants("Ann's, still valid", anns.Code, ann, true)
		if n, err := i.Purge(ctx); err != nil || n > 0 {
			t.Errorf("purged %d, %v, want none yet", n, err)
		}
		clock.Add(invite.DefaultLife)
		if n, err := i.Purge(ctx); err != nil || n != 2 {
			t.Errorf("purged %d, %v, want both", n, err)
		}
		for _, life := range []time.Duration{-1, time.Second, invite.MaxLife + 1} {
			if _, err := i.Create(ctx, ann, life); !errors.Is(err, invite.ErrLife) {
				t.Errorf("lifetime %v: %v", life, err)
			}
		}
	})
}
