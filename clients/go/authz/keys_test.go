package authz_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

const metadataPath = "/.well-known/oauth-authorization-server"

// local returns an Auth that uses only the issuer's keys.
func local(t *testing.T, issuer *authztest.Issuer, tr *transport) *authz.Auth {
	t.Helper()
	auth, err := authz.New(issuer.URL(), authz.WhenLate(authz.AllowUntilExpiry), authz.Now(issuer.Now), tr.option())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	return auth
}

// New makes no call. The first tokens share one.
func TestKeys_lazy(t *testing.T) {
	issuer := authztest.New(t)
	tr := newTransport()
	auth := local(t, issuer, tr)
	if n := tr.asked(metadataPath) + tr.asked(jwksPath); n != 0 {
		t.Errorf("New made %d calls", n)
	}
	var wait sync.WaitGroup
	for i := range 50 {
		raw := issuer.Token(authztest.User{ID: int64(i + 1)})
		wait.Go(func() { wantVerify(t, "one of the first", auth, raw, nil) })
	}
	wait.Wait()
	if a, b := tr.asked(metadataPath), tr.asked(jwksPath); a != 1 || b != 1 {
		t.Errorf("metadata %d times, keys %d times", a, b)
	}
}

// Tokens with unknown key ids cost the issuer nothing and do not delay the discovery of a new
// key.
func TestKeys_flood(t *testing.T) {
	issuer := authztest.New(t)
	tr := newTransport()
	auth := local(t, issuer, tr)
	f := newForger(t, issuer, issuer.Token(authztest.User{ID: 42}))
	forge := func(n int) string {
		kid := part(strings.Repeat(fmt.Sprintf("%08d", n), 4))
		return part(f.head("kid", kid)) + "." + f.parts[1] + "." + f.parts[2]
	}
	wantVerify(t, "the first", auth, f.real, nil)
	issuer.Advance(5 * time.Second)
	var wait sync.WaitGroup
	for i := range 300 {
		wait.Go(func() { wantVerify(t, "forged", auth, forge(i), authz.ErrUnauthorized) })
	}
	wait.Wait()
	if n := tr.asked(jwksPath); n != 2 {
		t.Errorf("300 forged tokens caused %d fetches of the keys", n-1)
	}
	wantVerify(t, "a known key in the meantime", auth, f.real, nil)
	issuer.RotateKey(authztest.ES256)
	raw := issuer.Token(authztest.User{})
	wantVerify(t, "a new key within 5 s of a fetch", auth, raw, authz.ErrUnauthorized)
	issuer.Advance(5 * time.Second)
	wantVerify(t, "and after them", auth, raw, nil)
	if n := tr.asked(jwksPath); n != 3 {
		t.Errorf("the keys were fetched %d times, want 3", n)
	}
	wantVerify(t, "an id that no key can have", auth, part(f.head("kid", "../x"))+"."+f.parts[1]+"."+f.parts[2], authz.ErrUnauthorized)
	if n := tr.asked(metadataPath); n != 1 {
		t.Errorf("the metadata was fetched %d times", n)
	}
}

// A key that the feed has revoked is rejected immediately, whatever an old copy of the key set
// says and whenever it is fetched.
func TestKeys_revoked(t *testing.T) {
	issuer := authztest.New(t)
	tr := newTransport()
	auth := issuer.Auth(tr.option())
	s := issuer.SignIn(authztest.User{ID: 7})
	unseen := issuer.Refresh(s)
	wantVerify(t, "before", auth, s.Token, nil)
	resp, err := http.Get(issuer.URL() + jwksPath)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	copied, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	tr.set(jwksPath, func(*http.Request) (*http.Response, error) { return respond(200, string(copied)), nil })
	issuer.RevokeKey(issuer.KeyID())
	for range 3 {
		wantVerify(t, "a token seen before", auth, s.Token, authz.ErrUnauthorized)
		wantVerify(t, "one not seen before", auth, unseen, authz.ErrUnauthorized)
		issuer.Advance(time.Minute)
	}
	issuer.Down()
	issuer.Up()
	wantVerify(t, "after the feed was down", auth, s.Token, authz.ErrUnauthorized)
	tr.set(jwksPath, nil)
	issuer.RotateKey(authztest.ES256)
	wantVerify(t, "the new key", auth, issuer.Token(authztest.User{}), nil)
}

