package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

const (
	// canary and canaryNumber are in the invalid inputs. No answer and no log line repeats
	// them.
	canary       = "CanaryXq7"
	canaryNumber = "7300915502846"

	badRequest = "invalid_request"
	tooLarge   = "body_too_large"
	mediaType  = "unsupported_media_type"
)

type (
	// bodyRoute is a route that reads a body.
	bodyRoute struct {
		method, path string
		// fields lists all fields of the body; good contains the first.
		fields []string
		// empty is the answer to an empty object.
		empty refusal
		// good creates valid input for one use, which is answered with status.
		good   func(t *testing.T, app *kit.App, number string) goodInput
		status int
		// own lists invalid inputs of this route only.
		own []badInput
	}

	// goodInput is a body, with a bearer token if the route is protected, and a path if the
	// route has a parameter.
	goodInput struct {
		body, bearer, path string
	}

	refusal struct {
		status      int
		code, field string
	}

	// badInput is a body and the expected refusal. Its Content-Type is application/json
	// unless headers, as whole lines, say otherwise.
	badInput struct {
		name, headers, body string
		// fill is the number of further bytes of the body.
		fill    int64
		chunked bool
		refusal
	}
)

// bodyRoutes lists every route with a body, which TestRoutes_bodies checks.
var bodyRoutes = append(slices.Concat(accountBodyRoutes, socialBodyRoutes, passkeyBodies, mfaBodyRoutes), []bodyRoute{
	{
		method: "POST", path: "/user/otp", status: 200,
		fields: []string{"phone", "email", "otpId", "purpose", "channel", "region", "locale", "captcha"},
		empty:  refusal{400, badRequest, "phone"},
		good: func(_ *testing.T, _ *kit.App, number string) goodInput {
			return goodInput{body: jsonText(object{"phone": number})}
		},
		own: []badInput{
			{name: "no number", body: `{"phone":"` + canary + `"}`, refusal: refusal{400, "invalid_phone", "phone"}},
			{name: "an impossible number", body: `{"phone":"+91 11111 11111"}`, refusal: refusal{400, "invalid_phone", "phone"}},
			{name: "60 KB of digits", body: `{"phone":"+` + strings.Repeat("9", 60<<10) + `"}`, refusal: refusal{400, "invalid_phone", "phone"}},
			{name: "no e-mail address", body: `{"email":"` + canary + `"}`, refusal: refusal{400, "invalid_email", "email"}},
			{name: "a header in an address", body: `{"email":"a@example.com\r\nBcc: ` + canary + `@example.com"}`, refusal: refusal{400, "invalid_email", "email"}},
			{name: "no id", body: `{"otpId":"` + canary + `/.."}`, refusal: refusal{400, badRequest, "otpId"}},
			{name: "no region", body: `{"phone":"98765 43210","region":"` + canary + `"}`, refusal: refusal{400, badRequest, "region"}},
			{name: "a captcha of 9 KB", body: `{"phone":"+919876543210","captcha":"` + strings.Repeat("A", 9<<10) + `"}`, refusal: refusal{400, badRequest, "captcha"}},
			{name: "no locale", body: `{"phone":"+919876543210","locale":"<` + canary + `>"}`, refusal: refusal{400, badRequest, "locale"}},
		},
	},
	{
		method: "POST", path: "/user/login", status: 200,
		fields: []string{"otpId", "otp", "username", "phone", "email", "region", "password", "askedWith", "invite", "secondOtpId", "secondOtp", "secondPassword", "captcha"},
		empty:  refusal{400, badRequest, "otpId"},
		good: func(_ *testing.T, app *kit.App, number string) goodInput {
			id, code := app.AskCode(number)
			return goodInput{body: jsonText(object{"otpId": id, "otp": code})}
		},
		own: append(badCodes(),
			badInput{name: "no id", body: `{"otpId":"` + canary + `/..","otp":"123456"}`, refusal: refusal{400, badRequest, "otpId"}},
			badInput{name: "60 KB of id", body: `{"otpId":"` + strings.Repeat("A", 60<<10) + `","otp":"123456"}`, refusal: refusal{400, badRequest, "otpId"}},
			badInput{name: "no region", body: `{"phone":"98765 43210","password":"x","region":"` + canary + `"}`, refusal: refusal{400, badRequest, "region"}},
			badInput{name: "a code and a region", body: `{"otpId":"x","otp":"123456","region":"IN"}`, refusal: refusal{400, badRequest, "region"}},
			badInput{name: "no code", body: `{"otpId":"` + canary + `"}`, refusal: refusal{400, badRequest, "otp"}},
			badInput{name: "a code and a password", body: `{"otpId":"` + canary + `","otp":"123456","password":"` + canary + `"}`, refusal: refusal{400, badRequest, "password"}},
			badInput{name: "a second proof without a code", body: `{"username":"` + canary + `","password":"` + canary + `","secondPassword":"` + canary + `"}`, refusal: refusal{400, badRequest, "secondOtpId"}},
			badInput{name: "half a second code", body: `{"otpId":"` + canary + `","otp":"123456","secondOtpId":"` + canary + `"}`, refusal: refusal{400, badRequest, "secondOtp"}},
			badInput{name: "a code and a captcha", body: `{"otpId":"` + canary + `","otp":"123456","captcha":"` + canary + `"}`, refusal: refusal{400, badRequest, "password"}},
			badInput{name: "a captcha of 9 KB", body: `{"username":"` + canary + `","password":"` + canary + `","captcha":"` + strings.Repeat("A", 9<<10) + `"}`, refusal: refusal{400, badRequest, "captcha"}},
			badInput{name: "no invite", body: `{"otpId":"x","otp":"123456","invite":"` + canary + `/.."}`, refusal: refusal{400, badRequest, "invite"}},
			badInput{name: "a password and an invite", body: `{"username":"` + canary + `","password":"` + canary + `","invite":"` + canary + `"}`, refusal: refusal{400, badRequest, "invite"}},
			badInput{name: "two names", body: `{"username":"` + canary + `","email":"` + canary + `","password":"` + canary + `"}`, refusal: refusal{400, badRequest, "username"}},
			badInput{name: "no password", body: `{"username":"` + canary + `"}`, refusal: refusal{400, badRequest, "password"}},
			badInput{name: "60 KB of password", body: `{"username":"` + canary + `","password":"` + strings.Repeat("a", 60<<10) + `"}`, refusal: refusal{400, badRequest, "password"}},
		),
	},
	{
		method: "POST", path: "/user/refresh", status: 200,
		fields: []string{"refreshToken"},
		empty:  refusal{400, badRequest, "refreshToken"},
		good:   refreshBody,
		own:    append(badTokens(), badInput{name: "no text", body: `{"refreshToken":""}`, refusal: refusal{400, badRequest, "refreshToken"}}),
	},
	{
		// It is disabled here, as no valid input is refused when it is enabled.
		method: "POST", path: "/user/anonymous", status: 404,
		fields: []string{"captcha"},
		empty:  refusal{404, "not_found", ""},
		good:   func(*testing.T, *kit.App, string) goodInput { return goodInput{body: `{"captcha":"x"}`} },
		own: []badInput{
			{name: "a captcha of 9 KB", body: `{"captcha":"` + strings.Repeat("A", 9<<10) + `"}`, refusal: refusal{400, badRequest, "captcha"}},
		},
	},
	{
		method: "POST", path: "/user/logout", status: 204,
		fields: []string{"refreshToken"},
		empty:  refusal{401, "unauthorized", ""}, // neither a bearer token nor a body
		good:   refreshBody,
		own:    badTokens(),
	},
}...)

