// Package socialtest provides fake providers for social sign-in: servers that answer according to
// the published specifications, for users defined by the test.
package socialtest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// The client registered with an Issuer.
const (
	ClientID = "app.example.com"
	Secret   = "the-secret-of-the-app"
)

type (
	// Claims are the claims of an id_token. Nil values are omitted.
	Claims map[string]any

	// Issuer is an OpenID Connect provider. It is safe for concurrent use.
	Issuer struct {
		// URL is the issuer.
		URL string

		t       testing.TB
		now     func() time.Time
		mu      sync.Mutex
		keys    []*Key // the last one signs
		instead map[string]http.HandlerFunc
		asked   map[string]int
		forms   []url.Values
		codes   map[string]grant
		person  Claims
		extra   Claims
	}

	// grant is what a code was issued for.
	grant struct {
		claims                 Claims
		challenge, redirectURI string
	}
)

// New starts an issuer with an RSA key. It stops at the end of the test.
func New(t testing.TB, now func() time.Time) *Issuer {
	t.Helper()
	i := &Issuer{t: t, now: now, instead: map[string]http.HandlerFunc{}, asked: map[string]int{}, codes: map[string]grant{}}
	i.keys = []*Key{NewKey(t, "RS256", "key-1")}
	server := httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(func() {
		server.CloseClientConnections() // a hanging request would block Close
		server.Close()
	})
	i.URL = server.URL
	return i
}

// Claims returns the claims of an id_token for a subject, with changes.
func (i *Issuer) Claims(subject string, changes Claims) Claims {
	now := i.now().Unix()
	c := Claims{"iss": i.URL, "sub": subject, "aud": ClientID, "iat": now, "exp": now + 600}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, value any) bool { return value == nil })
	return c
}

// IDToken returns an id_token for a subject, with changed claims, signed with the current key.
func (i *Issuer) IDToken(subject string, changes Claims) string {
	return i.Key().Sign(i.t, nil, i.Claims(subject, changes))
}

// Key returns the signing key.
func (i *Issuer) Key() *Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[len(i.keys)-1]
}

// Publish replaces the issuer's keys; the last one signs.
func (i *Issuer) Publish(keys ...*Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
}

// Person sets the user signed in at the issuer, by the claims of the id_token including sub.
func (i *Issuer) Person(claims Claims) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.person = claims
}

// Metadata adds or changes members of the discovery document.
func (i *Issuer) Metadata(members Claims) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.extra = members
}

// Instead replaces the handler of a path; nil restores it. The path "" stands for all.
func (i *Issuer) Instead(path string, h http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.instead[path] = h
}

// Asked returns the number of requests to a path.
func (i *Issuer) Asked(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked[path]
}

// Forms returns the forms sent to the token endpoint.
func (i *Issuer) Forms() []url.Values {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.forms
}

// Code returns a code for a user who began with a challenge and a redirect URI.
func (i *Issuer) Code(claims Claims, challenge, redirectURI string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	code := rand.Text() // unique across issuers
	i.codes[code] = grant{claims, challenge, redirectURI}
	return code
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.asked[r.URL.Path]++
	instead := i.instead[r.URL.Path]
	if instead == nil {
		instead = i.instead[""]
	}
	i.mu.Unlock()
	switch {
	case instead != nil:
		instead(w, r)
	case r.URL.Path == "/.well-known/openid-configuration":
		i.discovery(w)
	case r.URL.Path == "/jwks":
		i.jwks(w)
	case r.URL.Path == "/authorize":
		i.authorize(w, r)
	case r.URL.Path == "/token":
		i.token(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (i *Issuer) discovery(w http.ResponseWriter) {
	i.mu.Lock()
	defer i.mu.Unlock()
	document := Claims{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/jwks",
		"authorization_response_iss_parameter_supported": true, "token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
	}
	maps.Copy(document, i.extra)
	answer(w, http.StatusOK, document)
}

func (i *Issuer) jwks(w http.ResponseWriter) {
	i.mu.Lock()
	defer i.mu.Unlock()
	keys := []Claims{}
	for _, k := range i.keys {
		keys = append(keys, k.JWK())
	}
	answer(w, http.StatusOK, Claims{"keys": keys})
}

// authorize redirects the browser immediately, as for a user who has consented before.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "not a request of ours", http.StatusBadRequest)
		return
	}
	i.mu.Lock()
	person := maps.Clone(i.person)
	i.mu.Unlock()
	values := url.Values{"state": {q.Get("state")}, "iss": {i.URL}}
	if person == nil {
		values.Set("error", "access_denied")
	} else {
		person["nonce"] = q.Get("nonce")
		values.Set("code", i.Code(person, q.Get("code_challenge"), q.Get("redirect_uri")))
	}
	back.RawQuery = values.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// token exchanges a code once.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	i.mu.Lock()
	i.forms = append(i.forms, r.PostForm)
	g, known := i.codes[r.PostForm.Get("code")]
	delete(i.codes, r.PostForm.Get("code"))
	i.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	switch {
	case id != ClientID || secret != Secret:
		answer(w, http.StatusUnauthorized, Claims{"error": "invalid_client"})
	case !known || r.PostForm.Get("redirect_uri") != g.redirectURI || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge:
		answer(w, http.StatusBadRequest, Claims{"error": "invalid_grant", "error_description": "do not repeat " + r.PostForm.Get("code")})
	default:
		subject, _ := g.claims["sub"].(string)
		answer(w, http.StatusOK, Claims{"access_token": "at-" + subject, "token_type": "Bearer", "expires_in": 60, "id_token": i.IDToken(subject, g.claims)})
	}
}

func answer(w http.ResponseWriter, status int, body Claims) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
