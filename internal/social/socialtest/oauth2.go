package socialtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

type (
	// OAuth2 is Naver or GitHub: OAuth 2 without id_tokens. Their token endpoints answer errors
	// with status 200, too.
	OAuth2 struct {
		Server
		ClientID, ClientSecret string

		// bearers maps access tokens to users.
		bearers map[string]string
	}

	// GitHubUser is a user: the id is a number, and the addresses have their own endpoint.
	GitHubUser struct {
		ID     int
		Login  string
		Emails []Claims
	}
)

// NewNaver starts a Naver with user profiles by id.
func NewNaver(t testing.TB, people map[string]Claims) *OAuth2 {
	o := &OAuth2{ClientID: "naver-client", ClientSecret: random(), bearers: map[string]string{}}
	o.serve(t, map[string]http.HandlerFunc{
		"GET /oauth2.0/authorize": o.page("client_id"),
		"POST /oauth2.0/token":    o.token,
		"GET /v1/nid/me": o.about(func(person string) any {
			return Claims{"resultcode": "00", "message": "success", "response": changed(people[person], Claims{"id": person})}
		}),
	})
	return o
}

// NewGitHub starts a GitHub with users by name.
func NewGitHub(t testing.TB, people map[string]GitHubUser) *OAuth2 {
	o := &OAuth2{ClientID: "Ov23liExample", ClientSecret: random(), bearers: map[string]string{}}
	o.serve(t, map[string]http.HandlerFunc{
		"GET /login/oauth/authorize":     o.page("client_id"),
		"POST /login/oauth/access_token": o.token,
		"GET /user": o.about(func(person string) any {
			return Claims{"login": people[person].Login, "id": people[person].ID, "name": nil, "email": "shown@example.com", "type": "User"}
		}),
		"GET /user/emails": o.about(func(person string) any { return append([]Claims{}, people[person].Emails...) }),
	})
	return o
}

func (o *OAuth2) token(w http.ResponseWriter, r *http.Request) {
	id, secret := r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	if id != o.ClientID || secret != o.ClientSecret {
		answer(w, http.StatusOK, Claims{"error": "incorrect_client_credentials", "error_description": "they are incorrect: " + secret})
		return
	}
	c, ok := o.take(r.PostFormValue("code"), id, r.PostFormValue("redirect_uri"), r.PostFormValue("code_verifier"))
	if !ok {
		answer(w, http.StatusOK, Claims{"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."})
		return
	}
	if !strings.Contains(r.Header.Get("Accept"), "json") { // then GitHub answers with a form
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
		_, _ = w.Write([]byte("access_token=none&token_type=bearer"))
		return
	}
	bearer := random()
	o.mu.Lock()
	o.bearers[bearer] = c.person
	o.mu.Unlock()
	answer(w, http.StatusOK, Claims{"access_token": bearer, "token_type": "bearer", "scope": "user:email"})
}

// about serves the holder of an access token.
func (o *OAuth2) about(of func(person string) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		o.mu.Lock()
		person, known := o.bearers[bearer]
		o.mu.Unlock()
		if !known {
			answer(w, http.StatusUnauthorized, Claims{"message": "Bad credentials"})
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(of(person))
	}
}