// Without the feed, a key is gone once a set without it has been fetched, as Cache-Control says.
func TestKeys_gone(t *testing.T) {
	issuer := authztest.New(t)
	tr := newTransport()
	auth := local(t, issuer, tr)
	s := issuer.SignIn(authztest.User{})
	wantVerify(t, "before", auth, s.Token, nil)
	issuer.RevokeKey(issuer.KeyID())
	issuer.Advance(301 * time.Second) // max-age=300
	wantVerify(t, "while the keys are fetched in the background", auth, s.Token, nil)
	waitFor(t, "a token of a removed key is rejected", func() bool {
		_, err := auth.Verify(t.Context(), s.Token)
		return errors.Is(err, authz.ErrUnauthorized)
	})
}

// waitFor polls for a condition that comes true in the background.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); {
		if time.Now().After(deadline) {
			t.Fatal("not within 20 s: " + what)
		}
		time.Sleep(time.Millisecond)
	}
}

// While the issuer is down, keys are kept for as long as older tokens may live.
func TestKeys_down(t *testing.T) {
	issuer := authztest.New(t)
	tr := newTransport()
	auth := local(t, issuer, tr)
	tr.set(metadataPath, broken)
	raw := issuer.Token(authztest.User{})
	wantVerify(t, "no keys yet", auth, raw, authz.ErrUnavailable)
	asked := tr.asked(metadataPath)
	for range 20 {
		wantVerify(t, "a moment later", auth, raw, authz.ErrUnavailable)
	}
	if n := tr.asked(metadataPath); n != asked {
		t.Errorf("the issuer got %d more requests within a second", n-asked)
	}
	tr.set(metadataPath, nil)
	issuer.Advance(time.Second)
	wantVerify(t, "up", auth, raw, nil)

	s := issuer.SignIn(authztest.User{})
	tr.set(jwksPath, broken)
	tr.set(metadataPath, broken)
	for range 5 {
		issuer.Advance(11 * time.Minute)
		wantVerify(t, "down for less than an hour", auth, issuer.Refresh(s), nil)
	}
	issuer.Advance(6 * time.Minute)
	wantVerify(t, "down for more than an hour", auth, issuer.Refresh(s), authz.ErrUnavailable)
	tr.set(jwksPath, nil)
	tr.set(metadataPath, nil)
	issuer.Advance(time.Second)
	waitFor(t, "the keys are fetched again", func() bool {
		_, err := auth.Verify(t.Context(), issuer.Refresh(s))
		return err == nil
	})
}

