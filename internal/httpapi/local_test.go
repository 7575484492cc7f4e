package httpapi_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"user-api/internal/httpapi"
)

// Local paths are 404 for other hosts, and served to this host whatever proxies are
// trusted.
func TestLocal(t *testing.T) {
	edge := httpapi.New(httpapi.Options{
		Now: time.Now, Rand: strings.NewReader(strings.Repeat("x", 1<<12)), Origins: []string{"*"}, Local: []string{"/dev/"},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")},
	})
	handler := edge.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for _, tt := range []struct {
		name, peer, host, header string
		want                     int
	}{
		{"IPv4", "127.0.0.1:9", "127.0.0.1:8888", "", 204},
		{"all of IPv4's loopback", "127.1.2.3:9", "localhost", "", 204},
		{"IPv6", "[::1]:9", "[::1]:8888", "", 204},
		{"IPv4 in IPv6", "[::ffff:127.0.0.1]:9", "LOCALHOST:8888", "", 204},
		{"a page of a developer", "127.0.0.1:9", "localhost:8888", "Origin: http://localhost:3000", 204},
		{"a proxy of a developer", "127.0.0.1:9", "localhost:8888", "X-Forwarded-For: ::1, 127.0.0.1", 204},
		{"another host", "192.0.2.1:9", "127.0.0.1:8888", "", 404},
		{"another host that says it is this one", "192.0.2.1:9", "localhost", "X-Forwarded-For: 127.0.0.1", 404},
		{"a trusted proxy that says it is this host", "203.0.113.7:9", "localhost", "X-Forwarded-For: 127.0.0.1", 404},
		{"a private network", "10.0.0.1:9", "localhost", "", 404},
		{"no peer", "@", "localhost", "", 404},
		{"a name made to lead here", "127.0.0.1:9", "evil.example:8888", "", 404},
		{"a name that begins alike", "127.0.0.1:9", "localhost.evil.example", "", 404},
		{"an address that begins alike", "127.0.0.1:9", "127.0.0.1.evil.example:8888", "", 404},
		{"no host", "127.0.0.1:9", "", "", 404},
		{"a page of a stranger", "127.0.0.1:9", "localhost:8888", "Origin: https://evil.example", 404},
		{"a page without origin", "127.0.0.1:9", "localhost:8888", "Origin: null", 404},
		{"a proxy for a stranger", "127.0.0.1:9", "localhost:8888", "X-Forwarded-For: 192.0.2.1", 404},
		{"a proxy for a stranger, further left", "127.0.0.1:9", "localhost:8888", "X-Forwarded-For: 192.0.2.1, 127.0.0.1", 404},
		{"another proxy for a stranger", "127.0.0.1:9", "localhost:8888", "X-Real-IP: 192.0.2.1", 404},
		{"a proxy that says so", "127.0.0.1:9", "localhost:8888", "Via: 1.1 proxy", 404},
		{"a proxy by the standard", "127.0.0.1:9", "localhost:8888", "Forwarded: for=192.0.2.1", 404},
	} {
		for path, want := range map[string]int{"/dev/inbox": tt.want, "/%64ev/inbox": tt.want, "/user": 204} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.RemoteAddr, r.Host = tt.peer, tt.host
			if name, value, ok := strings.Cut(tt.header, ": "); ok {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if got := w.Code; got != want && !(path == "/%64ev/inbox" && got == 404) {
				t.Errorf("%s, %s: %d, want %d", tt.name, path, got, want)
			}
		}
	}
}

func TestDevServer(t *testing.T) {
	for _, pprof := range []bool{false, true} {
		dev, port := startDev(t, pprof)
		defer dev.Close()
		if _, err := httpapi.StartDevServer(httpapi.DevOptions{Host: "127.0.0.1", Port: port}); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Errorf("a second one on the port: %v, want that it is in use", err)
		}
		profiles := 404
		if pprof {
			profiles = 200
		}
		for path, want := range map[string]int{"/metrics": 200, "/debug/pprof/": profiles, "/debug/pprof/heap": profiles, "/debug/pprof/cmdline": profiles, "/": 404} {
			for host, want := range map[string]int{fmt.Sprintf("localhost:%d", port): want, "evil.example": 404} {
				r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", port, path), nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Host = host
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != want {
					t.Errorf("profiles %v, %s by %s: %d, want %d", pprof, path, host, resp.StatusCode, want)
				}
			}
		}
	}
}

// startDev starts a DevServer on a free port. Another process may take the port first, so it
// tries several.
func startDev(t *testing.T, pprof bool) (dev *httpapi.DevServer, port int) {
	t.Helper()
	var err error
	for range 10 {
		l, listenErr := net.Listen("tcp", "127.0.0.1:0")
		if listenErr != nil {
			t.Fatal(listenErr)
		}
		port = l.Addr().(*net.TCPAddr).Port
		l.Close()
		if dev, err = httpapi.StartDevServer(httpapi.DevOptions{Host: "127.0.0.1", Port: port, Pprof: pprof}); err == nil {
			return dev, port
		}
	}
	t.Fatal(err)
	return nil, 0
}
