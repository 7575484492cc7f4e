package social_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/social"
	"user-api/internal/social/socialtest"
)

const (
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	callback = "https://id.example.com/user/login/social/google/callback"
)

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func TestAuthURL(t *testing.T) {
	r := newRig(t, nil)
	r.Metadata(claims{"authorization_endpoint": r.URL + "/authorize?keep=1"})
	begin := social.Begin{State: "s", Nonce: "n", Challenge: challenge(), RedirectURI: callback}
	got, err := r.AuthURL(t.Context(), begin)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"keep": {"1"}, "response_type": {"code"}, "client_id": {socialtest.ClientID}, "redirect_uri": {callback}, "scope": {"openid email profile"},
		"state": {"s"}, "nonce": {"n"}, "code_challenge": {challenge()}, "code_challenge_method": {"S256"},
	}
	if u.Query().Encode() != want.Encode() {
		t.Errorf("%s, want %s", u.Query().Encode(), want.Encode())
	}
	begin.Fresh = true
	fresh, err := r.AuthURL(t.Context(), begin)
	if err != nil || !strings.Contains(fresh, "max_age=0") || !strings.Contains(fresh, "prompt=login") {
		t.Errorf("%s, %v", fresh, err)
	}
}

func TestExchange(t *testing.T) {
	for name, methods := range map[string]claims{
		"the secret in the form": nil, "by HTTP Basic": {"token_endpoint_auth_methods_supported": []string{"client_secret_basic"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.Metadata(methods)
			code := r.Code(claims{"sub": "ann", "nonce": "n"}, challenge(), callback)
			who, err := r.Exchange(t.Context(), code, verifier, "n", callback)
			if err != nil || who.Subject != "ann" || who.Provider != "google" {
				t.Fatalf("%+v, %v", who, err)
			}
			if form := r.Forms()[0]; (form.Get("client_secret") == "") != (name == "by HTTP Basic") {
				t.Errorf("the form is %v", form)
			}
			if _, err := r.Exchange(t.Context(), code, verifier, "n", callback); !errors.Is(err, social.ErrRefused) {
				t.Errorf("the code again: %v", err)
			}
		})
	}
}

func TestExchange_refused(t *testing.T) {
	r := newRig(t, nil)
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	good := claims{"sub": "ann", "nonce": "n", "at_hash": hash("at-ann")}
	with := func(changes claims) string {
		all := claims{}
		for _, c := range []claims{good, changes} {
			for name, value := range c {
				all[name] = value
			}
		}
		return r.Code(all, challenge(), callback)
	}
	exchange := func(code, verifier, nonce, redirect string) error {
		_, err := r.Exchange(t.Context(), code, verifier, nonce, redirect)
		return err
	}
	if err := exchange(with(nil), verifier, "n", callback); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"an unknown code":             exchange("x", verifier, "n", callback),
		"another verifier":            exchange(with(nil), verifier+"x", "n", callback),
		"another callback":            exchange(with(nil), verifier, "n", callback+"/x"),
		"another nonce":               exchange(with(claims{"nonce": "m"}), verifier, "n", callback),
		"no nonce":                    exchange(with(claims{"nonce": nil}), verifier, "n", callback),
		"no nonce asked for":          exchange(with(claims{"nonce": ""}), verifier, "", callback),
		"another token's hash":        exchange(with(claims{"at_hash": hash("x")}), verifier, "n", callback),
		"another code's hash":         exchange(with(claims{"c_hash": hash("x")}), verifier, "n", callback),
		"another client's id_token":   exchange(with(claims{"aud": "evil"}), verifier, "n", callback),
		"another issuer's id_token":   exchange(with(claims{"iss": "https://evil.example"}), verifier, "n", callback),
		"an expired id_token":         exchange(with(claims{"exp": r.clock.Now().Unix() - 60}), verifier, "n", callback),
		"an id_token from the future": exchange(with(claims{"iat": r.clock.Now().Unix() + 60}), verifier, "n", callback),
	} {
		if !errors.Is(err, social.ErrRefused) || err != nil && strings.Contains(err.Error(), "code-") {
			t.Errorf("%s: %v, want ErrRefused without the provider's text", name, err)
		}
	}
	r.Publish(socialtest.NewKey(t, "EdDSA", "key-1"))
	r.clock.advance(2 * time.Hour)
	if err := exchange(with(nil), verifier, "n", callback); !errors.Is(err, social.ErrRefused) {
		t.Errorf("half a SHA-256 with EdDSA: %v", err)
	}
}