// Metadata and key sets that belong to another issuer, redirect or are malformed are rejected.
func TestKeys_documents(t *testing.T) {
	for name, c := range map[string]struct {
		path   string
		status int
		body   string
		header []string
	}{
		"another issuer":       {metadataPath, 200, `{"issuer":"https://evil.example","jwks_uri":"https://evil.example/jwks"}`, nil},
		"the issuer with /":    {metadataPath, 200, `{"issuer":"ISSUER/","jwks_uri":"ISSUER/.well-known/jwks.json"}`, nil},
		"no issuer":            {metadataPath, 200, `{"jwks_uri":"ISSUER/.well-known/jwks.json"}`, nil},
		"keys in clear":        {metadataPath, 200, `{"issuer":"ISSUER","jwks_uri":"http://evil.example/jwks"}`, nil},
		"keys in a file":       {metadataPath, 200, `{"issuer":"ISSUER","jwks_uri":"file:///etc/passwd"}`, nil},
		"no metadata":          {metadataPath, 404, `{"code":"not_found"}`, nil},
		"a page":               {metadataPath, 200, `<html>`, nil},
		"metadata elsewhere":   {metadataPath, 302, ``, []string{"Location", "ISSUER" + metadataPath + "?elsewhere"}},
		"keys elsewhere":       {jwksPath, 302, ``, []string{"Location", "ISSUER" + jwksPath + "?elsewhere"}},
		"no keys":              {jwksPath, 200, `{}`, nil},
		"keys null":            {jwksPath, 200, `{"keys":null}`, nil},
		"keys a list":          {jwksPath, 200, `[]`, nil},
		"keys too long":        {jwksPath, 200, `{"keys":[]}` + strings.Repeat(" ", 1<<20), nil},
		"an error with a body": {jwksPath, 500, `{"keys":[]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issuer := authztest.New(t)
			tr := newTransport()
			fill := strings.NewReplacer("ISSUER", issuer.URL()).Replace
			tr.set(c.path, func(r *http.Request) (*http.Response, error) {
				if r.URL.RawQuery == "elsewhere" {
					return nil, nil // the issuer answers
				}
				headers := make([]string, len(c.header))
				for i, h := range c.header {
					headers[i] = fill(h)
				}
				return respond(c.status, fill(c.body), headers...), nil
			})
			auth := local(t, issuer, tr)
			wantVerify(t, name, auth, issuer.Token(authztest.User{}), authz.ErrUnavailable)
			if err := auth.Ready(t.Context()); !errors.Is(err, authz.ErrUnavailable) {
				t.Errorf("Ready: %v", err)
			}
		})
	}
}

// Only keys of the two algorithms whose id is their thumbprint are used. Other keys in the set
// do no harm.
func TestKeys_others(t *testing.T) {
	issuer := authztest.New(t)
	f := newForger(t, issuer, issuer.Token(authztest.User{ID: 42}))
	good := string(f.asJWK)
	alter := func(pairs ...any) string {
		m := map[string]any{}
		for name, value := range f.public {
			m[name] = value
		}
		return jsonOf(change(m, pairs))
	}
	with := func(keys ...string) *transport {
		tr := newTransport()
		tr.set(jwksPath, func(*http.Request) (*http.Response, error) {
			return respond(200, `{"keys":[`+strings.Join(keys, ",")+`]}`), nil
		})
		return tr
	}
	bad := map[string]string{
		"for encryption": alter("use", "enc"), "another algorithm": alter("alg", "ES384"), "HS256": alter("alg", "HS256"), "not to verify": alter("key_ops", []any{"sign"}), "a private key": alter("d", f.public["x"]),
		"another id": alter("kid", strings.Repeat("A", 43)), "no id": alter("kid", gone), "no point": alter("y", f.public["x"]), "a short x": alter("x", f.public["x"][:42]), "x with padding": alter("x", f.public["x"]+"="),
		"another curve": alter("crv", "P-384"), "a point in infinity": alter("x", strings.Repeat("A", 43), "y", strings.Repeat("A", 43)), "Ed25519 of the same x": alter("kty", "OKP", "crv", "Ed25519", "alg", "EdDSA"), "a secret": `{"kty":"oct","k":"AAAA","alg":"HS256","kid":"` + f.kid + `"}`,
		"RSA": `{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"` + f.kid + `"}`, "null": "null", "text": `"x"`, "a number": "1", "{}": "{}",
	}
	for name, key := range bad {
		wantVerify(t, name+" alone", local(t, issuer, with(key)), f.real, authz.ErrUnauthorized)
		wantVerify(t, name+" in addition to the key", local(t, issuer, with(key, good, key)), f.real, nil)
	}
	wantVerify(t, "no use, no alg", local(t, issuer, with(alter("use", gone, "alg", gone))), f.real, nil)
	wantVerify(t, "key_ops", local(t, issuer, with(alter("key_ops", []any{"verify"}))), f.real, nil)
	none := local(t, issuer, with())
	wantVerify(t, "none at all", none, f.real, authz.ErrUnauthorized)
	if err := none.Ready(t.Context()); !errors.Is(err, authz.ErrUnavailable) {
		t.Errorf("Ready without a key: %v", err)
	}
}
