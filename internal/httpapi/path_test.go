package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/httpapi"
)

// routed returns the method and path that reached a handler; path is "" if none did.
func routed(t testing.TB, edge *httpapi.Edge, requestLine string) (method, path string, answer *httptest.ResponseRecorder, ok bool) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(requestLine + " HTTP/1.1\r\nHost: a\r\n\r\n")))
	if err != nil {
		return "", "", nil, false // net/http answers it
	}
	answer = httptest.NewRecorder()
	edge.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method, path = r.Method, r.URL.Path
		httpapi.NoContent(w)
	})).ServeHTTP(answer, r)
	return method, path, answer, true
}

// A path has one spelling; any other is 404 before routing.
func TestPaths(t *testing.T) {
	edge := httpapi.New(options())
	for _, c := range []struct {
		path string
		ok   bool
	}{
		{"/", true}, {"/admin/users", true}, {"/user/otp/Ab-_.~09", true}, {"/.well-known/jwks.json", true},
		{"/admin/users?a=%2e%2e/;x", true}, {"http://other.example/admin/users", true}, {"HTTPS://a:1/admin", true},
		{"a:/admin/users", false}, {"http:/admin/users", false}, {"http:///admin/users", false}, {"ftp://a/admin/users", false}, {"x://a/admin", false},

		{"/%61dmin/users", false}, {"/admin%2fusers", false}, {"/admin%2Fusers", false}, {"/%41dmin", false}, {"/%2561dmin", false},
		{"/admin/users%20", false}, {"/admin/users%00", false}, {"/admin/%7euser", false}, {"/admin/%7Euser", false},
		{"/admin/%e2%82%ac", false}, {"/admin/%E2%82%AC", false}, {"/admin/\u20ac", false}, {"/admin/%ff", false},
		{"//admin/users", false}, {"/admin//users", false}, {"/admin/users/", false}, {"/admin/users//", false},
		{"/./admin", false}, {"/admin/.", false}, {"/admin/..", false}, {"/a/../admin", false}, {"/../admin", false},
		{"/admin/%2e", false}, {"/a/%2e%2e/admin", false}, {"/a/.%2E/admin", false}, {"/a/..%2fadmin", false},
		{"/admin/users;a=b", false}, {"/admin;/users", false}, {"/admin/..;/users", false}, {"/admin/users%3ba", false},
		{"/admin/users,1", false}, {"/admin/users=1", false}, {"/admin/a:b", true}, {"/admin/a%3ab", false}, {"/admin/a@b", false}, {"/admin/a+b", false},
		{"/admin/a&b", false}, {"/admin/a!b", false}, {"/admin/a'b", false}, {"/admin/(a)", false}, {"/admin/*", false}, {"/admin/$a", false},
		{`/admin\users`, false}, {"/admin%5cusers", false}, {"/admin%5Cusers", false}, {"/admin/users#a", false}, {"/admin/us|ers", false},
		{"*", false},
	} {
		_, path, answer, ok := routed(t, edge, "GET "+c.path)
		if !ok {
			t.Errorf("%s is not a valid request", c.path)
			continue
		}
		if (path != "") != c.ok {
			t.Errorf("%s reached %q, want it routed: %t", c.path, path, c.ok)
		}
		if !c.ok && (answer.Code != 404 || !strings.Contains(answer.Body.String(), `"code":"not_found"`)) {
			t.Errorf("%s: %d %s, want 404 not_found", c.path, answer.Code, answer.Body)
		}
	}
}

// Only a route's own spelling reaches it.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/admin/users", "/%61dmin", "//admin", "/admin/", "/a/../admin", "/a/%2e%2e/admin", "/admin;a", "/admin%2fusers",
		"/admin\\users", "/check", "/check/", "/check/a%20b", "/check/../admin", "/check/..%2fadmin", "/check/..;/admin", "/check;a", "/%63heck/a", "http://a/admin", "a:/admin", "?",
	} {
		f.Add(seed)
	}
	plain := regexp.MustCompile(`^/[A-Za-z0-9._~:/-]*$`)
	o := options()
	o.Subtrees = []string{"/check"}
	edge := httpapi.New(o)
	f.Fuzz(func(t *testing.T, target string) {
		if strings.ContainsAny(target, " \r\n\t") {
			return // not one request target
		}
		_, reached, answer, ok := routed(t, edge, "GET "+target)
		if !ok {
			return
		}
		raw, _, _ := strings.Cut(target, "?")
		if scheme := strings.Index(raw, "://"); scheme > 0 && !strings.HasPrefix(raw, "/") {
			raw = "/" + strings.TrimLeft(raw[scheme+3:], "/") // the absolute form
			_, raw, _ = strings.Cut(raw[1:], "/")
			raw = "/" + raw
		}
		switch {
		case reached == "":
			if answer.Code != 404 {
				t.Errorf("%q: %d, want 404", target, answer.Code)
			}
		case reached == "/check" && raw != "/check":
			if !strings.HasPrefix(raw, "/check/") || strings.Contains(raw+"/", "/../") {
				t.Errorf("%q reached /check", target)
			}
		case reached != raw || !plain.MatchString(reached) || path.Clean(reached) != reached:
			t.Errorf("%q reached %q", target, reached)
		}
	})
}

