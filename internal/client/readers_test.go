package client_test

import (
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/client"
	"user-api/internal/store"
	"user-api/internal/testkit"
)

// Readers of the feed are not rate limited, and continue without the database for the
// lifetime of a token; clients without the scope or with a wrong secret are rate limited.
func TestReaders(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db, testkit.NewClock())
		readers := client.Readers{Clients: n.Clients}
		one, secret := n.create(t, "orders", client.RevocationsRead)
		other, otherSecret := n.create(t, "billing", client.UsersRead)
		grant, err := n.token([]string{basic(one.ID, secret)}, "grant_type=client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		n.limits.spent.Store(0)
		shows := func(id, secret string) apperr.Code {
			m, err := readers.ByBasic(ctx, basic(id, secret))
			if err == nil && m.ID != id {
				t.Errorf("%s is taken for %s", id, m.ID)
			}
			return code(err)
		}
		byToken := func() apperr.Code {
			m, known, err := readers.ByToken(ctx, grant.AccessToken)
			if !known || err == nil && !m.Has(client.RevocationsRead) {
				t.Errorf("a token: known %t, %+v", known, m)
			}
			return code(err)
		}
		want(t, "by secret", shows(one.ID, secret), "")
		want(t, "by token", byToken(), "")
		if spent := n.limits.spent.Load(); spent != 0 {
			t.Errorf("who follows was charged %d times", spent)
		}
		want(t, "a wrong secret", shows(one.ID, "wrong"), apperr.Unauthorized)
		want(t, "another client", shows(other.ID, otherSecret), "")
		if spent, refused := n.limits.spent.Load(), n.limits.refused.Load(); spent != 1 || refused != 1 {
			t.Errorf("charged %d and %d times, want once each", spent, refused)
		}
		n.rows.down.Store(true)
		n.pass(15 * time.Minute)
		want(t, "without the database", shows(one.ID, secret), "")
		want(t, "its token", byToken(), "")
		want(t, "another client then", shows(other.ID, otherSecret), apperr.Unavailable)
		n.pass(time.Minute)
		want(t, "without the database for longer than a token lives", shows(one.ID, secret), apperr.Unavailable)
		n.rows.down.Store(false)
		if err := n.Disable(ctx, "orders"); err != nil {
			t.Fatal(err)
		}
		want(t, "disabled", shows(one.ID, secret), apperr.Unauthorized)
		want(t, "its token once it is disabled", byToken(), apperr.Unauthorized)
	})
}
