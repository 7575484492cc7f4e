package test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"user-api/internal/delivery/gatewaytest"
	"user-api/test/kit"
)

const proxied kit.Option = "TrustedProxies: [127.0.0.0/8]"

// besideID reports whether another route has an id where this one ends in a word.
func besideID(t *testing.T, r routeLine) bool {
	parent := r.path[:strings.LastIndex(r.path, "/")+1]
	for _, group := range readRoutes(t) {
		if slices.ContainsFunc(group.routes, func(other routeLine) bool {
			rest, ok := strings.CutPrefix(other.path, parent+":")
			return ok && !strings.Contains(rest, "/")
		}) {
			return true
		}
	}
	return false
}

// No route can be reached by another spelling of its path.
func TestPaths_everyRoute(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	bearer := "Authorization: Bearer " + app.SignIn(phone).Access + "\r\n"
	asked := 0
	for _, group := range readRoutes(t) {
		for _, r := range group.routes {
			if r.path == "/" {
				continue // it has no other spelling
			}
			path := regexp.MustCompile(`:\w+`).ReplaceAllString(r.path, "1")
			first, last := path[1], path[len(path)-1]
			for _, spelled := range []string{
				fmt.Sprintf("/%%%02x%s", first, path[2:]), fmt.Sprintf("/%%%02X%s", first, path[2:]), fmt.Sprintf("%s%%%02x", path[:len(path)-1], last),
				"/" + path, strings.Replace(path, "/", "//", 2), path + "/", path + "//", path + "/.", "/." + path, "/a/.." + path, "/a/%2e%2e" + path,
				"/%2e" + path, "%2f" + path[1:], path + "%2f", path + ";", path + ";a=b", path + "%3b", path + "%20", path + "%00", path + "%23", path + "#a",
				strings.ReplaceAll(path, "/", "\\"), strings.ToUpper(path), path + ".", path + "~",
			} {
				// Below the check every path belongs to another service, and an id may end
				// in anything.
				if strings.HasPrefix(spelled, "/user/check/") && !strings.Contains(spelled, "/.") || (path != r.path || besideID(t, r)) && strings.ContainsAny(spelled, ".~") && !strings.Contains(spelled, "/.") {
					continue
				}
				asked++
				if spelled[0] == '%' || spelled[0] == '\\' {
					spelled = "/" + spelled
				}
				resp := exchange(t, app, r.method+" "+spelled+" HTTP/1.1\r\n"+bearer+"Content-Length: 0\r\nConnection: close\r\n", nil, nil)
				if resp.Status != 404 || resp.Text("code") != "not_found" {
					t.Errorf("%s %s: %d %s, want 404", r.method, spelled, resp.Status, resp.Body)
				}
			}
		}
	}
	if asked < 500 {
		t.Errorf("only %d requests were sent", asked)
	}
}

// A gateway sends the method and, after its prefix, the path of the caller. The answer is
// that of GET /user/check.
func TestCheck_anyMethodAndPath(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		node, tokens := app.Beside(), app.SignIn(phone)
		want := app.Get("/user/check", tokens.Access)
		want.Want(t, 200, "")
		ask := func(method, path, bearer string) kit.Response {
			head := method + " " + path + " HTTP/1.1\r\nConnection: close\r\n"
			if bearer != "" {
				head += "Authorization: Bearer " + bearer + "\r\n"
			}
			return exchange(t, node, head, nil, nil)
		}
		targets := []string{"/user/check", "/user/check/", "/user/check/orders/7?x=%zz", "/user/check/a%20b%2Fc//d;e", "/user/check/admin/users"}
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
			for _, path := range targets {
				got := ask(method, path, tokens.Access)
				if got.Status != 200 || (method == "HEAD") != (len(got.Body) == 0) || method != "HEAD" && string(got.Body) != string(want.Body) {
					t.Errorf("%s %s: %d %q, want 200 %s", method, path, got.Status, got.Body, want.Body)
				}
				for _, name := range []string{"X-User-Id", "X-User-Role", "X-Session-Id", "Content-Length", "Cache-Control"} {
					if got.Header.Get(name) != want.Header.Get(name) {
						t.Errorf("%s %s: %s %q, want %q", method, path, name, got.Header.Get(name), want.Header.Get(name))
					}
				}
				for _, bearer := range []string{"", tokens.Refresh} {
					if got := ask(method, path, bearer); got.Status != 401 || got.Header.Get("X-User-Id") != "" {
						t.Errorf("%s %s without an access token: %d %s, want 401", method, path, got.Status, got.Body)
					}
				}
			}
		}
		app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: tokens.Access}).Want(t, 204, "")
		wantLearned(t, node, tokens.Access)
		for _, path := range targets {
			if got := ask("DELETE", path, tokens.Access); got.Status != 401 || got.Text("code") != "session_ended" {
				t.Errorf("%s after the end: %d %s, want session_ended", path, got.Status, got.Body)
			}
		}
	})
}