// Invalid input is refused by field name and leaves no trace, and the route works right
// after it: no circuit breaker has opened and no attempt was counted.
func TestInput_refused(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		stores := openStores(t, app)
		for i, route := range bodyRoutes {
			good := route.good(t, app, numbered(i, 0))
			if good.bearer != "" {
				app.Get("/user/info", good.bearer).Want(t, 200, "") // and caches that the session is active
			}
			stores.settle()
			before := stores.snapshot()
			for _, bad := range append(badBodies(route, good.body), route.own...) {
				name := route.path + ": " + bad.name
				wantRefusal(t, name, bad.send(t, app, route, good), bad.refusal)
				if more := stores.since(before); len(more) > 0 {
					t.Errorf("%s: stored %v", name, more)
				}
			}
			if resp := (badInput{body: good.body}).send(t, app, route, good); resp.Status != route.status {
				t.Errorf("%s after bad input: %d %s, want %d", route.path, resp.Status, resp.Body, route.status)
			}
		}
		wantNoCanary(t, "the log", kit.Log())
	}, withIssuer, withSite(t))
}

// Valid input is accepted in every spelling that HTTP allows.
func TestInput_accepted(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for i, route := range bodyRoutes {
			for j, c := range []struct {
				name    string
				chunked bool
				headers string
				change  func(string) string
			}{
				{name: "in chunks", chunked: true},
				{name: "in gzip", headers: "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", change: zipped},
				{name: "in gzip, in chunks", chunked: true, headers: "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", change: zipped},
				{name: "with a charset", headers: "content-type: Application/JSON; charset=UTF-8\r\n"},
				{name: "64 KiB", change: func(good string) string { return good + strings.Repeat(" ", 64<<10-len(good)) }},
				{name: "after 100 Continue", headers: "Content-Type: application/json\r\nExpect: 100-continue\r\n"},
			} {
				good := route.good(t, app, numbered(i, j+1))
				if c.change != nil {
					good.body = c.change(good.body)
				}
				resp := badInput{headers: c.headers, body: good.body, chunked: c.chunked}.send(t, app, route, good)
				if resp.Status != route.status {
					t.Errorf("%s %s: %d %s, want %d", route.path, c.name, resp.Status, resp.Body, route.status)
				}
			}
		}
	}, withIssuer, withSite(t))
}

