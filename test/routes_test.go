package test

import (
	"go/ast"
	"maps"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
	"user-api/internal/server"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// openRoutes lists the routes without an access token, with the reason. The list in
// internal/server/gate.go must agree with it.
var openRoutes = map[string]string{
	"GET /":                                       "a page, which has nobody's data",
	"GET /account":                                "a page, which has nobody's data",
	"GET /admin/ui":                               "a page, which has nobody's data",
	"GET /assets/:hash/:name":                     "files of pages",
	"GET /openapi.json":                           "says nothing of anybody",
	"GET /docs":                                   "a page, which has nobody's data",
	"GET /captcha":                                "a page, which has nobody's data",
	"GET /signin.js":                              "a script, which has nobody's data",
	"POST /user/otp":                              "how one begins to sign in",
	"GET /user/avatar/:id":                        "pages embed pictures",
	"GET /user/otp/:otpId":                        "the id is known to who asked for the code",
	"POST /user/login":                            "how one signs in",
	"POST /user/login/mfa":                        "has a token of its own kind",
	"POST /user/login/mfa/enroll":                 "has a token of its own kind",
	"POST /user/login/passkey":                    "how one signs in",
	"POST /user/login/passkey/options":            "how one begins to sign in",
	"POST /user/refresh":                          "has a token of its own kind",
	"POST /user/logout":                           "has a token of either kind",
	"POST /user/register":                         "how one becomes a user",
	"POST /user/anonymous":                        "how one becomes a user without a name",
	"POST /user/password/reset":                   "has a code of its own purpose",
	"GET /user/login/social":                      "which sites there are to sign in by",
	"POST /user/login/social":                     "how one signs in by another site",
	"GET /user/login/social/:provider":            "how a browser goes to another site",
	"GET /user/login/social/:provider/callback":   "how a browser comes back",
	"POST /user/login/social/:provider/callback":  "how it comes back by a form",
	"GET /oauth/authorize":                        "how one begins to sign in for an application",
	"POST /oauth/token":                           "a client proves itself in its body or by HTTP Basic",
	"GET /.well-known/jwks.json":                  "public keys",
	"GET /.well-known/oauth-authorization-server": "where everybody looks first",
	"GET /.well-known/openid-configuration":       "the same document",
	"GET /.well-known/webauthn":                   "browsers read it before they ask an authenticator",
	"GET /healthz":                                "for the machine that runs the service",
	"GET /readyz":                                 "for the load balancer",
	"GET /dev/inbox":                              "not there in pro",
	"GET /dev/inbox/mail/:id":                     "not there in pro",
	"GET /dev/inbox/stream":                       "not there in pro",

	"GET /webhook/:provider/status":  "shows the token that was set up with the provider",
	"POST /webhook/:provider/events": "its body is signed by the provider",
	"POST /webhook/:provider/status": "proves by the provider's own rules where it comes from",
}

// goctl leaves the files of a renamed or deleted route behind, and nothing else detects
// that.
func TestRoutes_noOrphans(t *testing.T) {
	var handlers, logics []string
	for _, group := range readRoutes(t) {
		for _, r := range group.routes {
			name := strings.TrimSuffix(r.handler, "Handler")
			handlers = append(handlers, r.group+"/"+r.handler)
			logics = append(logics, r.group+"/"+name+"Logic."+name)
			if file := internal + "handler/" + r.group + "/" + strings.ToLower(name) + "handler.go"; !exists(file) {
				t.Errorf("%s has no %s", r, file)
			}
			if file := internal + "logic/" + r.group + "/" + strings.ToLower(name) + "logic.go"; !exists(file) {
				t.Errorf("%s has no %s", r, file)
			}
		}
	}
	slices.Sort(handlers)
	slices.Sort(logics)
	handler := func(f *ast.FuncDecl) string { return f.Name.Name }
	if diff := cmp.Diff(handlers, functions(t, internal+"handler/*/*.go", handler)); diff != "" {
		t.Errorf("the routes and the handlers differ (-route +handler):\n%s", diff)
	}
	method := func(f *ast.FuncDecl) string {
		if f.Recv == nil {
			return "" // a constructor or a helper
		}
		return f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name + "." + f.Name.Name
	}
	if diff := cmp.Diff(logics, functions(t, internal+"logic/*/*.go", method)); diff != "" {
		t.Errorf("the routes and the logic differ (-route +logic):\n%s", diff)
	}
}

// A protected group is marked twice: by WithJwt, which user.api and the API description
// show, and by the Session middleware, which is the gate; go-zero's own check is not
// mounted. Further options would silently change the route.
func TestRoutes_protection(t *testing.T) {
	open := map[string]bool{}
	for _, group := range readRoutes(t) {
		session := slices.Contains(group.middlewares, "Session")
		for _, r := range group.routes {
			_, listed := openRoutes[r.String()]
			if admin := slices.Contains(group.middlewares, "Admin"); admin != (strings.HasPrefix(r.path, "/admin/") && !listed) {
				t.Errorf("%s: behind Admin is %t", r, admin)
			}
			if group.jwt != session {
				t.Errorf("%s: jwt is %t and the Session middleware %t, want both or none", r, group.jwt, session)
			}
			forMachines := strings.HasPrefix(r.path, "/service/")
			if ways := []bool{listed, session, forMachines}; len(slices.DeleteFunc(ways, func(is bool) bool { return !is })) != 1 {
				t.Errorf("%s: behind Session is %t, in openRoutes %t, for machines %t, want exactly one", r, session, listed, forMachines)
			}
			open[r.String()] = !session && !forMachines
		}
		if len(group.options) > 0 {
			t.Errorf("the group %s has the options %v", group.prefix, group.options)
		}
	}
	for r := range openRoutes {
		if !open[r] {
			t.Errorf("openRoutes has %s, but there is no such open route", r)
		}
	}
}

func TestRoutes_protectedOverHTTP(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	var protected int
	for _, group := range readRoutes(t) {
		for _, r := range group.routes {
			if _, open := openRoutes[r.String()]; open {
				continue
			}
			protected++
			target := regexp.MustCompile(`:\w+`).ReplaceAllString(r.path, "1")
			for _, bearer := range []string{"", "x"} {
				wantRefusal(t, r.String(), app.Do(kit.Request{Method: r.method, Path: target, Bearer: bearer}), refusal{401, "unauthorized", ""})
			}
		}
	}
	if protected == 0 {
		t.Error("there is no protected route")
	}
}

// goctl writes the summary of a route into its handler and logic only once.
func TestRoutes_summaries(t *testing.T) {
	written, err := os.ReadFile(internal + "handler/routes.go")
	if err != nil {
		t.Fatal(err)
	}
	summaries := map[string]string{}
	for _, m := range regexp.MustCompile(`// (.+)\n\s+Method:.+\n\s+Path:.+\n\s+Handler: (\w+)\.(\w+)Handler\(`).FindAllStringSubmatch(string(written), -1) {
		summaries[m[2]+"/"+strings.ToLower(m[3])] = m[1]
	}
	if len(summaries) == 0 {
		t.Fatal("routes.go has no summaries")
	}
	for name, summary := range summaries {
		for _, file := range []string{"handler/" + name + "handler.go", "logic/" + name + "logic.go"} {
			text, err := os.ReadFile(internal + file)
			if err != nil {
				t.Fatal(err)
			}
			if m := regexp.MustCompile(`the route "(.+)"`).FindSubmatch(text); m != nil && string(m[1]) != summary {
				t.Errorf("%s says %q, user.api %q", file, m[1], summary)
			}
		}
	}
}

// A scenario requests every route: its path is written there, with its method if the path
// has several. The tests of bad requests do not count, as a route that does nothing would
// pass them.
func TestRoutes_scenarios(t *testing.T) {
	testkit.NotInRace(t, "reads files")
	asked := map[string]bool{}
	files, _ := filepath.Glob("*_test.go")
	for _, file := range files {
		if !slices.Contains([]string{"input_test.go", "accountbodies_test.go", "requests_test.go", "forged_test.go"}, file) {
			for _, request := range requestsIn(parse(t, file)) {
				asked[request] = true
			}
		}
	}
	methods, patterns := map[string]int{}, map[string]string{}
	for _, group := range readRoutes(t) {
		for _, r := range group.routes {
			pattern := regexp.MustCompile(`:\w+`).ReplaceAllString(r.path, "*")
			methods[pattern]++
			patterns[r.String()] = pattern
		}
	}
	for route, pattern := range patterns {
		want := pattern
		if methods[pattern] > 1 {
			method, _, _ := strings.Cut(route, " ")
			want = method + " " + pattern
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(asked)), func(request string) bool { ok, _ := path.Match(want, request); return ok }) {
			t.Errorf("no scenario requests %s", route)
		}
	}
}