// The audit trail has our request id, or that of a trusted proxy, but never a client's.
func TestRequestID_inTheTrail(t *testing.T) {
	for _, c := range []struct {
		name    string
		options []kit.Option
		taken   bool
	}{{"a stranger's", nil, false}, {"a proxy's", []kit.Option{proxied}, true}} {
		each := func(t *testing.T, app *kit.App) {
			const claimed = "victim-req-0001"
			made := app.Do(kit.Request{
				Method: http.MethodPost, Path: "/user/register", Body: object{"username": "ann", "password": passOne},
				Header: map[string]string{"X-Request-Id": claimed, "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
			})
			made.Want(t, 200, "")
			if got := made.Header.Get("X-Request-Id") == claimed; got != c.taken {
				t.Errorf("%s: the answer has it: %t, want %t", c.name, got, c.taken)
			}
			db := openStores(t, app).db
			var ids []string
			app.Await("the event", func() bool {
				rows, err := db.QueryContext(context.Background(), "SELECT `request_id` FROM `event`")
				if err != nil {
					t.Fatal(err)
				}
				defer rows.Close()
				for ids = nil; rows.Next(); {
					var id string
					if err := rows.Scan(&id); err != nil {
						t.Fatal(err)
					}
					ids = append(ids, id)
				}
				return len(ids) > 0 && rows.Err() == nil
			})
			if slices.Contains(ids, claimed) != c.taken || !slices.Contains(ids, made.Header.Get("X-Request-Id")) {
				t.Errorf("%s: the trail has %v, want the id of the answer, %s", c.name, ids, made.Header.Get("X-Request-Id"))
			}
		}
		t.Run(strings.ReplaceAll(c.name, "'", ""), func(t *testing.T) { kit.Each(t, each, c.options...) })
	}
}

func TestCors_configured(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, "Cors: {Origins: [capacitor://localhost], Headers: [X-App-Version]}")
	resp := app.Do(kit.Request{Method: http.MethodOptions, Path: "/user/otp", Header: map[string]string{
		"Origin": "capacitor://localhost", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "baggage, traceparent, x-app-version",
	}})
	resp.Want(t, 204, "")
	for _, name := range []string{"Idempotency-Key", "traceparent", "baggage", "X-App-Version"} {
		if list := resp.Header.Get("Access-Control-Allow-Headers"); !slices.Contains(strings.Split(list, ", "), name) {
			t.Errorf("%s is not allowed: %s", name, list)
		}
	}
	for _, name := range []string{"X-Request-Id", "Retry-After", "X-User-Id", "X-User-Role"} {
		if list := resp.Header.Get("Access-Control-Expose-Headers"); !slices.Contains(strings.Split(list, ", "), name) {
			t.Errorf("%s is not exposed: %s", name, list)
		}
	}
}

// Every spelling of a locale is understood, and the operator's own service gets a valid
// tag, whatever the header was.
func TestLocale_spellings(t *testing.T) {
	t.Parallel()
	service := gatewaytest.New(t, httpSecret)
	app := kit.New(t, kit.Embedded, kit.Option(fmt.Sprintf("Sms: {Provider: http, Http: {Url: %q, Secret: %q}}", service.URL, httpSecret)))
	for i, c := range []struct {
		name         string
		locale       any
		accepts      string
		tag, message string
	}{
		{"Android", "pt_BR", "", "pt-BR", "o seu PIN"},
		{"Java with a script", "zh_TW_#Hant", "", "zh-Hant-TW", "驗證碼"},
		{"POSIX", "de_DE.UTF-8@euro", "", "de-DE", "ist Ihr"},
		{"an old code", "in_ID", "", "id-ID", "kode"},
		{"a language that is not known", "xx_YY", "fr-CA,fr;q=0.9", "fr-CA", "est votre code"},
		{"null", nil, "fr", "fr", "est votre code"},
		{"an attack", nil, "';DROP TABLE user;--${jndi:ldap://a}", "", "Never share it"},
		{"an attack beside a language", nil, "<b>, de;q=0.3, fr!", "de", "ist Ihr"},
		{"best first", nil, "de;q=0.1,ko", "ko", "인증번호"},
	} {
		number := fmt.Sprintf("+9198763%05d", i)
		app.Do(kit.Request{
			Method: http.MethodPost, Path: "/user/otp", Body: object{"phone": number, "locale": c.locale}, Header: map[string]string{"Accept-Language": c.accepts},
		}).Want(t, 200, "")
		app.Await("the message", func() bool { return len(service.Requests()) == i+1 })
		if got := service.Requests()[i]; got.Locale != c.tag || !strings.Contains(got.Text, c.message) {
			t.Errorf("%s: locale %q and %q, want %q and %q in it", c.name, got.Locale, got.Text, c.tag, c.message)
		}
	}
}