func TestExchange_unavailable(t *testing.T) {
	r := newRig(t, nil)
	exchange := func(p social.Provider) error {
		_, err := p.Exchange(t.Context(), r.Code(claims{"sub": "ann", "nonce": "n"}, challenge(), callback), verifier, "n", callback)
		return err
	}
	wrong := provider(t, options(r.Issuer, func(o *social.Options) {
		o.Secret = func(time.Time) (string, error) { return "another", nil }
	}), r.clock)
	if err := exchange(wrong); !errors.Is(err, social.ErrUnavailable) {
		t.Errorf("with a wrong client secret: %v", err)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"a failure":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"no JSON":     func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) },
		"no id_token": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"access_token":"x"}`)) },
		"a redirect": func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, "/elsewhere", http.StatusTemporaryRedirect)
		},
		"too often": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"very much": func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 1<<20)) },
		"a cut answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			w.Write([]byte("{"))
		},
	} {
		r.Instead("/token", answer)
		if err := exchange(r.Provider); !errors.Is(err, social.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := r.Asked("/elsewhere"); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

// An answer from another provider is detected (RFC 9207).
func TestCheckIssuer(t *testing.T) {
	r := newRig(t, nil)
	evil, own := "https://evil.example", r.URL
	check := func(issuer *string) error { return r.Provider.(social.IssuerChecker).CheckIssuer(t.Context(), issuer) }
	if err := check(&own); err != nil {
		t.Error(err)
	}
	if err := check(&evil); !errors.Is(err, social.ErrRefused) {
		t.Errorf("another issuer: %v", err)
	}
	if err := check(nil); !errors.Is(err, social.ErrRefused) {
		t.Errorf("no issuer, from a provider that always sends it: %v", err)
	}
	quiet := newRig(t, nil)
	quiet.Metadata(claims{"authorization_response_iss_parameter_supported": false})
	if err := quiet.Provider.(social.IssuerChecker).CheckIssuer(t.Context(), nil); err != nil {
		t.Errorf("no issuer, from a provider that does not send it: %v", err)
	}
}

// A discovery document of another issuer or with unsafe URLs is refused.
func TestDiscovery(t *testing.T) {
	for name, members := range map[string]claims{
		"another issuer": {"issuer": "https://evil.example"}, "no keys": {"jwks_uri": nil}, "keys without TLS": {"jwks_uri": "ftp://x"},
		"a relative token endpoint": {"token_endpoint": "/token"}, "an issuer for tenants": {"issuer": "https://x/{tenantid}"},
	} {
		r := newRig(t, nil)
		r.Metadata(members)
		if _, err := r.Provider.(social.Prober).Probe(t.Context()); !errors.Is(err, social.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := newRig(t, func(o *social.Options) { o.AllowPrivate = false })
	if _, err := r.AuthURL(t.Context(), social.Begin{}); !errors.Is(err, social.ErrUnavailable) || r.Asked(discoveryPath) != 0 {
		t.Errorf("a provider on this host without TLS: %v", err)
	}
	r = newRig(t, func(o *social.Options) {
		o.AllowPrivate, o.Issuer = false, strings.Replace(o.Issuer, "http:", "https:", 1)
	})
	if _, err := r.AuthURL(t.Context(), social.Begin{}); !errors.Is(err, social.ErrUnavailable) {
		t.Errorf("a provider on this host: %v", err)
	}
}

// A provider that hangs costs a bounded time, and nothing once the circuit breaker is open.
func TestHanging(t *testing.T) {
	c := newClock()
	hangs := socialtest.New(t, c.Now)
	over := make(chan struct{})
	defer close(over)
	hangs.Instead("", func(http.ResponseWriter, *http.Request) { <-over })
	all, err := social.New([]social.Options{options(hangs, nil)}, social.Setup{Now: c.Now, Timeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := all.Find("google")
	for range 5 {
		if _, err := p.Verify(t.Context(), hangs.IDToken("ann", nil), ""); !errors.Is(err, social.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	before := hangs.Asked(discoveryPath)
	var wait sync.WaitGroup
	for range 100 {
		wait.Go(func() { _, _ = p.Verify(t.Context(), hangs.IDToken("ann", nil), "") })
	}
	wait.Wait()
	if n := hangs.Asked(discoveryPath) - before; n != 0 {
		t.Errorf("the hanging provider got %d more requests", n)
	}
}

func TestNew(t *testing.T) {
	for _, o := range []social.Options{{Name: "x", Kind: "x"}, {Name: "x", Kind: social.KindOIDC}, {Name: "x", Kind: social.KindOIDC, Issuer: "https://x"}} {
		if _, err := social.New([]social.Options{o}, social.Setup{}); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}