// A subtree answers any method and any path below it as a GET of its root.
func TestSubtrees(t *testing.T) {
	o := options()
	o.Subtrees, o.Origins = []string{"/check"}, []string{"*"}
	edge := httpapi.New(o)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"} {
		for _, c := range []struct {
			path string
			ok   bool
		}{
			{"/check", true}, {"/check/", true}, {"/check/admin/users", true}, {"/check//a", true}, {"/check/a%20b%2fc%E2%82%AC", true},
			{"/check/a;b=c,d:e@f+g*(h)", true}, {"/check?a=%zz", true}, {"/check/a?b=../..", true}, {"/check/...", true}, {"/check/.a/..b", true},
			{"/check/..", false}, {"/check/../admin", false}, {"/check/a/./b", false}, {"/check/%2e%2e/admin", false}, {"/check/..%2fadmin", false},
			{`/check/..\admin`, false}, {"/check/..%5cadmin", false}, {"/check/..;/admin", false},
			{"/checks", false}, {"a:/check", false}, {"ftp://a/check/b", false}, {"/check;a", false}, {"/check%2fa", false}, {"/%63heck", false}, {"/%63heck/a", false}, {"//check", false}, {"/a/check", false},
		} {
			gotMethod, path, answer, ok := routed(t, edge, method+" "+c.path)
			if !ok {
				t.Errorf("%s %s is not a valid request", method, c.path)
				continue
			}
			if got := gotMethod == "GET" && path == "/check"; got != c.ok {
				t.Errorf("%s %s reached %s %q with %d, want the check: %t", method, c.path, gotMethod, path, answer.Code, c.ok)
			}
		}
	}
}

// Below a subtree, the body and the preflight of the authorized request are ignored; at the
// root a preflight is answered.
func TestSubtrees_foreignRequests(t *testing.T) {
	o := options()
	o.Subtrees, o.Origins = []string{"/check"}, []string{app}
	var left int64
	ts := site{edge: o, routes: []rest.Route{get("/check", func(w http.ResponseWriter, r *http.Request) {
		left, _ = io.Copy(io.Discard, r.Body)
		httpapi.JSON(w, r, 1)
	})}}.start(t)
	preflight := []string{"Origin", app, "Access-Control-Request-Method", "GET"}
	for _, c := range []struct {
		name, method, path string
		body               string
		headers            []string
		status             int
	}{
		{"a form", "POST", "/check/upload", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 200},
		{"files", "PUT", "/check", "--a", []string{"Content-Type", "multipart/form-data; boundary=a"}, 200},
		{"100 KB", "POST", "/check/x", strings.Repeat("a", 100<<10), []string{"Content-Type", "text/plain"}, 200},
		{"a preflight of another service", "OPTIONS", "/check/x", "", preflight, 200},
		{"a preflight of its own", "OPTIONS", "/check", "", preflight, 204},
	} {
		res := do(t, c.method, ts.URL+c.path, strings.NewReader(c.body), c.headers...)
		if res.status != c.status || left != 0 {
			t.Errorf("%s: %d %s and %d bytes for the handler, want %d and none", c.name, res.status, res.body, left, c.status)
		}
	}
	head := do(t, http.MethodHead, ts.URL+"/check/x", nil)
	if head.status != 200 || head.body != "" || head.header.Get("Content-Length") != "1" {
		t.Errorf("HEAD: %d %q %v, want the headers alone", head.status, head.body, head.header)
	}
	lines := waitFor(t, head.header.Get("X-Request-Id"), `"content":"request"`)
	if want := `"method":"HEAD","path":"/check"`; len(lines) != 1 || !strings.Contains(fmt.Sprint(lines), want) {
		t.Errorf("logged %q, want %s", lines, want)
	}
}
