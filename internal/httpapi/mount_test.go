package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/httpapi"
)

// The Edge goes in as user.go puts it in.
var _ rest.StartOption = (*httpapi.Edge)(nil).Install

func empty(w http.ResponseWriter, _ *http.Request) { httpapi.NoContent(w) }

// newServer is a real server of go-zero's, without routes.
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

// serve answers one request with the server's router.
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
	err := httpapi.Mount(server, func(s *rest.Server) {
		s.AddRoutes([]rest.Route{get("/healthz", empty)})
		s.AddRoutes(rest.WithMiddlewares([]rest.Middleware{mark}, get("/sessions/:id", empty), get("/info", empty)),
			rest.WithPrefix("/user"), rest.WithJwt("0123456789abcdef"))
		s.AddRoutes([]rest.Route{get("/dev/inbox", empty)})
	}, func(method, path string) bool {
		return method != http.MethodGet || !strings.HasPrefix(path, "/dev/")
	})
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
	if err := httpapi.Mount(newServer(t), func(*rest.Server) {}, nil); err == nil {
		t.Error("Mount: nil, want an error")
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
		// go-zero takes 0 for a second.
		if s.WrapUpTime <= 0 || s.WrapUpTime.Truncate(time.Millisecond) != drain || s.WaitTime >= within || s.WaitTime < drain+6*time.Second {
			t.Errorf("with a drain of %v: %+v, want it within %v", drain, s, within)
		}
	}
}
