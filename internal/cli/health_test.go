package cli_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// health succeeds if a user-api responds, and checks readiness as requested.
func TestHealth(t *testing.T) {
	draining := false
	own := http.NewServeMux()
	own.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "1")
		fmt.Fprint(w, `{"status":"ok"}`)
	})
	own.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "1")
		if draining {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"code":"unavailable","field":"draining"}`)
			return
		}
		fmt.Fprint(w, `{"status":"degraded"}`)
	})
	service := httptest.NewServer(own)
	defer service.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, c := range []struct {
		name, url, flag string
		draining        bool
		want            string
	}{
		{name: "it lives", url: service.URL},
		{name: "it serves", url: service.URL, flag: "--ready"},
		{name: "it drains and lives", url: service.URL, draining: true},
		{name: "it drains", url: service.URL, flag: "--ready", draining: true, want: "/readyz is 503 draining"},
		{name: "another program", url: other.URL, want: "is not a user-api"},
		{name: "nobody", url: gone.URL, want: "refused"},
	} {
		draining = c.draining
		_, port, err := net.SplitHostPort(strings.TrimPrefix(c.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		file, _ := confFile(t, "Mode: dev\nPort: "+port+"\n")
		words := []string{"health", "-f", file}
		if c.flag != "" {
			words = append(words, c.flag)
		}
		code, _, complaint := command(words...)
		if (code == 0) != (c.want == "") || !strings.Contains(complaint, c.want) {
			t.Errorf("%s: exit %d, %q, want %q", c.name, code, complaint, c.want)
		}
	}
}
