package check

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// gateway is one of the two that are run: it listens at one address for HTTP/1.1 and at
// another for HTTP/2 in clear.
type gateway func(t *testing.T, check, app string) (http1, http2 string)

// nginx runs the example with other addresses.
func nginx(t *testing.T, check, app string) (http1, http2 string) {
	program := need(t, "nginx")
	dir, login, guarded, second := t.TempDir(), freePort(t), freePort(t), freePort(t)
	conf := replace(t, read(t, deploy+"/nginx/user-api.conf"),
		"server user-api-1:8888", "server "+check, "server user-api-2:8888", "server "+check, "server app:80", "server "+app,
		"listen 8080", fmt.Sprintf("listen 127.0.0.1:%d", login),
		"listen 8081;", fmt.Sprintf("listen 127.0.0.1:%d; listen 127.0.0.1:%d http2;", guarded, second))
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	write(t, filepath.Join(dir, "nginx.conf"), fmt.Sprintf(`%[1]s daemon off; pid %[2]s/pid; error_log %[2]s/error.log;
events {}
http { access_log off;
client_body_temp_path %[2]s; proxy_temp_path %[2]s; fastcgi_temp_path %[2]s; uwsgi_temp_path %[2]s; scgi_temp_path %[2]s;
%[3]s }`, user, dir, conf))
	launch(t, exec.Command(program, "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", filepath.Join(dir, "nginx.conf")))
	return up(t, "nginx", login, guarded, second)
}

// caddy runs the example with other addresses, in clear, as there is no authority to ask
// for certificates.
func caddy(t *testing.T, check, app string) (http1, http2 string) {
	program := need(t, "caddy")
	dir, login, guarded, second := t.TempDir(), freePort(t), freePort(t), freePort(t)
	file := filepath.Join(dir, "Caddyfile")
	write(t, file, fmt.Sprintf("{\n\tadmin off\n\tauto_https off\n\tservers 127.0.0.1:%d {\n\t\tprotocols h1 h2c\n\t}\n}\n", second)+replace(t, read(t, deploy+"/caddy/Caddyfile"),
		"user-api-1:8888 user-api-2:8888", check, "app:80", app,
		"login.example.com {", fmt.Sprintf("http://127.0.0.1:%d {", login), "app.example.com {", fmt.Sprintf(":%d, :%d {\n\tbind 127.0.0.1", guarded, second)))
	cmd := exec.Command(program, "run", "--adapter", "caddyfile", "--config", file)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	launch(t, cmd)
	return up(t, "caddy", login, guarded, second)
}

// up waits until a gateway serves the sign-in service, and names its other addresses.
func up(t *testing.T, name string, login, http1, http2 int) (string, string) {
	t.Helper()
	await(t, name, func() error { return answers(fmt.Sprintf("http://127.0.0.1:%d/readyz", login)) })
	return fmt.Sprintf("127.0.0.1:%d", http1), fmt.Sprintf("127.0.0.1:%d", http2)
}

func TestNginx(t *testing.T) { passes(t, nginx) }

func TestCaddy(t *testing.T) { passes(t, caddy) }

// passes tries everything with a gateway.
func passes(t *testing.T, run gateway) {
	t.Run("what the client sends", func(t *testing.T) {
		s, a := newService(t), newApp(t)
		http1, http2 := run(t, s.host, a.host)
		resists(t, http1, s, a)
		resistsHTTP2(t, http2, s, a)
		guards(t, "http://"+http1, s, a)
	})
	t.Run("what user-api answers", func(t *testing.T) { refusesStrangeAnswers(t, run) })
}

// What user-api says in any other way than its own lets nobody in, and tells the app of
// nobody.
func refusesStrangeAnswers(t *testing.T, run gateway) {
	answers := map[string]func(http.ResponseWriter){
		"401":               func(w http.ResponseWriter) { w.WriteHeader(401) },
		"403":               func(w http.ResponseWriter) { w.WriteHeader(403) },
		"404":               func(w http.ResponseWriter) { w.WriteHeader(404) },
		"429":               func(w http.ResponseWriter) { w.WriteHeader(429) },
		"302":               func(w http.ResponseWriter) { w.Header().Set("Location", "/public/a"); w.WriteHeader(302) },
		"500":               func(w http.ResponseWriter) { w.WriteHeader(500) },
		"503 with a user":   func(w http.ResponseWriter) { tell(w, "7"); w.WriteHeader(503) },
		"401 with a user":   func(w http.ResponseWriter) { tell(w, "7"); w.WriteHeader(401) },
		"200 without one":   func(w http.ResponseWriter) { w.WriteHeader(200) },
		"200, an empty one": func(w http.ResponseWriter) { tell(w, ""); w.WriteHeader(200) },
		"nothing":           func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	}
	var now atomic.Value
	a := newApp(t)
	checker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			return
		}
		now.Load().(func(http.ResponseWriter))(w)
	}))
	defer checker.Close()
	http1, _ := run(t, strings.TrimPrefix(checker.URL, "http://"), a.host)
	for what, answer := range answers {
		now.Store(answer)
		for target, open := range map[string]bool{"/orders/7": false, "/public/a": true} {
			a.take()
			status := raw(t, http1, "GET "+target+" HTTP/1.1\r\nHost: app.example.com\r\nAuthorization: Bearer x\r\nX-User-Id: spoofed\r\nX-User-Role: spoofed\r\nX-Session-Id: spoofed\r\n\r\n")
			given := a.take()
			if !open && given != nil && !strings.HasPrefix(what, "200") || open && (given == nil || status != http.StatusOK) {
				t.Errorf("%s, %s: %d, and the app is asked: %t", what, target, status, given != nil)
			}
			if given != nil {
				for _, name := range own {
					if got := strings.Join(given.values(name), ""); got != "" {
						t.Errorf("%s, %s: the app is given %s %q", what, target, name, got)
					}
				}
			}
		}
	}
}

// tell names a user.
func tell(w http.ResponseWriter, id string) {
	for _, name := range own {
		w.Header().Set(name, id)
	}
}
