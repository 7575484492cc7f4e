package client_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/client"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/internal/token"
)

// A client's token that someone else presents is as valid as for the client, and no rate
// limit is charged.
func TestClients_holds(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		here, there := newNode(t, db, clock), newNode(t, db, clock)
		one, secret := here.create(t, "billing", client.UsersRead, client.AuditRead)
		grant, err := here.token([]string{basic(one.ID, secret)}, "grant_type=client_credentials")
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

// unread are keys that a node could not read yet.
type unread struct{}

func (unread) Signing() (*token.Key, error) { return nil, apperr.Down(errDown) }

func (unread) Verifying(string) (*token.Key, error) { return nil, apperr.Down(errDown) }

// A token whose key is unavailable is neither a client's nor anyone else's.
func TestClients_unknownKeys(t *testing.T) {
	codec, err := token.New(token.Options{
		AccessSecret: strings.Repeat("a", 32), RefreshSecret: strings.Repeat("b", 32), Issuer: "i", Audience: "us",
		Signing: token.ES256, Keys: unread{}, AccessLife: time.Hour, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	clients := client.New(client.Options{Rows: &rows{}, Codec: codec, Elapsed: func() time.Duration { return 0 }})
	part := base64.RawURLEncoding.EncodeToString
	raw := part([]byte(`{"alg":"ES256","kid":"k","typ":"at+jwt"}`)) + "." + part([]byte(`{}`)) + "." + part(make([]byte, 64))
	_, known, err := clients.ByToken(ctx, raw)
	if !known {
		t.Error("it is taken for no client's")
	}
	want(t, "as a machine's", code(err), apperr.Unavailable)
	_, known, err = client.Readers{Clients: clients}.ByToken(ctx, raw)
	if !known {
		t.Error("it is taken for no reader's")
	}
	want(t, "as a reader's", code(err), apperr.Unavailable)
	_, _, err = clients.Holds(ctx, raw)
	want(t, "as one that was shown", code(err), apperr.Unavailable)
}
