package authz_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

// goZero has the method Use of go-zero's rest.Server, which takes a rest.Middleware: this type.
type goZero struct{ handler http.HandlerFunc }

func (s *goZero) Use(middleware func(http.HandlerFunc) http.HandlerFunc) {
	s.handler = middleware(s.handler)
}

func TestExample_goZero(t *testing.T) {
	server := &goZero{handler: func(http.ResponseWriter, *http.Request) { t.Error("let in") }}
	issuer, id, secret := authztest.New(t).URL(), "authztest", "secret-of-authztest"

	auth, err := authz.New(issuer, authz.Client(id, secret)) // issuer is what Auth.Issuer says
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()
	server.Use(auth.Middleware)

	w := httptest.NewRecorder()
	server.handler(w, httptest.NewRequest(http.MethodGet, "/orders", nil))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("an anonymous request got %d", w.Code)
	}
}

// An example of a service's test: its routes, and who may use them.
func TestExample_netHTTP(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	said := ""
	say := func(who string) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) {
			ctx := r.Context()
			caller, _ := authz.FromContext(ctx)
			said = fmt.Sprintln(who, caller.UserID)
		}
	}
	orders, remove, pay, products, machines := say("orders"), say("remove"), say("pay"), say("products"), say("machines")

	mux := http.NewServeMux()
	mux.Handle("GET /orders", auth.Handler(orders))
	mux.Handle("DELETE /orders/{id}", auth.RequireRole("admin")(remove))
	mux.Handle("POST /payments", auth.RequireFresh(10*time.Minute)(pay))
	mux.Handle("GET /products", auth.Optional(products))
	mux.Handle("POST /imports", auth.RequireScope("orders:write")(machines))
	mux.Handle("/.well-known/oauth-protected-resource", auth.ResourceMetadata())

	user, admin := issuer.Token(authztest.User{ID: 7, Ago: time.Hour}), issuer.Token(authztest.User{ID: 1, Role: "admin"})
	machine := issuer.MachineToken("billing", "orders:write")
	for _, c := range []struct {
		method, path, raw string
		status            int
		said              string
	}{
		{"GET", "/orders", "", 401, ""}, {"GET", "/orders", user, 200, "orders 7\n"}, {"GET", "/orders", machine, 401, ""},
		{"DELETE", "/orders/1", user, 403, ""}, {"DELETE", "/orders/1", admin, 200, "remove 1\n"},
		{"POST", "/payments", user, 401, ""}, {"POST", "/payments", admin, 200, "pay 1\n"},
		{"GET", "/products", "", 200, "products 0\n"}, {"GET", "/products", user, 200, "products 7\n"},
		{"POST", "/imports", user, 403, ""}, {"POST", "/imports", machine, 200, "machines 0\n"},
	} {
		said = ""
		request := httptest.NewRequest(c.method, c.path, nil)
		if c.raw != "" {
			request.Header.Set("Authorization", "Bearer "+c.raw)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, request)
		if w.Code != c.status || said != c.said {
			t.Errorf("%s %s: %d, said %q, want %d, %q", c.method, c.path, w.Code, said, c.status, c.said)
		}
	}
}

func TestExample_authztest(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "/orders", nil)

	issuer := authztest.New(t)
	auth := issuer.Auth()
	alice := issuer.SignIn(authztest.User{ID: 7, Role: "admin"})
	request.Header.Set("Authorization", "Bearer "+alice.Token)
	issuer.End(alice)

	w := httptest.NewRecorder()
	auth.Handler(http.NotFoundHandler()).ServeHTTP(w, request)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("a session that has ended: %d", w.Code)
	}
}

func ExampleFromContext() {
	logic := func(ctx context.Context) {
		caller, _ := authz.FromContext(ctx)
		fmt.Println(caller.UserID, caller.Role)
	}
	logic(context.Background()) // no user
	// Output: 0
}
