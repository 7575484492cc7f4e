package check

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
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

// guards demands of a gateway before the app what docs/deploy.md promises.
func guards(t *testing.T, gateway string, s *service, a *app) {
	t.Helper()
	token := signIn(t, s.url, "+919876543210")
	who, _, err := ask(http.MethodGet, s.url+"/user/check", "", "Authorization", "Bearer "+token)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what, method string, want int, header ...string) {
		t.Helper()
		a.take()
		resp, text, err := ask(method, gateway+"/orders/7?x=1", "", append(header, "X-User-Id", "1", "x-user-role", "admin", "X-Session-Id", "theirs")...)
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
		if given != nil {
			given.wantUser(t, what, who.Header)
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
	if !strings.Contains(string(text), `"headers_with_underscores_action":"DROP_HEADER"`) {
		t.Error("headers with underscores, which an app may take for those of a user, are passed on")
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
		under := strings.ReplaceAll(name, "-", "_")
		for _, spelled := range []string{name, under, strings.Replace(under, "_", "-", 1), strings.Replace(name, "-", "_", 1)} {
			if value, stripped := conf.HTTP.Middlewares["strip-user"].Headers.CustomRequestHeaders[spelled]; !stripped || value != "" {
				t.Errorf("%s is not stripped", spelled)
			}
		}
		if !strings.Contains(strings.Join(auth.AuthResponseHeaders, " "), name) {
			t.Errorf("%s is not handed on", name)
		}
	}
}
