package socialtest

import (
	"maps"
	"net/http"
	"testing"
	"time"
)

// LineIssuer is the issuer of all LINE tokens.
const LineIssuer = "https://access.line.me"

// Line is LINE Login 2.1: its discovery document lists only ES256, but its token endpoint issues
// HS256 tokens signed with the channel secret, without a kid.
type Line struct {
	Server
	// Channel is the channel id, Secret its secret.
	Channel, Secret string
	Now             func() time.Time
	// SDK signs the tokens of the native SDK.
	SDK *Key

	t      testing.TB
	people map[string]Claims
}

// NewLine starts a LINE with users given as claims by user id.
func NewLine(t testing.TB, now func() time.Time, people map[string]Claims) *Line {
	l := &Line{Channel: "1234567890", Secret: random(), Now: now, SDK: NewKey(t, "ES256", "a2a459aec5b65fa4ba52f4ac4af5a2c2"), t: t, people: people}
	l.Page = LineIssuer
	l.serve(t, map[string]http.HandlerFunc{
		"GET /.well-known/openid-configuration": l.discovery,
		"GET /oauth2/v2.1/certs":                l.certs,
		"GET /oauth2/v2.1/authorize":            l.page("client_id"),
		"POST /oauth2/v2.1/token":               l.token,
	})
	return l
}

// Claims returns the claims of a valid token.
func (l *Line) Claims(person, nonce string) Claims {
	now := l.Now().Unix()
	claims := Claims{"iss": LineIssuer, "aud": l.Channel, "sub": person, "iat": now, "exp": now + 3600, "amr": []string{"linesso"}}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	maps.Copy(claims, l.people[person])
	return claims
}

// Native returns a token of the native SDK, with changed claims.
func (l *Line) Native(person, nonce string, changes Claims) string {
	return l.SDK.Sign(l.t, nil, changed(l.Claims(person, nonce), changes))
}

// Web returns a token of the token endpoint, which has no key id.
func (l *Line) Web(person, nonce string, changes Claims) string {
	return HMAC(l.t, l.Secret, Claims{"typ": "JWT", "alg": "HS256"}, changed(l.Claims(person, nonce), changes))
}

func (l *Line) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, Claims{
		"issuer": LineIssuer, "authorization_endpoint": l.URL + "/oauth2/v2.1/authorize", "token_endpoint": l.URL + "/oauth2/v2.1/token",
		"jwks_uri": l.URL + "/oauth2/v2.1/certs", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
	})
}

func (l *Line) certs(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, Claims{"keys": []Claims{l.SDK.JWK()}})
}

func (l *Line) token(w http.ResponseWriter, r *http.Request) {
	id, secret := r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	if id != l.Channel || secret != l.Secret {
		answer(w, http.StatusBadRequest, Claims{"error": "invalid_client", "error_description": "invalid client_secret"})
		return
	}
	c, ok := l.take(r.PostFormValue("code"), id, r.PostFormValue("redirect_uri"), r.PostFormValue("code_verifier"))
	if !ok {
		answer(w, http.StatusBadRequest, Claims{"error": "invalid_grant", "error_description": "invalid authorization code"})
		return
	}
	answer(w, http.StatusOK, Claims{
		"access_token": random(), "expires_in": 2592000, "refresh_token": random(), "scope": "openid profile email", "token_type": "Bearer",
		"id_token": l.Web(c.person, c.nonce, nil),
	})
}
