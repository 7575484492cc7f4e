package authz_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

// Behind Conceal a framework has no token to log, and the middlewares have it.
func TestConceal(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	seen := ""
	framework := func(next http.HandlerFunc) http.Handler {
		return authz.Conceal(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen += fmt.Sprintf("%v %+v\n", r.Header, r.Context())
			next(w, r)
			seen += fmt.Sprintf("%v %+v\n", r.Header, r)
		}))
	}
	inside := func(w http.ResponseWriter, r *http.Request) {
		if _, user := authz.FromContext(r.Context()); user {
			w.WriteHeader(http.StatusAccepted)
		}
	}
	good, machine := issuer.Token(authztest.User{ID: 7}), issuer.MachineToken("billing", "a")
	for name, c := range map[string]struct {
		middleware func(http.HandlerFunc) http.HandlerFunc
		headers    []string
		want       int
	}{
		"a user":              {auth.Middleware, []string{"Bearer " + good}, 202},
		"nobody":              {auth.Middleware, nil, 401},
		"a bad token":         {auth.Middleware, []string{"Bearer x.y." + good}, 401},
		"two headers":         {auth.Middleware, []string{"Bearer " + good, "Bearer " + good}, 401},
		"a machine":           {auth.RequireScope("a"), []string{"Bearer " + machine}, 200},
		"optional":            {auth.Optional, []string{"Bearer " + good}, 202},
		"optional, a bad one": {auth.Optional, []string{"Bearer " + good + "x"}, 401},
		"optional, nobody":    {auth.Optional, nil, 200},
		"two in a row":        {func(next http.HandlerFunc) http.HandlerFunc { return auth.Middleware(auth.Optional(next)) }, []string{"Bearer " + good}, 202},
	} {
		if w := do(framework(c.middleware(inside)).ServeHTTP, c.headers...); w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
	// A header that is set behind Conceal is one more.
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+good)
	w := httptest.NewRecorder()
	authz.Conceal(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth.Middleware(inside)(w, header(r, "Authorization", "Bearer "+good))
	})).ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("one concealed and one not: %d", w.Code)
	}
	for _, raw := range []string{good, machine} {
		if strings.Contains(seen, raw) || strings.Contains(seen, strings.Split(raw, ".")[2]) {
			t.Error("the framework has seen a token")
		}
	}
}
