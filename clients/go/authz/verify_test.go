package authz_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

func TestVerify_user(t *testing.T) {
	for _, alg := range []string{authztest.ES256, authztest.EdDSA} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			issuer := authztest.New(t)
			auth := issuer.Auth()
			issuer.RotateKey(alg)
			s := issuer.SignIn(authztest.User{ID: 7, Role: "editor", Ago: time.Minute, AMR: []string{"pwd", "mfa"}, ClientID: "app", Scopes: []string{"a", "b"}})
			for range 2 { // the second time from the cache
				p, err := auth.Verify(t.Context(), s.Token)
				if err != nil {
					t.Fatal(err)
				}
				now := issuer.Now()
				if p.UserID != 7 || p.SessionID != s.ID || p.Role != "editor" || p.ClientID != "app" || !slices.Equal(p.Scopes, []string{"a", "b"}) ||
					!slices.Equal(p.AMR, []string{"pwd", "mfa"}) || !p.AuthTime.Equal(now.Add(-time.Minute)) || !p.ExpiresAt.Equal(now.Add(authztest.Life)) {
					t.Errorf("Verify = %+v", p)
				}
				p.Scopes[0], p.AMR[0] = "changed", "changed" // by a handler; must not affect the next one
			}
		})
	}
}

// A machine is never accepted as a user, nor a user as a machine.
func TestVerify_machine(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	machine, user := issuer.MachineToken("billing", "orders:read"), issuer.Token(authztest.User{ID: 7, Role: "admin", Scopes: []string{"orders:read"}})
	if p, err := auth.Verify(t.Context(), machine); !errors.Is(err, authz.ErrUnauthorized) || p.UserID != 0 {
		t.Errorf("Verify of a machine = %+v, %v", p, err)
	}
	if m, err := auth.VerifyMachine(t.Context(), user); !errors.Is(err, authz.ErrForbidden) {
		t.Errorf("VerifyMachine of a user = %+v, %v", m, err)
	}
	m, err := auth.VerifyMachine(t.Context(), machine)
	if err != nil || m.ClientID != "billing" || !m.HasScope("orders:read") || m.HasScope("orders") {
		t.Errorf("VerifyMachine = %+v, %v", m, err)
	}

	reached := ""
	handler := func(_ http.ResponseWriter, r *http.Request) {
		_, isUser := authz.FromContext(r.Context())
		_, isMachine := authz.MachineFromContext(r.Context())
		reached = map[[2]bool]string{{true, false}: "user", {false, true}: "machine", {}: "nobody"}[[2]bool{isUser, isMachine}]
	}
	scope := auth.RequireScope("orders:read")
	for name, c := range map[string]struct {
		gate          http.HandlerFunc
		user, machine string
	}{
		"Middleware":                {auth.Middleware(handler), "user", "401"},
		"Optional":                  {auth.Optional(handler), "user", "401"},
		"RequireRole":               {auth.RequireRole("admin", "")(handler), "user", "401"},
		"RequireFresh":              {auth.RequireFresh(time.Minute)(handler), "user", "401"},
		"RequireScope":              {scope(handler), "403", "machine"},
		"RequireScope of another":   {auth.RequireScope("orders:write")(handler), "403", "403"},
		"Middleware behind a scope": {scope(auth.Middleware(handler)), "403", "401"},
		"a role behind a scope":     {scope(auth.RequireRole("admin", "")(handler)), "403", "401"},
		"a scope behind Middleware": {auth.Middleware(scope(handler)), "403", "401"},
	} {
		for raw, want := range map[string]string{user: c.user, machine: c.machine} {
			reached = ""
			w := do(c.gate, "Bearer "+raw)
			if got := reached; got != want && (got != "" || http.StatusText(w.Code) == "" || want != itoa(w.Code)) {
				t.Errorf("%s: a %s got %d and reached the handler as %q, want %s", name, kindOf(raw, user), w.Code, got, want)
			}
		}
	}
}

func kindOf(raw, user string) string {
	if raw == user {
		return "user"
	}
	return "machine"
}

// do sends a request with Authorization headers.
func do(h http.HandlerFunc, authorization ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/orders", nil)
	if len(authorization) > 0 {
		r.Header["Authorization"] = authorization
	}
	w := httptest.NewRecorder()
	h(w, r)
	return w
}
