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
			"another grant":               {header: []string{basic(one.ID, secret)}, form: "grant_type=password", code: apperr.InvalidRequest, oauth: "unsupported_grant_type"},
			"no grant":                    {header: []string{basic(one.ID, secret)}, code: apperr.InvalidRequest},
			"a grant twice":               {header: []string{basic(one.ID, secret)}, form: asks + "&" + asks, code: apperr.InvalidRequest},
			"two proofs":                  {header: []string{basic(one.ID, secret)}, form: asks + inBody, code: apperr.InvalidRequest},
			"two headers":                 {header: []string{basic(one.ID, secret), basic(one.ID, secret)}, form: asks, code: apperr.InvalidRequest},
			"another client in the body":  {header: []string{basic(one.ID, secret)}, form: asks + "&client_id=" + other.ID, code: apperr.InvalidRequest},
			"a malformed form":            {header: []string{basic(one.ID, secret)}, form: asks + "&a=%zz", code: apperr.InvalidRequest},
			"no proof":                    {form: asks, code: apperr.Unauthorized},
			"a wrong secret":              {header: []string{basic(one.ID, otherSecret)}, form: asks, code: apperr.Unauthorized},
			"a wrong secret in the body":  {form: asks + "&client_id=" + one.ID + "&client_secret=x", code: apperr.Unauthorized},
			"a bearer token":              {header: []string{"Bearer " + secret}, form: asks, code: apperr.Unauthorized},
		} {
			grant, err := n.Grant(ctx, c.header, c.form)
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
		// That of another audience is not for this service.
		grant, err := n.Grant(ctx, []string{basic(other.ID, otherSecret)}, asks)
		if err != nil {
			t.Fatal(err)
		}
		if _, known, err := n.ByToken(ctx, grant.AccessToken); known || err != nil {
			t.Errorf("a token for another service: %t, %v", known, err)
		}
		grant, err = n.Grant(ctx, []string{basic(one.ID, secret)}, asks)
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
