package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// clientTS is the folder of the client in TypeScript.
const clientTS = "../../clients/ts"

// controlled is a service whose time and process a script drives.
type controlled struct {
	*kit.App
	options []kit.Option

	mu   sync.Mutex
	last *kit.App
}

// control starts a service and what drives it, and returns what a script is told.
func control(t *testing.T, options ...kit.Option) object {
	t.Helper()
	testkit.NotInRace(t, "what happens at once is in another process")
	options = append([]kit.Option{"Accounts: {Anonymous: true}"}, options...)
	c := &controlled{App: kit.New(t, kit.Embedded, options...), options: options}
	c.last = c.App
	mux := http.NewServeMux()
	mux.HandleFunc("POST /advance", func(w http.ResponseWriter, r *http.Request) {
		seconds, err := strconv.Atoi(r.FormValue("seconds"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c.Advance(time.Duration(seconds) * time.Second)
		tell(w, object{})
	})
	mux.HandleFunc("POST /now", func(w http.ResponseWriter, _ *http.Request) { tell(w, object{"now": c.Clock.Now().Unix()}) })
	mux.HandleFunc("POST /restart", func(w http.ResponseWriter, _ *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.last.Stop()
		c.last = c.Beside(c.options...)
		tell(w, object{"url": c.last.URL})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return object{"service": c.URL, "control": server.URL}
}

func tell(w http.ResponseWriter, what object) { _ = json.NewEncoder(w).Encode(what) }

var (
	passes = regexp.MustCompile(`(?m)^(?:#|ℹ) pass [1-9]`)
	misses = regexp.MustCompile(`(?m)^(?:#|ℹ) (?:fail|cancelled|skipped|todo) [1-9]`)
)

// nodeTest runs a script of clients/ts/test, which is one of Node's own tests.
func nodeTest(t *testing.T, name string, given object) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := node.Command(ctx, t, filepath.Join("test", name), given)
	cmd.Dir = clientTS
	out, err := cmd.CombinedOutput()
	t.Logf("%s\n%s", name, out)
	if err != nil || !passes.Match(out) || misses.Match(out) {
		t.Fatalf("%s has failed: %v", name, err)
	}
}

// The client in TypeScript is used on Node.js, and the samples of its README run there.
func TestClientTS_node(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"features", "failures", "readme"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodeTest(t, name+".test.mjs", control(t))
		})
	}
}

// It is used in a browser, in several tabs at once.
func TestClientTS_tabs(t *testing.T) {
	t.Parallel()
	nodeTest(t, "tabs.test.mjs", inBrowser(t, testkit.FreePort(t), testkit.FreePort(t)))
}

// It does what only a browser can, by passkeys and by other sites, from its own origin and
// from another.
func TestClientTS_browser(t *testing.T) {
	t.Parallel()
	port, other := testkit.FreePort(t), testkit.FreePort(t)
	home := fmt.Sprintf("http://localhost:%d", port)
	redirects := func(name string) []string { return []string{home + "/user/login/social/" + name + "/callback"} }
	site := listen(t, "provider.mjs", object{
		"people":    object{"somebody": object{"email": "google@gmail.com", "email_verified": true, "name": "Asha"}},
		"redirects": object{"google": redirects("google"), "kakao": redirects("kakao"), "apple": redirects("apple")},
		"person":    "somebody",
	})
	nodeTest(t, "browser.test.mjs", inBrowser(t, port, other, kit.Option(fmt.Sprintf(`
Auth: {Issuer: %[1]q}
Cors: {Origins: ["http://localhost:%[2]d"]}
Passkeys: {Origins: [%[1]q]}
Social:
  Redirects: ["%[1]s/page"]
  Providers:
    - {Name: google, Kind: oidc, AllowPrivate: true, Issuer: "%[3]s/google", ClientId: google-client, ClientSecret: google-client-secret, Authoritative: [gmail.com]}
    - {Name: kakao, Kind: oidc, AllowPrivate: true, Issuer: "%[3]s/kakao", ClientId: kakao-client, ClientSecret: kakao-client-secret, Authoritative: [example.com]}
`, home, other, site.URL))))
}

// inBrowser is control for a script that starts Chromium. Its pages are at the ports.
func inBrowser(t *testing.T, port, other int, options ...kit.Option) object {
	t.Helper()
	node.Ready(t)
	chromium := kit.Chromium(t)
	playwright, err := filepath.Abs(filepath.Join(scripts, "node_modules/playwright-core/index.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	given := control(t, options...)
	maps.Copy(given, object{"chromium": chromium, "playwright": "file://" + playwright, "port": port, "otherPort": other})
	return given
}
