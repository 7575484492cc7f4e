package client_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/client"
	"user-api/internal/event"
	"user-api/internal/store"
	"user-api/internal/testkit"
)

const asks = "grant_type=client_credentials"

func TestGrant(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		n := newNode(t, db, clock)
		one, secret := n.create(t, "billing", client.UsersRead, client.AuditRead)
		other, otherSecret, err := n.Create(ctx, client.Draft{Name: "orders", Audience: "orders", Scopes: []string{client.UsersRead}})
		if err != nil {
			t.Fatal(err)
		}
		inBody := "&client_id=" + one.ID + "&client_secret=" + url.QueryEscape(secret)
		for name, c := range map[string]struct {
			header []string
			form   string
			scope  string
			code   apperr.Code
			oauth  string
		}{
			"by Basic":                    {header: []string{basic(one.ID, secret)}, form: asks, scope: "audit:read users:read"},
			"by Basic, named once more":   {header: []string{basic(one.ID, secret)}, form: asks + "&client_id=" + one.ID, scope: "audit:read users:read"},
			"in the body":                 {form: asks + inBody, scope: "audit:read users:read"},
			"fewer scopes":                {header: []string{basic(one.ID, secret)}, form: asks + "&scope=users:read", scope: "users:read"},
			"scopes in another order":     {header: []string{basic(one.ID, secret)}, form: asks + "&scope=users:read+audit:read+users:read", scope: "audit:read users:read"},
			"a parameter that is unknown": {header: []string{basic(one.ID, secret)}, form: asks + "&resource=x", scope: "audit:read users:read"},
			"another scope":               {header: []string{basic(one.ID, secret)}, form: asks + "&scope=users:write", code: apperr.InvalidRequest, oauth: "invalid_scope"},
			"no scope there is":           {header: []string{basic(one.ID, secret)}, form: asks + "&scope=root", code: apperr.InvalidRequest, oauth: "invalid_scope"},
			"two proofs":                  {header: []string{basic(one.ID, secret)}, form: asks + inBody, code: apperr.InvalidRequest},
			"two headers":                 {header: []string{basic(one.ID, secret), basic(one.ID, secret)}, form: asks, code: apperr.InvalidRequest},
			"another client in the body":  {header: []string{basic(one.ID, secret)}, form: asks + "&client_id=" + other.ID, code: apperr.InvalidRequest},
			"no proof":                    {form: asks, code: apperr.Unauthorized},
			"a wrong secret":              {header: []string{basic(one.ID, otherSecret)}, form: asks, code: apperr.Unauthorized},
			"a wrong secret in the body":  {form: asks + "&client_id=" + one.ID + "&client_secret=x", code: apperr.Unauthorized},
			"a bearer token":              {header: []string{"Bearer " + secret}, form: asks, code: apperr.Unauthorized},
		} {
			grant, err := n.token(c.header, c.form)
			want(t, name, code(err), c.code)
			if err != nil {
				if got := apperr.From(err).OAuth; got != c.oauth {
					t.Errorf("%s: the error %q, want %q", name, got, c.oauth)
				}
				continue
			}
			m, known, err := n.ByToken(ctx, grant.AccessToken)
			if err != nil || !known || m.ID != one.ID || strings.Join(m.Scopes, " ") != c.scope || grant.Scope != c.scope || grant.Life != 15*time.Minute {
				t.Errorf("%s: %+v, %t, %v, the scope %q for %v", name, m, known, err, grant.Scope, grant.Life)
			}
		}
		app, _, err := n.Create(ctx, client.Draft{Name: "app", Public: true, Redirects: []string{"https://app.example/cb"}})
		if err != nil {
			t.Fatal(err)
		}
		n.pass(time.Second)
		_, err = n.Authenticate(ctx, nil, url.Values{"client_id": {app.ID}, "client_secret": {"x"}})
		want(t, "a secret of a public client", code(err), apperr.Unauthorized)
		got, err := n.Authenticate(ctx, nil, url.Values{"client_id": {app.ID}, "client_secret": {""}})
		if want(t, "an empty one", code(err), ""); got.ID != app.ID {
			t.Errorf("it is taken for %+v", got)
		}
		if spent := n.limits.spent.Load(); spent == 0 {
			t.Error("the machine was not charged")
		} else if _, err := n.Authenticate(ctx, nil, url.Values{"client_id": {app.ID}}); err != nil || n.limits.spent.Load() != spent {
			t.Errorf("a public client is charged for what anybody can say: %v", err)
		}
		// A token for another audience is not valid here.
		grant, err := n.token([]string{basic(other.ID, otherSecret)}, asks)
		if err != nil {
			t.Fatal(err)
		}
		if _, known, err := n.ByToken(ctx, grant.AccessToken); known || err != nil {
			t.Errorf("a token for another service: %t, %v", known, err)
		}
		grant, err = n.token([]string{basic(one.ID, secret)}, asks)
		if err != nil {
			t.Fatal(err)
		}
		clock.Add(15 * time.Minute)
		if _, known, _ := n.ByToken(ctx, grant.AccessToken); known {
			t.Error("an expired token is recognised")
		}
		if last := n.events.kinds[len(n.events.kinds)-1]; last != event.ClientToken {
			t.Errorf("the last event is %s", last)
		}
	})
}

// token requests a token as the token endpoint does.
func (n *node) token(authorization []string, form string) (client.Grant, error) {
	params, err := url.ParseQuery(form)
	if err != nil {
		return client.Grant{}, err
	}
	one, err := n.Authenticate(ctx, authorization, params)
	if err != nil {
		return client.Grant{}, err
	}
	return n.Grant(ctx, one, params.Get("scope"))
}

// An application is found while it is enabled and has a redirect URI.
func TestApp(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db, testkit.NewClock())
		app, _, err := n.Create(ctx, client.Draft{Name: "app", Public: true, Redirects: []string{"https://app.example/cb"}})
		if err != nil {
			t.Fatal(err)
		}
		machine, _ := n.create(t, "billing", client.UsersRead)
		finds := func(what, id string, want bool) {
			t.Helper()
			if one, found, err := n.App(ctx, id); err != nil || found != want || found && one.ID != id {
				t.Errorf("%s: %+v, %t, %v", what, one, found, err)
			}
		}
		finds("an application", app.ID, true)
		finds("a machine", machine.ID, false)
		finds("nobody", "x", false)
		finds("no id", "", false)
		n.pass(time.Second)
		if err := n.Disable(ctx, "app"); err != nil {
			t.Fatal(err)
		}
		finds("one that is disabled", app.ID, false)
	})
}
