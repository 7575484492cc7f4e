package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
	"user-api/examples/orders/internal/config"
	"user-api/examples/orders/internal/handler"
	"user-api/examples/orders/internal/svc"

	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/rest"
)

// serve starts this service with a test issuer and returns a function that sends requests.
func serve(t *testing.T, issuer *authztest.Issuer, options ...authz.Option) (ask func(method, path, token string) int) {
	t.Helper()
	var c config.Config
	if err := conf.FillDefault(&c.RestConf); err != nil {
		t.Fatal(err)
	}
	c.DevServer.Enabled = false // its port is fixed
	c.CpuThreshold = 0          // do not shed load because of other tests on the machine
	server := rest.MustNewServer(c.RestConf)
	handler.RegisterHandlers(server, svc.ProtectedBy(c, issuer.Auth(options...)))
	routes, err := rest.NewServerless(server)
	if err != nil {
		t.Fatal(err)
	}
	return func(method, path, token string) int {
		r := httptest.NewRequest(method, path, strings.NewReader(`{"item":"tea"}`))
		r.Header.Set("Content-Type", "application/json")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		routes.Serve(w, r)
		return w.Code
	}
}

// Paying requires a recent sign-in.
func TestPay_fresh(t *testing.T) {
	issuer := authztest.New(t)
	ask := serve(t, issuer)
	ann := issuer.SignIn(authztest.User{ID: 7})
	ask("POST", "/orders", ann.Token)
	if got := ask("POST", "/orders/1/pay", ann.Token); got != 200 {
		t.Errorf("at once: %d, want 200", got)
	}
	issuer.Advance(11 * time.Minute)
	if got := ask("POST", "/orders/1/pay", issuer.Refresh(ann)); got != 401 {
		t.Errorf("after 11 minutes: %d, want 401", got)
	}
	again := issuer.SignIn(authztest.User{ID: 7})
	if got := ask("POST", "/orders/1/pay", again.Token); got != 200 {
		t.Errorf("after another sign-in: %d, want 200", got)
	}
}

// What each caller may do, and when that ends.
func TestCallers(t *testing.T) {
	issuer := authztest.New(t)
	ask := serve(t, issuer)
	ann := issuer.SignIn(authztest.User{ID: 7})
	boss := issuer.SignIn(authztest.User{ID: 8, Role: "admin"})
	for _, x := range []struct {
		method, path, token string
		want                int
	}{
		{"GET", "/menu", "", 200},
		{"GET", "/menu", "nonsense", 401},
		{"GET", "/orders", "", 401},
		{"GET", "/orders", issuer.MachineToken("billing", "users:read"), 401},
		{"GET", "/orders", ann.Token, 200},
		{"DELETE", "/admin/orders/1", ann.Token, 403},
		{"DELETE", "/admin/orders/1", boss.Token, 404},
	} {
		if got := ask(x.method, x.path, x.token); got != x.want {
			t.Errorf("%s %s: %d, want %d", x.method, x.path, got, x.want)
		}
	}
	issuer.SetRole(8, "user")
	if got := ask("DELETE", "/admin/orders/1", boss.Token); got != 403 {
		t.Errorf("with the role removed: %d, want 403", got)
	}
	issuer.End(ann)
	if got := ask("GET", "/orders", ann.Token); got != 401 {
		t.Errorf("after a sign-out: %d, want 401", got)
	}
}

// While user-api is down, the policy decides who is admitted.
func TestDown(t *testing.T) {
	issuer := authztest.New(t)
	ann, boss := issuer.SignIn(authztest.User{ID: 7}), issuer.SignIn(authztest.User{ID: 8, Role: "admin"})
	byDefault, lenient := serve(t, issuer), serve(t, issuer, authz.WhenLate(authz.AllowUntilExpiry))
	for _, ask := range []func(string, string, string) int{byDefault, lenient} { // fetches the keys
		if got := ask("GET", "/orders", ann.Token); got != 200 {
			t.Errorf("while user-api is up: %d, want 200", got)
		}
	}
	issuer.Down()
	for _, x := range []struct {
		policy string
		ask    func(string, string, string) int
		token  string
		want   int
	}{
		{"AskService", byDefault, ann.Token, 503},
		{"FailClosed", byDefault, boss.Token, 503},
		{"AllowUntilExpiry", lenient, ann.Token, 200},
	} {
		if got := x.ask("GET", "/orders", x.token); got != x.want {
			t.Errorf("%s: %d, want %d", x.policy, got, x.want)
		}
	}
}
