package client_test

import (
	"slices"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/client"
	"user-api/internal/store"
	"user-api/internal/testkit"
)

// A client's token that somebody else was shown holds as long as it would for the client,
// and is charged to nobody.
func TestClients_holds(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		here, there := newNode(t, db, clock), newNode(t, db, clock)
		one, secret := here.create(t, "billing", client.UsersRead, client.AuditRead)
		grant, err := here.Grant(ctx, []string{basic(one.ID, secret)}, asks)
		if err != nil {
			t.Fatal(err)
		}
		holds := func(what string, is bool, failure apperr.Code) {
			t.Helper()
			scopes, got, err := there.Holds(ctx, grant.AccessToken)
			if got != is || code(err) != failure || is && !slices.Equal(scopes, []string{client.AuditRead, client.UsersRead}) {
				t.Errorf("%s: %t with %q, %v, want %t", what, got, scopes, err, is)
			}
		}
		holds("the token", true, "")
		if err := here.Disable(ctx, "billing"); err != nil {
			t.Fatal(err)
		}
		there.pass(2*time.Second + 1)
		holds("disabled", false, "")
		if err := here.Enable(ctx, "billing"); err != nil {
			t.Fatal(err)
		}
		there.pass(time.Second)
		holds("enabled again", true, "")
		there.rows.down.Store(true)
		there.pass(4 * time.Second)
		holds("with the database gone", true, "")
		there.pass(2 * time.Second)
		holds("once the rows are too old", false, apperr.Unavailable)
		there.rows.down.Store(false)
		if _, got, err := there.Holds(ctx, secret); got || err != nil {
			t.Errorf("a secret: %t, %v", got, err)
		}
		if spent, refused := there.limits.spent.Load(), there.limits.refused.Load(); spent+refused > 0 || len(there.events.kinds) > 0 {
			t.Errorf("%d and %d are charged, %v recorded", spent, refused, there.events.kinds)
		}
	})
}
