package authz_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

// Frameworks log the headers of failed requests; go-zero does for every response from 500 up.
// The token is in none of them, neither inside the handler nor afterwards.
func TestMiddleware_takesToken(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	session := issuer.SignIn(authztest.User{})
	for name, middleware := range map[string]func(http.HandlerFunc) http.HandlerFunc{
		"Middleware": auth.Middleware, "Optional": auth.Optional, "RequireRole": auth.RequireRole("user"),
		"twice":       func(next http.HandlerFunc) http.HandlerFunc { return auth.Middleware(auth.RequireRole("user")(next)) },
		"two of them": func(next http.HandlerFunc) http.HandlerFunc { return auth.Middleware(issuer.Auth().Middleware(next)) },
		"a machine's": auth.RequireScope("a"),
	} {
		inside := false
		handler := middleware(func(w http.ResponseWriter, r *http.Request) {
			inside = true
			if r.Header.Get("Authorization") != "" {
				t.Errorf("%s: the token is in the header inside the handler", name)
			}
			w.WriteHeader(http.StatusInternalServerError)
		})
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+session.Token)
		w := httptest.NewRecorder()
		handler(w, r)
		if want := name != "a machine's"; inside != want {
			t.Errorf("%s: answered %d, admitted %t", name, w.Code, inside)
		}
		if r.Header.Get("Authorization") != "" {
			t.Errorf("%s: the token is in the header afterwards", name)
		}
	}
}

// Behind HideToken nothing sees the token except the middlewares that need it.
func TestHideToken(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	token := issuer.Token(authztest.User{ID: 7})
	for name, middleware := range map[string]func(http.HandlerFunc) http.HandlerFunc{
		"Middleware": auth.Middleware, "Optional": auth.Optional, "RequireRole": auth.RequireRole("user"),
	} {
		for header, want := range map[string]int64{"Bearer " + token: 7, "Bearer nonsense": 0, "": 0} {
			userID := int64(0)
			protected := middleware(func(_ http.ResponseWriter, r *http.Request) {
				caller, _ := authz.FromContext(r.Context())
				userID = caller.UserID
			})
			handler := authz.HideToken(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if len(r.Header["Authorization"]) > 0 {
					t.Errorf("%s: the token is in the header", name)
				}
				protected(w, r)
			}))
			r := httptest.NewRequest("GET", "/", nil)
			if header != "" {
				r.Header.Set("Authorization", header)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if let := w.Code == 200; userID != want || let != (want > 0 || header == "" && name == "Optional") {
				t.Errorf("%s: answered %d, the user %d, want %d", name, w.Code, userID, want)
			}
		}
	}
}
