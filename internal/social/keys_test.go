package social_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"user-api/internal/social"
	"user-api/internal/social/socialtest"
)

const (
	discoveryPath = "/.well-known/openid-configuration"
	keysPath      = "/jwks"
)

// The documents are fetched once an hour, however many sign-ins run concurrently.
func TestKeys_cached(t *testing.T) {
	r := newRig(t, nil)
	token := r.IDToken("ann", claims{"exp": r.clock.Now().Add(3 * time.Hour).Unix()})
	many := func() {
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				if _, err := r.Verify(t.Context(), token, ""); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
	}
	many()
	r.clock.advance(59 * time.Minute)
	many()
	if d, k := r.Asked(discoveryPath), r.Asked(keysPath); d != 1 || k != 1 {
		t.Errorf("discovery was fetched %d times and keys %d times, want once each", d, k)
	}
	r.clock.advance(2 * time.Minute)
	many()
	if d, k := r.Asked(discoveryPath), r.Asked(keysPath); d != 2 || k != 2 {
		t.Errorf("after an hour %d and %d, want twice each", d, k)
	}
}

// A new key is found with its first token. Unknown keys cause at most one fetch per minute.
func TestKeys_rotation(t *testing.T) {
	r := newRig(t, nil)
	old := r.Key()
	verify := func(token string) error {
		_, err := r.Verify(t.Context(), token, "")
		return err
	}
	if err := verify(r.IDToken("ann", nil)); err != nil {
		t.Fatal(err)
	}
	r.clock.advance(time.Minute)
	r.Publish(old, socialtest.NewKey(t, "ES256", "key-2"))
	if err := verify(r.IDToken("ann", nil)); err != nil {
		t.Errorf("a new key: %v", err)
	}
	r.clock.advance(time.Minute)
	before := r.Asked(keysPath)
	for range 50 {
		if err := verify(socialtest.NewKey(t, "ES256", "nobody's").Sign(t, nil, r.Claims("ann", nil))); !errors.Is(err, social.ErrRefused) {
			t.Fatalf("an unknown key: %v", err)
		}
	}
	if n := r.Asked(keysPath) - before; n != 1 {
		t.Errorf("50 unknown keys in a minute caused %d fetches, want 1", n)
	}
	r.Publish(r.Key()) // without the first key
	r.clock.advance(61 * time.Minute)
	if err := verify(old.Sign(t, nil, r.Claims("ann", nil))); !errors.Is(err, social.ErrRefused) {
		t.Errorf("a withdrawn key after an hour: %v", err)
	}
}

// Keys are used for a day while the provider is unavailable. A token with an unknown key then fails
// with ErrUnavailable.
func TestKeys_providerDown(t *testing.T) {
	r := newRig(t, nil)
	if _, err := r.Verify(t.Context(), r.IDToken("ann", nil), ""); err != nil {
		t.Fatal(err)
	}
	r.Instead("", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	r.clock.advance(23 * time.Hour)
	if _, err := r.Verify(t.Context(), r.IDToken("ann", nil), ""); err != nil {
		t.Errorf("with cached keys: %v", err)
	}
	if _, err := r.Verify(t.Context(), socialtest.NewKey(t, "ES256", "new").Sign(t, nil, r.Claims("ann", nil)), ""); !errors.Is(err, social.ErrUnavailable) {
		t.Errorf("an unknown key: %v, want ErrUnavailable", err)
	}
	r.clock.advance(2 * time.Hour)
	if _, err := r.Verify(t.Context(), r.IDToken("ann", nil), ""); !errors.Is(err, social.ErrUnavailable) {
		t.Errorf("with keys that are too old: %v, want ErrUnavailable", err)
	}
	r.Instead("", nil)
	r.clock.advance(5 * time.Second)
	if _, err := r.Verify(t.Context(), r.IDToken("ann", nil), ""); err != nil {
		t.Errorf("five seconds after recovery: %v", err)
	}
}

// Keys for other purposes or algorithms are skipped.
func TestKeys_skipped(t *testing.T) {
	for name, extra := range map[string]claims{
		"for encryption": {"use": "enc"}, "another algorithm": {"alg": "RS512"}, "a small exponent": {"e": "AQ"}, "a short modulus": {"n": "AQAB"},
		"a modulus with padding": {"n": "AQAB="}, "an unsupported curve": {"kty": "EC", "crv": "P-384"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			token := r.IDToken("ann", nil)
			spoiled := r.Key()
			spoiled.Extra = extra
			r.Publish(socialtest.NewKey(t, "EdDSA", "other"), spoiled)
			if _, err := r.Verify(t.Context(), token, ""); !errors.Is(err, social.ErrRefused) {
				t.Errorf("%v, want ErrRefused", err)
			}
		})
	}
}

// Each tenant has its own issuer and may have its own keys. The same subject is another user in
// another tenant.
func TestTenants(t *testing.T) {
	const (
		issuer = "https://login.microsoftonline.com/common/v2.0"
		ours   = "11111111-2222-3333-4444-555555555555"
		theirs = "99999999-2222-3333-4444-555555555555"
	)
	for in, want := range map[string]bool{
		issuer: true, "https://login.microsoftonline.com/organizations/v2.0": true, "https://login.microsoftonline.com/" + ours + "/v2.0": false,
		"https://evil.example/common/v2.0": false, "https://login.microsoftonline.com.evil.example/common": false,
	} {
		if got := social.ManyTenants(in); got != want {
			t.Errorf("%s: %t", in, got)
		}
	}
	r := newTenants(t, issuer)
	name := func(tenant string) string { return "https://login.microsoftonline.com/" + tenant + "/v2.0" }
	token := func(iss, tid string) string { return r.IDToken("ann", claims{"iss": iss, "tid": tid}) }
	for about, row := range map[string]struct{ token, subject string }{
		"a tenant":                {token(name(ours), ours), ours + ":ann"},
		"another tenant":          {token(name(theirs), theirs), theirs + ":ann"},
		"another tenant's issuer": {token(name(ours), theirs), ""},
		"the placeholder":         {token(name("{tenantid}"), "{tenantid}"), ""},
		"no tenant":               {r.IDToken("ann", claims{"iss": name(ours)}), ""},
		"a path as tenant":        {token(name("../x"), "../x"), ""},
		"another host as issuer":  {token("https://evil.example/"+ours+"/v2.0", ours), ""},
	} {
		who, err := r.Verify(t.Context(), row.token, "")
		if who.Subject != row.subject || (row.subject == "") != errors.Is(err, social.ErrRefused) {
			t.Errorf("%s: %q, %v", about, who.Subject, err)
		}
	}
	own := socialtest.NewKey(t, "ES256", "own")
	own.Extra = claims{"issuer": name(ours)}
	r.Publish(r.Key(), own)
	r.clock.advance(2 * time.Hour)
	if _, err := r.Verify(t.Context(), token(name(ours), ours), ""); err != nil {
		t.Errorf("a key of the tenant: %v", err)
	}
	if _, err := r.Verify(t.Context(), token(name(theirs), theirs), ""); !errors.Is(err, social.ErrRefused) {
		t.Errorf("another tenant's key: %v", err)
	}
}
