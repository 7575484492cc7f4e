package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpx"

	"user-api/internal/httpapi"
)

// The Edge is installed as in user.go.
var _ rest.StartOption = (*httpapi.Edge)(nil).Install

func empty(w http.ResponseWriter, _ *http.Request) { httpapi.NoContent(w) }

// newServer returns a real go-zero server without routes.
func newServer(t *testing.T) *rest.Server {
	t.Helper()
	server, err := rest.NewServer(httpapi.ServerConf(httpapi.ServerOptions{
		Name: "test", Mode: "test", Timeout: 5 * time.Second, MaxConns: 10,
	}))
	if err != nil {
		t.Fatalf("NewServer: %v", err)
	}
	return server
}

// serve handles one request with the server's router.
func serve(t *testing.T, server *rest.Server, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	app, err := rest.NewServerless(server)
	if err != nil {
		t.Fatalf("NewServerless: %v", err)
	}
	w := httptest.NewRecorder()
	app.Serve(w, r)
	return w
}

func TestMountKeepsPathsPrefixesAndMiddlewares(t *testing.T) {
	server := newServer(t)
	mark := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Mark", "yes")
			next(w, r)
		}
	}
	err := httpapi.Mount(server, httpapi.Routes{Register: func(s *rest.Server) {
		s.AddRoutes([]rest.Route{get("/healthz", empty)})
		s.AddRoutes(rest.WithMiddlewares([]rest.Middleware{mark}, get("/sessions/:id", empty), get("/info", empty)),
			rest.WithPrefix("/user"), rest.WithJwt("0123456789abcdef"))
		s.AddRoutes([]rest.Route{get("/dev/inbox", empty)})
	}, Keep: func(method, path string) bool {
		return method != http.MethodGet || !strings.HasPrefix(path, "/dev/")
	}})
	if err != nil {
		t.Fatalf("Mount: %v", err)
	}
	var paths []string
	for _, route := range server.Routes() {
		paths = append(paths, route.Path)
	}
	if diff := cmp.Diff([]string{"/healthz", "/user/sessions/:id", "/user/info"}, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	w := serve(t, server, httptest.NewRequest(http.MethodGet, "/user/info", nil))
	if w.Code != 204 || w.Header().Get("X-Mark") != "yes" {
		t.Errorf("got %d %v, want 204 from behind the middleware, without go-zero's JWT check", w.Code, w.Header())
	}
}

func TestMountRefusesNoRoutes(t *testing.T) {
	if err := httpapi.Mount(newServer(t), httpapi.Routes{Register: func(*rest.Server) {}}); err == nil {
		t.Error("Mount: nil, want an error")
	}
}

// A group option that would be lost is an error that names it.
func TestMountRefusesGroupOptions(t *testing.T) {
	for option, set := range map[string]rest.RouteOption{
		"timeout":       rest.WithTimeout(time.Second),
		"maxBytes":      rest.WithMaxBytes(1 << 20),
		"signature":     rest.WithSignature(rest.SignatureConf{}),
		"priority":      rest.WithPriority(),
		"sse":           rest.WithSSE(),
		"jwtTransition": rest.WithJwtTransition("0123456789abcdef", "fedcba9876543210"),
	} {
		err := httpapi.Mount(newServer(t), httpapi.Routes{Register: func(s *rest.Server) {
			s.AddRoutes([]rest.Route{get("/healthz", empty)})
			s.AddRoutes([]rest.Route{get("/a", empty), get("/b", empty)}, rest.WithPrefix("/orders"), set)
		}})
		if err == nil || !strings.Contains(err.Error(), `"`+option+`"`) || !strings.Contains(err.Error(), "GET /orders/a") {
			t.Errorf("%s: Mount: %v, want an error that names the option and the route", option, err)
		}
	}
}

// The responses of goctl's templates for unimplemented logic are not a 200.
func TestMount_unwrittenLogic(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"null":      func(w http.ResponseWriter, r *http.Request) { httpx.OkJsonCtx(r.Context(), w, (*struct{})(nil)) },
		"empty 200": func(w http.ResponseWriter, _ *http.Request) { httpx.Ok(w) },
		"nothing":   func(http.ResponseWriter, *http.Request) {},
	} {
		server := newServer(t)
		if err := httpapi.Mount(server, httpapi.Routes{Register: func(s *rest.Server) {
			s.AddRoutes([]rest.Route{get("/orders", handler)})
		}}); err != nil {
			t.Fatal(err)
		}
		w := serve(t, server, httptest.NewRequest(http.MethodGet, "/orders", nil))
		if w.Code != 500 || !strings.Contains(w.Body.String(), `"code":"internal"`) {
			t.Errorf("%s: %d %s, want 500 internal", name, w.Code, w.Body)
		}
	}
}

func TestServerConf(t *testing.T) {
	conf := httpapi.ServerConf(httpapi.ServerOptions{
		Name: "n", Mode: "pro", Host: "h", Port: 1, CertFile: "c", KeyFile: "k",
		Timeout: 5 * time.Second, Drain: 3 * time.Second, MaxConns: 7,
	})
	want := rest.MiddlewaresConf{Prometheus: true, MaxConns: true, Timeout: true}
	if diff := cmp.Diff(want, conf.Middlewares); diff != "" {
		t.Errorf("middlewares (-want +got):\n%s", diff)
	}
	if conf.Timeout != 5000 || conf.MaxConns != 7 || conf.Host != "h" || conf.Port != 1 || conf.Mode != "pro" ||
		conf.CertFile != "c" || conf.KeyFile != "k" || conf.Name != "n" {
		t.Errorf("conf = %+v", conf)
	}
	if conf.DevServer.Enabled {
		t.Error("go-zero's own second listener is on")
	}
	for drain, within := range map[time.Duration]time.Duration{0: 10 * time.Second, 3 * time.Second: 10 * time.Second, 30 * time.Second: 37 * time.Second} {
		s := httpapi.ServerConf(httpapi.ServerOptions{Drain: drain}).Shutdown
		// go-zero replaces 0 with one second.
		if s.WrapUpTime <= 0 || s.WrapUpTime.Truncate(time.Millisecond) != drain || s.WaitTime >= within || s.WaitTime < drain+6*time.Second {
			t.Errorf("with a drain of %v: %+v, want it within %v", drain, s, within)
		}
	}
}