// bodyRoutes, for which every invalid input is tried, has every route that reads a body and
// all its fields.
func TestRoutes_bodies(t *testing.T) {
	testkit.NotInRace(t, "reads files")
	want, got := map[string][]string{}, map[string][]string{}
	for _, group := range readRoutes(t) {
		for _, r := range group.routes {
			if fields := bodyFields(t, r); len(fields) > 0 {
				slices.Sort(fields)
				want[r.String()] = fields
			}
		}
	}
	for _, r := range bodyRoutes {
		got[r.method+" "+r.path] = slices.Sorted(slices.Values(r.fields))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the routes with a body and bodyRoutes differ (-routes +bodyRoutes):\n%s", diff)
	}
}

func TestRoutes_devIsNotInPro(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	for _, tt := range []struct {
		mode       string
		open       bool
		peer, host string
		want       int
	}{
		{config.ModePro, false, "127.0.0.1:9", "localhost", 404},
		{config.ModePro, true, "127.0.0.1:9", "localhost", 404},
		{config.ModeTest, false, "127.0.0.1:9", "localhost", 200},
		{config.ModeDev, false, "[::1]:9", "[::1]:8888", 200},
		{config.ModeDev, false, "192.0.2.1:9", "localhost", 404},
		{config.ModeTest, false, "127.0.0.1:9", "auth.example.com", 404},
		{config.ModeTest, true, "192.0.2.1:9", "auth.example.com", 200},
	} {
		app.Service.Config.Mode, app.Service.Config.Inbox.Open = tt.mode, tt.open
		web, err := server.New(app.Service)
		if err != nil {
			t.Fatal(err)
		}
		handler, err := web.Handler()
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]int{"/dev/inbox": tt.want, "/dev/inbox/stream?once=true": tt.want, "/healthz": 200} {
			r := httptest.NewRequest("GET", path, nil)
			r.RemoteAddr, r.Host = tt.peer, tt.host
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, r)
			if answer.Code != want {
				t.Errorf("%s, %+v: %d, want %d", path, tt, answer.Code, want)
			}
		}
	}
}

func TestRoutes_health(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for _, resp := range []kit.Response{app.Get("/healthz", ""), app.Get("/readyz", "")} {
			resp.Want(t, 200, "")
			if resp.Text("status") != "ok" {
				t.Errorf("%s, want the status ok", resp.Body)
			}
		}
	})
}

func TestRoutes_inbox(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		_, code := app.AskCode(phone)
		for to, want := range map[string]int{"": 1, "%2B919876543210": 1, "%2B919876543211": 0} {
			resp := app.Get("/dev/inbox?to="+to, "")
			resp.Want(t, 200, "")
			list, _ := resp.JSON["messages"].([]any)
			if len(list) != want {
				t.Errorf("to %q: %d messages, want %d", to, len(list), want)
				continue
			}
			if want == 0 {
				continue
			}
			m := list[0].(object)
			body, _ := m["body"].(string)
			if m["to"] != phone || m["channel"] != "sms" || m["otp"] != code || !strings.Contains(body, code) || m["at"] == float64(0) {
				t.Errorf("to %q: a message with the fields %v", to, slices.Sorted(maps.Keys(m)))
			}
		}
	})
}
