package server

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/zeromicro/go-zero/rest"
)

// A route that changes something and has no explicit rule requires recent authentication.
func TestGate_fresh(t *testing.T) {
	through := func(next http.HandlerFunc) http.HandlerFunc { return next }
	for _, row := range []struct {
		method, path string
		fresh        bool
	}{
		{http.MethodPost, "/user/new", true},
		{http.MethodDelete, "/admin/new", true},
		{http.MethodGet, "/user/new", false},
		{http.MethodPatch, "/user/info", false}, // explicit rule
		{http.MethodPost, "/user/login", false}, // open
	} {
		asked, served := false, false
		g := gate{session: through, admin: through, fresh: func(next http.HandlerFunc) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) { asked = true; next(w, r) }
		}}
		handler := g.wrap(rest.Route{Method: row.method, Path: row.path, Handler: func(http.ResponseWriter, *http.Request) { served = true }})
		handler(httptest.NewRecorder(), httptest.NewRequest(row.method, row.path, nil))
		if asked != row.fresh || !served {
			t.Errorf("%s %s: a fresh proof is asked for: %t, want %t; served: %t", row.method, row.path, asked, row.fresh, served)
		}
	}
}