// A field that is null counts as absent, as many clients write null for unset values: a
// required field is named in the refusal, and an optional one is ignored.
func TestInput_null(t *testing.T) {
	t.Parallel()
	testkit.NotInRace(t, "asks one thing after the other")
	app := kit.New(t, kit.Embedded, withIssuer, withSite(t))
	for i, route := range bodyRoutes {
		good := route.good(t, app, numbered(i, 0))
		var all, given object
		if err := json.Unmarshal([]byte(good.body), &given); err != nil {
			t.Fatal(err)
		}
		for _, field := range route.fields {
			if _, set := given[field]; !set {
				continue
			}
			null, absent := maps.Clone(given), maps.Clone(given)
			null[field] = nil
			delete(absent, field)
			got := badInput{body: jsonText(null)}.send(t, app, route, good)
			want := badInput{body: jsonText(absent)}.send(t, app, route, good)
			if got.Status != want.Status || got.Text("code") != want.Text("code") || got.Text("field") != want.Text("field") || got.Text("msg") != want.Text("msg") {
				t.Errorf("%s with %s null: %d %s, without it %d %s", route.path, field, got.Status, got.Body, want.Status, want.Body)
			}
			if got.Text("code") == badRequest && got.Text("field") == "" {
				t.Errorf("%s with %s null: %s names no field", route.path, field, got.Body)
			}
		}
		all = maps.Clone(given)
		nothing := object{}
		for _, field := range route.fields {
			nothing[field] = nil
			if _, set := given[field]; !set {
				all[field] = nil
			}
		}
		wantRefusal(t, route.path+" with nothing but null", badInput{body: jsonText(nothing)}.send(t, app, route, goodInput{path: good.path, bearer: good.bearer}), route.empty)
		if resp := (badInput{body: jsonText(all)}).send(t, app, route, good); resp.Status != route.status {
			t.Errorf("%s with all else null: %d %s, want %d", route.path, resp.Status, resp.Body, route.status)
		}
	}
}

// A truncated body gives 408 on every route that reads one, and leaves nothing behind.
func TestInput_stops(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, withSite(t))
	stores := openStores(t, app)
	for i, route := range bodyRoutes {
		good := route.good(t, app, numbered(i, 0))
		if good.bearer != "" {
			app.Get("/user/info", good.bearer).Want(t, 200, "") // and caches that the session is active
		}
		stores.settle()
		before := stores.snapshot()
		for _, head := range []string{"Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n"} {
			wantRefusal(t, route.path+" cut short, "+strings.TrimSpace(head), cutShort(t, app, route, good, head), refusal{408, "request_timeout", ""})
		}
		if more := stores.since(before); len(more) > 0 {
			t.Errorf("%s: stored %v", route.path, more)
		}
	}
}

// A form is refused before it is parsed: go-zero's parser would keep it in memory and in a
// file that is never removed.
func TestInput_largeForm(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	app := kit.New(t, kit.Embedded, withSite(t))
	const form = "--B\r\nContent-Disposition: form-data; name=\"otp\"; filename=\"" + canary + "\"\r\n\r\n"
	for _, route := range append([]bodyRoute{{method: "GET", path: "/user/info"}, {method: "POST", path: "/nowhere"}}, bodyRoutes...) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, chunked := range []bool{true, false} {
			bad := badInput{headers: "Content-Type: multipart/form-data; boundary=B\r\n", body: form, fill: 45 << 20, chunked: chunked}
			wantRefusal(t, fmt.Sprintf("%s, chunked: %t", route.path, chunked), bad.send(t, app, route, goodInput{}), refusal{415, mediaType, ""})
		}
		runtime.ReadMemStats(&after)
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 10 {
			t.Errorf("%s: two forms of 45 MB took %d MB of memory", route.path, mb)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(os.TempDir(), "multipart-*")); len(files) > 0 || os.TempDir() != temp {
		t.Errorf("the forms left %v in %s", files, os.TempDir())
	}
}

func refreshBody(_ *testing.T, app *kit.App, number string) goodInput {
	return goodInput{body: jsonText(object{"refreshToken": app.SignIn(number).Refresh})}
}

// numbered gives each use its own phone number.
func numbered(i, j int) string { return fmt.Sprintf("+9198765%02d%03d", i, j) }

func jsonText(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}
