package server_test

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/config"
	"user-api/internal/httpapi"
)

// The configuration and the edge each judge origins and headers, and judge alike:
// neither may import the other.
func TestCors_configurationAndEdgeAgree(t *testing.T) {
	refuses := func(c config.Cors, key string) bool {
		err := config.Config{Mode: "dev", Cors: c}.Validate()
		return err != nil && slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool { return strings.HasPrefix(line, key) })
	}
	edge := func(o httpapi.Options) bool {
		o.Now, o.Rand = time.Now, rand.Reader
		_, err := httpapi.New(o)
		return err != nil
	}
	for _, origin := range []string{
		"*", "https://app.example", "http://localhost:3000", "http://[::1]:3000", "capacitor://localhost", "ionic://localhost", "app://localhost",
		"tauri://localhost:1420", "chrome-extension://abc", "app.example", "https://", "https://app.example/", "https://App.example", "https://app.example:443",
		"http://app.example:80", "https://*.example", "https://u@app.example", "https://app.example?x=1", "ftp://app.example", "null", "", "javascript://a",
		"data://x", "file://localhost", "ws://app.example", "capacitor://", "capacitor://localhost/", "Capacitor://localhost", "capacitor://*", "https://app.example:",
	} {
		if c, e := refuses(config.Cors{Origins: []string{origin}}, "Cors.Origins[0]: "), edge(httpapi.Options{Origins: []string{origin}}); c != e {
			t.Errorf("the origin %q: refused by the configuration: %t, by the edge: %t", origin, c, e)
		}
	}
	for _, header := range []string{"X-App", "sentry-trace", "", "*", "a b", "a:b", "a,b", "a\n", strings.Repeat("a", 64), strings.Repeat("a", 65)} {
		if c, e := refuses(config.Cors{Headers: []string{header}}, "Cors.Headers[0]: "), edge(httpapi.Options{Headers: []string{header}}); c != e {
			t.Errorf("the header %q: refused by the configuration: %t, by the edge: %t", header, c, e)
		}
	}
}
