package introspect_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/introspect"
	"user-api/internal/reqctx"
	"user-api/internal/token"
)

// fakes fakes the dependencies of an Introspector.
type fakes struct {
	role   string
	scopes []string
	holds  bool
	err    error
}

func (j fakes) Check(context.Context, token.Access) (string, error) { return j.role, j.err }

func (j fakes) Holds(context.Context, string) ([]string, bool, error) {
	return j.scopes, j.holds, j.err
}

func newCodec(t *testing.T) *token.Codec {
	t.Helper()
	codec, err := token.New(token.Options{
		AccessSecret: "access-secret-of-at-least-32-bytes", RefreshSecret: "refresh-secret-of-at-least-32-byte",
		Issuer: "i", Audience: "a", AccessLife: time.Hour, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

// unread is a codec whose keys are unavailable.
type unread struct{}

func (unread) ParseAccess(string) (token.Access, error) {
	return token.Access{}, apperr.Down(errors.New("no keys were read"))
}

// A token is reported active only if it is known to be valid, and inactive only if it is
// known not to be.
func TestIntrospect(t *testing.T) {
	codec, now := newCodec(t), time.Now()
	user, err := codec.MintAccess(token.Access{ID: "j", SessionID: "s", UserID: 7, Role: "user", IssuedAt: now, ExpiresAt: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	machine, err := codec.MintClient(token.Client{ID: "j", ClientID: "c", Scope: "b a", IssuedAt: now, ExpiresAt: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	down := apperr.Down(errors.New("the store is gone"))
	for name, c := range map[string]struct {
		raw    string
		fakes  fakes
		active bool
		code   apperr.Code
		member string
		value  string
	}{
		"a user's":                   {raw: user, fakes: fakes{role: "admin"}, active: true, member: "role", value: `"admin"`},
		"its session has ended":      {raw: user, fakes: fakes{err: apperr.New(apperr.SessionEnded)}},
		"another user's session":     {raw: user, fakes: fakes{err: apperr.New(apperr.Unauthorized)}},
		"the session is unavailable": {raw: user, fakes: fakes{err: down}, code: apperr.Unavailable},
		"the session check fails":    {raw: user, fakes: fakes{err: errors.New("x")}, code: apperr.Internal},
		"a client's":                 {raw: machine, fakes: fakes{holds: true, scopes: []string{"a"}}, active: true, member: "scope", value: `"a"`},
		"a client's without a scope": {raw: machine, fakes: fakes{holds: true}, active: true, member: "scope"},
		"a client that was removed":  {raw: machine, fakes: fakes{}},
		"the client is unavailable":  {raw: machine, fakes: fakes{err: down}, code: apperr.Unavailable},
		"no token":                   {raw: "x", fakes: fakes{}},
	} {
		i := introspect.New(introspect.Options{Tokens: codec, Sessions: c.fakes, Clients: c.fakes})
		answer, err := i.Introspect(t.Context(), url.Values{"token": {c.raw}}.Encode())
		if c.code != "" {
			if err == nil || apperr.From(err).Code != c.code || c.code == apperr.Unavailable && !apperr.Is(err, c.code) {
				t.Errorf("%s: %v, want %s", name, err, c.code)
			}
			if answer["active"] != nil && string(answer["active"]) == "true" {
				t.Errorf("%s is reported active", name)
			}
			continue
		}
		text, _ := json.Marshal(answer)
		if err != nil || !c.active && string(text) != `{"active":false}` || c.active && string(answer["active"]) != "true" {
			t.Errorf("%s: %s, %v", name, text, err)
		}
		if c.member != "" && string(answer[c.member]) != c.value {
			t.Errorf("%s: %s is %s, want %s", name, c.member, answer[c.member], c.value)
		}
	}
}

func TestIntrospect_unknownKeys(t *testing.T) {
	i := introspect.New(introspect.Options{Tokens: unread{}, Sessions: fakes{}, Clients: fakes{holds: true}})
	if answer, err := i.Introspect(t.Context(), "token=a"); !apperr.Is(err, apperr.Unavailable) || answer != nil {
		t.Errorf("%v, %v", answer, err)
	}
}

func TestIntrospect_malformed(t *testing.T) {
	i := introspect.New(introspect.Options{Tokens: newCodec(t), Sessions: fakes{}, Clients: fakes{}})
	ctx := reqctx.WithMachine(t.Context(), reqctx.Machine{ID: "gateway"})
	for form, bad := range map[string]bool{
		"": true, "token=": true, "token_type_hint=access_token": true, "token=a&token=b": true, "token=a&a&a": true, "token=%zz": true, "token=a;b": true,
		"token=a&client_id=other": true, "token=a": false, "token=a&client_id=gateway&client_secret=x": false, "token=a&token_type_hint=whatever": false,
	} {
		_, err := i.Introspect(ctx, form)
		if got := apperr.Is(err, apperr.InvalidRequest); got != bad || !bad && err != nil {
			t.Errorf("%q: %v, want rejected: %t", form, err, bad)
		}
	}
}
