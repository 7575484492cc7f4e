package check

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"gopkg.in/yaml.v3"
	kyaml "sigs.k8s.io/yaml"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_authz/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_mutation/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
)

// own are the headers by which an app behind a gateway knows its users.
var own = []string{"X-User-Id", "X-User-Role", "X-Session-Id"}

// service is a user-api on the stores inside it, that ends with the test.
type service struct {
	cmd  *exec.Cmd
	url  string
	host string
}

func newService(t *testing.T) *service {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	file := filepath.Join(dir, "user-api.yaml")
	write(t, file, fmt.Sprintf("Mode: dev\nPort: %d\nDataSource: sqlite:%s/user.db\nDrain: 0\nDevServer: {Enabled: false}\n", port, dir))
	s := &service{host: fmt.Sprintf("127.0.0.1:%d", port)}
	s.url = "http://" + s.host
	s.cmd = launch(t, exec.Command(binary(t), "serve", "-f", file))
	await(t, "readiness", func() error { return answers(s.url + "/readyz") })
	return s
}

func (s *service) stop(t *testing.T) {
	t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// app is behind a gateway, and remembers the headers it was given last.
type app struct {
	*httptest.Server
	mu   sync.Mutex
	last http.Header
}

func newApp(t *testing.T) *app {
	a := &app{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.last = r.Header.Clone()
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *app) host() string { return strings.TrimPrefix(a.URL, "http://") }

// take returns the headers of the last request, and forgets them.
func (a *app) take() (h http.Header) {
	a.mu.Lock()
	defer a.mu.Unlock()
	h, a.last = a.last, nil
	return h
}

// guards demands of a gateway before the app what docs/deploy.md promises.
func guards(t *testing.T, gateway string, s *service, a *app) {
	t.Helper()
	token := signIn(t, s.url, "+919876543210")
	who, _, err := ask(http.MethodGet, s.url+"/user/check", "", "Authorization", "Bearer "+token)
	if err != nil {
		t.Fatal(err)
	}
	spoofed := []string{"X-User-Id", "1", "x-user-role", "admin", "X-Session-Id", "theirs", "X_User_Id", "1", "X-User-Role ", ""}[:8]
	try := func(what, method string, want int, header ...string) {
		t.Helper()
		a.take()
		resp, text, err := ask(method, gateway+"/orders/7?x=1", "", append(header, spoofed...)...)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		given := a.take()
		if want == 0 { // refused, in whatever way
			if resp.StatusCode < 500 || given != nil {
				t.Errorf("%s: %d, and the app is asked: %t", what, resp.StatusCode, given != nil)
			}
			return
		}
		if resp.StatusCode != want || (given != nil) != (want == http.StatusOK) {
			t.Errorf("%s: %d %s, and the app is asked: %t, want %d", what, resp.StatusCode, text, given != nil, want)
		}
		for _, name := range own {
			if given != nil && (len(given.Values(name)) != 1 || given.Get(name) != who.Header.Get(name) || given.Get(name) == "") {
				t.Errorf("%s: the app is given %s %q, want %q", what, name, given.Values(name), who.Header.Get(name))
			}
		}
		if given.Get("Authorization") != "" {
			t.Errorf("%s: the app is given the token", what)
		}
	}
	bearer := []string{"Authorization", "Bearer " + token}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		try("a token, and headers of the client's own", method, http.StatusOK, bearer...)
		try("no token", method, http.StatusUnauthorized)
	}
	try("another's token", http.MethodGet, http.StatusUnauthorized, "Authorization", "Bearer "+token+"x")
	if resp, _, err := ask(http.MethodPost, s.url+"/user/logout", "", bearer...); err != nil || resp.StatusCode != http.StatusNoContent {
		t.Fatalf("sign-out: %v %v", resp, err)
	}
	try("a session that has ended", http.MethodGet, http.StatusUnauthorized, bearer...)
	fresh := []string{"Authorization", "Bearer " + signIn(t, s.url, "+919876543211")}
	who, _, err = ask(http.MethodGet, s.url+"/user/check", "", fresh...)
	if err != nil {
		t.Fatal(err)
	}
	try("another session", http.MethodGet, http.StatusOK, fresh...)
	s.stop(t)
	try("nobody to ask", http.MethodGet, 0, fresh...)
	try("nobody to ask, and no token", http.MethodGet, 0)
}

// replace puts the addresses of a test into an example; each must be there.
func replace(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the example has no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func TestNginx(t *testing.T) {
	nginx := need(t, "nginx")
	s, a := newService(t), newApp(t)
	dir, login, guarded := t.TempDir(), freePort(t), freePort(t)
	conf := replace(t, read(t, deploy+"/nginx/user-api.conf"),
		"server user-api-1:8888", "server "+s.host, "server user-api-2:8888", "server "+s.host, "server app:80", "server "+a.host(),
		"listen 8080", fmt.Sprintf("listen 127.0.0.1:%d", login), "listen 8081", fmt.Sprintf("listen 127.0.0.1:%d", guarded))
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	write(t, filepath.Join(dir, "nginx.conf"), fmt.Sprintf(`%[1]s daemon off; pid %[2]s/pid; error_log %[2]s/error.log;
events {}
http { access_log off;
client_body_temp_path %[2]s; proxy_temp_path %[2]s; fastcgi_temp_path %[2]s; uwsgi_temp_path %[2]s; scgi_temp_path %[2]s;
%[3]s }`, user, dir, conf))
	launch(t, exec.Command(nginx, "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", filepath.Join(dir, "nginx.conf")))
	await(t, "nginx", func() error { return answers(fmt.Sprintf("http://127.0.0.1:%d/readyz", login)) })
	guards(t, fmt.Sprintf("http://127.0.0.1:%d", guarded), s, a)
}

func TestCaddy(t *testing.T) {
	caddy := need(t, "caddy")
	s, a := newService(t), newApp(t)
	dir, login, guarded := t.TempDir(), freePort(t), freePort(t)
	file := filepath.Join(dir, "Caddyfile")
	// Plain HTTP on loopback, as there is no authority to ask for certificates.
	write(t, file, fmt.Sprintf("{\n\tadmin off\n\tauto_https off\n}\n")+replace(t, read(t, deploy+"/caddy/Caddyfile"),
		"user-api-1:8888 user-api-2:8888", s.host, "app:80", a.host(),
		"login.example.com {", fmt.Sprintf("http://127.0.0.1:%d {", login), "app.example.com {", fmt.Sprintf("http://127.0.0.1:%d {", guarded)))
	cmd := exec.Command(caddy, "run", "--adapter", "caddyfile", "--config", file)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	launch(t, cmd)
	await(t, "caddy", func() error { return answers(fmt.Sprintf("http://127.0.0.1:%d/readyz", login)) })
	guards(t, fmt.Sprintf("http://127.0.0.1:%d", guarded), s, a)
}

// Envoy itself is not run: its configuration is read by the types of its API, which know
// every key, and whose own rules hold.
func TestEnvoy(t *testing.T) {
	text, err := kyaml.YAMLToJSON([]byte(read(t, deploy+"/envoy/envoy.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	var conf bootstrap.Bootstrap
	if err := protojson.Unmarshal(text, &conf); err != nil {
		t.Fatal(err)
	}
	if err := conf.ValidateAll(); err != nil {
		t.Error(err)
	}
	if strings.Contains(string(text), `"failure_mode_allow":true`) {
		t.Error("a request is let through when nobody can be asked")
	}
}

// Traefik itself is not run, and its types cannot be had: a module that they need is
// published nowhere. So the file is held against the keys that are used here.
func TestTraefik(t *testing.T) {
	type headers struct {
		CustomRequestHeaders map[string]string `yaml:"customRequestHeaders"`
	}
	type balancer struct {
		LoadBalancer struct {
			Servers []struct {
				URL string `yaml:"url"`
			} `yaml:"servers"`
			HealthCheck *struct{ Path, Interval, Timeout string } `yaml:"healthCheck"`
		} `yaml:"loadBalancer"`
	}
	var conf struct {
		HTTP struct {
			Routers map[string]struct {
				Rule, Service string
				Middlewares   []string
			}
			Middlewares map[string]struct {
				Headers     *headers
				ForwardAuth *struct {
					Address             string   `yaml:"address"`
					TrustForwardHeader  bool     `yaml:"trustForwardHeader"`
					AuthRequestHeaders  []string `yaml:"authRequestHeaders"`
					AuthResponseHeaders []string `yaml:"authResponseHeaders"`
				} `yaml:"forwardAuth"`
			}
			Services map[string]balancer
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(read(t, deploy+"/traefik/dynamic.yaml")))
	decoder.KnownFields(true)
	if err := decoder.Decode(&conf); err != nil {
		t.Fatal(err)
	}
	app := conf.HTTP.Routers["app"]
	if len(app.Middlewares) != 3 || app.Middlewares[0] != "strip-user" || app.Middlewares[1] != "signed-in" {
		t.Fatalf("the app is behind %q", app.Middlewares)
	}
	for name, router := range conf.HTTP.Routers {
		if len(conf.HTTP.Services[router.Service].LoadBalancer.Servers) == 0 {
			t.Errorf("%s leads nowhere", name)
		}
		for _, m := range router.Middlewares {
			if _, ok := conf.HTTP.Middlewares[m]; !ok {
				t.Errorf("%s: there is no %s", name, m)
			}
		}
	}
	auth := conf.HTTP.Middlewares["signed-in"].ForwardAuth
	if auth == nil || !strings.HasSuffix(auth.Address, "/user/check") || auth.TrustForwardHeader {
		t.Fatalf("forward-auth is %+v", auth)
	}
	for _, name := range own {
		if value, stripped := conf.HTTP.Middlewares["strip-user"].Headers.CustomRequestHeaders[name]; !stripped || value != "" {
			t.Errorf("%s is not stripped", name)
		}
		if !strings.Contains(strings.Join(auth.AuthResponseHeaders, " "), name) {
			t.Errorf("%s is not handed on", name)
		}
	}
}
